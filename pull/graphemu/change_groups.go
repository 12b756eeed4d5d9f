package graphemu

import (
	"maps"
	"slices"
	"time"
)

// The changes to groups and memberships.

// AddGroup adds a group and returns its id. It is a security group unless the
// properties say otherwise.
func (t *Tenant) AddGroup(said Properties) (id string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id, said = t.takeID(said)
	err = t.changeLocked(func(d *directory, at time.Time) error {
		g := Group{ID: id, SecurityEnabled: true, CreatedDateTime: at}
		_, nulled, err := groupSchema.assign(&g, 0, said)
		if err != nil {
			return err
		}
		if g.DisplayName == "" {
			return badRequest("A value is required for property 'displayName' of resource 'Group'.")
		}
		if _, known := d.byID[id]; known {
			return taken("id", id)
		}
		d.logLife(d.insert(&object{id: id, kind: TypeGroup, group: &g, nulled: nulled}), purged)
		return nil
	})
	return id, err
}

// UpdateGroup changes properties of a living group.
func (t *Tenant) UpdateGroup(id string, said Properties) error {
	said = maps.Clone(said)
	return t.change(func(d *directory, _ time.Time) error {
		r, o, err := d.find(id, living, TypeGroup)
		if err != nil {
			return err
		}
		g := *o.group
		changed, nulled, err := groupSchema.assign(&g, o.nulled, said)
		if err != nil {
			return err
		}
		o.group, o.nulled = &g, nulled
		if changed != 0 {
			d.log(r, changed)
		}
		return nil
	})
}

// DeleteGroup moves a group to the bin with its members and memberships, or
// erases it if it is a distribution group.
func (t *Tenant) DeleteGroup(id string) error {
	return t.change(func(d *directory, at time.Time) error {
		r, o, err := d.find(id, living, TypeGroup)
		if err != nil {
			return err
		}
		if !o.group.goesToBin() {
			d.purge(r)
			return nil
		}
		g := *o.group
		g.DeletedDateTime = at
		o.group, o.state = &g, softDeleted
		d.logLife(r, living)
		return nil
	})
}

// RestoreGroup takes a group back out of the bin.
func (t *Tenant) RestoreGroup(id string) error {
	return t.change(func(d *directory, _ time.Time) error {
		r, o, err := d.find(id, softDeleted, TypeGroup)
		if err != nil {
			return err
		}
		g := *o.group
		g.DeletedDateTime = time.Time{}
		o.group = &g
		d.restore(r)
		return nil
	})
}

// PurgeGroup erases a group in the bin.
func (t *Tenant) PurgeGroup(id string) error {
	return t.change(func(d *directory, _ time.Time) error {
		r, _, err := d.find(id, softDeleted, TypeGroup)
		if err != nil {
			return err
		}
		d.purge(r)
		return nil
	})
}

// AddMember puts a living object of any kind into a living group.
func (t *Tenant) AddMember(group, member string) error {
	return t.change(func(d *directory, _ time.Time) error {
		g, o, err := d.find(group, living, TypeGroup)
		if err != nil {
			return err
		}
		m, held, err := d.find(member, living)
		if err != nil {
			return err
		}
		if g == m {
			return badRequest("A group cannot be a member of itself.")
		}
		if o.group.Unified() && held.kind == TypeGroup {
			return badRequest("A Microsoft 365 group cannot hold a group.")
		}
		if at, found := o.edgeTo(m); found && !o.members[at].ended {
			return badRequest("One or more added object references already exist for the following modified properties: 'members'.")
		}
		d.join(g, m)
		return nil
	})
}

// RemoveMember ends a direct membership of a living member.
func (t *Tenant) RemoveMember(group, member string) error {
	return t.change(func(d *directory, _ time.Time) error {
		g, o, err := d.find(group, living, TypeGroup)
		if err != nil {
			return err
		}
		m, _, err := d.find(member, living)
		if err != nil {
			return err
		}
		if at, found := o.edgeTo(m); !found || o.members[at].ended {
			return notFound(member)
		}
		d.part(g, m)
		d.log(g, membersChanged)
		return nil
	})
}

func (d *directory) join(group, member ref) {
	g, m := d.objects[group], d.objects[member]
	e := edge{member: member, changed: d.seq}
	if at, found := g.edgeTo(member); found {
		g.members[at] = e
	} else {
		g.members = slices.Insert(g.members, at, e)
	}
	if at, found := slices.BinarySearch(m.memberOf, group); !found {
		m.memberOf = slices.Insert(m.memberOf, at, group)
	}
	d.log(group, membersChanged)
}

// part ends an edge that stands, without a word in the log.
func (d *directory) part(group, member ref) {
	g, m := d.objects[group], d.objects[member]
	at, _ := g.edgeTo(member)
	g.members[at].ended, g.members[at].changed = true, d.seq
	if at, found := slices.BinarySearch(m.memberOf, group); found {
		m.memberOf = slices.Delete(m.memberOf, at, at+1)
	}
}

// restore brings an object back from the bin, with the groups that hold it as
// witnesses.
func (d *directory) restore(r ref) {
	o := d.objects[r]
	o.state, o.restored = living, d.seq
	d.logLife(r, softDeleted)
	for _, group := range o.memberOf {
		d.log(group, memberRestored)
	}
}

// purge erases an object: it leaves all groups, manages nobody and holds nobody.
func (d *directory) purge(r ref) {
	o := d.objects[r]
	d.logLife(r, o.state)
	o.state = purged
	for _, group := range slices.Clone(o.memberOf) {
		d.part(group, r)
		d.log(group, membersChanged)
	}
	for _, e := range slices.Clone(o.members) {
		if !e.ended {
			d.part(r, e.member)
		}
	}
	for _, report := range d.users {
		if d.objects[report].manager == r {
			d.setManager(report, noRef)
		}
	}
	o.manager = noRef
}
