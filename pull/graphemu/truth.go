package graphemu

import (
	"cmp"
	"slices"
	"strings"
)

// The truth as plain values, for tests to compare with. Everything is ordered by
// id, shows the living only unless said otherwise, and is a copy.

// Edge is a direct membership between living objects.
type Edge struct {
	GroupID    string
	MemberID   string
	MemberType ObjectType
}

// Users returns the people who are not deleted.
func (t *Tenant) Users() []User { return t.usersIn(living) }

// DeletedUsers returns the people in the bin.
func (t *Tenant) DeletedUsers() []User { return t.usersIn(softDeleted) }

func (t *Tenant) usersIn(state lifecycle) []User {
	users := []User{}
	t.readTruth(func(d *directory) {
		for _, r := range d.users {
			if d.objects[r].state == state {
				users = append(users, d.userValue(r))
			}
		}
	})
	slices.SortFunc(users, func(a, b User) int { return cmp.Compare(a.ID, b.ID) })
	return users
}

func (d *directory) userValue(r ref) User {
	o := d.objects[r]
	u := *o.user
	if d.isLiving(o.manager) {
		u.ManagerID = d.objects[o.manager].id
	}
	return u
}

// User returns one living person by id or user principal name.
func (t *Tenant) User(key string) (u User, found bool) {
	t.readTruth(func(d *directory) {
		if r, _, err := d.findUser(key); err == nil {
			u, found = d.userValue(r), true
		}
	})
	return u, found
}

// Groups returns the groups that are not deleted.
func (t *Tenant) Groups() []Group { return t.groupsIn(living) }

// DeletedGroups returns the groups in the bin.
func (t *Tenant) DeletedGroups() []Group { return t.groupsIn(softDeleted) }

func (t *Tenant) groupsIn(state lifecycle) []Group {
	groups := []Group{}
	t.readTruth(func(d *directory) {
		for _, r := range d.groups {
			if o := d.objects[r]; o.state == state {
				groups = append(groups, *o.group)
			}
		}
	})
	slices.SortFunc(groups, func(a, b Group) int { return cmp.Compare(a.ID, b.ID) })
	return groups
}

// Group returns one living group by id.
func (t *Tenant) Group(id string) (g Group, found bool) {
	t.readTruth(func(d *directory) {
		if _, o, err := d.find(id, living, TypeGroup); err == nil {
			g, found = *o.group, true
		}
	})
	return g, found
}

// Edges returns the direct memberships of living members in living groups.
func (t *Tenant) Edges() []Edge {
	edges := []Edge{}
	t.readTruth(func(d *directory) {
		for _, r := range d.groups {
			g := d.objects[r]
			if g.state != living {
				continue
			}
			for m := range d.livingMembers(r) {
				held := d.objects[m]
				edges = append(edges, Edge{GroupID: g.id, MemberID: held.id, MemberType: held.kind})
			}
		}
	})
	slices.SortFunc(edges, func(a, b Edge) int {
		return cmp.Or(strings.Compare(a.GroupID, b.GroupID), strings.Compare(a.MemberID, b.MemberID))
	})
	return edges
}

// TransitiveUsers returns the ids of the living people in a group or in a living
// group inside it, to any depth.
func (t *Tenant) TransitiveUsers(group string) []string {
	ids := []string{}
	t.readTruth(func(d *directory) {
		r, _, err := d.find(group, living, TypeGroup)
		if err != nil {
			return
		}
		for _, m := range d.transitiveMembers(r) {
			if o := d.objects[m]; o.kind == TypeUser {
				ids = append(ids, o.id)
			}
		}
	})
	slices.Sort(ids)
	return ids
}

// TransitiveGroups returns the ids of the living groups that hold an object,
// directly or through other groups.
func (t *Tenant) TransitiveGroups(member string) []string {
	ids := []string{}
	t.readTruth(func(d *directory) {
		r, _, err := d.find(member, living)
		if err != nil {
			return
		}
		for _, g := range d.transitiveGroups(r) {
			if o := d.objects[g]; o.kind == TypeGroup {
				ids = append(ids, o.id)
			}
		}
	})
	slices.Sort(ids)
	return ids
}
