package graphemu

import (
	"maps"
	"strings"
	"time"
)

// The changes to people. Each returns an *Error where Graph would refuse it.

// AddUser adds a person and returns the new id. A user principal name is
// required; accountEnabled is true unless said otherwise, and an "id" may be
// given, for tests that need a known one.
func (t *Tenant) AddUser(said Properties) (id string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id, said = t.takeID(said)
	err = t.changeLocked(func(d *directory, at time.Time) error {
		u := User{ID: id, AccountEnabled: true, UserType: "Member", CreatedDateTime: at}
		_, nulled, err := userSchema.assign(&u, 0, said)
		if err != nil {
			return err
		}
		if err := d.checkUPN(u.UserPrincipalName); err != nil {
			return err
		}
		if _, known := d.byID[id]; known {
			return taken("id", id)
		}
		r := d.insert(&object{id: id, kind: TypeUser, user: &u, nulled: nulled})
		d.byUPN[fold(u.UserPrincipalName)] = r
		d.logLife(r, purged)
		return nil
	})
	return id, err
}

// takeID separates the id of a new object from its properties.
func (t *Tenant) takeID(said Properties) (string, Properties) {
	id, given := said["id"].(string)
	said = maps.Clone(said)
	delete(said, "id")
	if !given {
		id = newID(t.random)
	}
	return strings.ToLower(id), said
}

func (d *directory) checkUPN(upn string) error {
	if upn == "" {
		return badRequest("A value is required for property 'userPrincipalName' of resource 'User'.")
	}
	if _, exists := d.byUPN[fold(upn)]; exists {
		return taken("userPrincipalName", upn)
	}
	return nil
}

// UpdateUser changes properties of a living person.
func (t *Tenant) UpdateUser(id string, said Properties) error {
	said = maps.Clone(said)
	return t.change(func(d *directory, _ time.Time) error {
		r, o, err := d.find(id, living, TypeUser)
		if err != nil {
			return err
		}
		u := *o.user
		changed, nulled, err := userSchema.assign(&u, o.nulled, said)
		if err != nil {
			return err
		}
		if fold(u.UserPrincipalName) != fold(o.user.UserPrincipalName) {
			if err := d.checkUPN(u.UserPrincipalName); err != nil {
				return err
			}
			delete(d.byUPN, fold(o.user.UserPrincipalName))
			d.byUPN[fold(u.UserPrincipalName)] = r
		}
		o.user, o.nulled = &u, nulled
		if changed != 0 {
			d.log(r, changed)
		}
		return nil
	})
}

// SetManager makes a living user or contact the manager of a person. Loops are
// allowed, as in Entra.
func (t *Tenant) SetManager(id, manager string) error {
	return t.change(func(d *directory, _ time.Time) error {
		r, _, err := d.find(id, living, TypeUser)
		if err != nil {
			return err
		}
		m, _, err := d.find(manager, living, TypeUser, TypeContact)
		if err != nil {
			return err
		}
		d.setManager(r, m)
		return nil
	})
}

// ClearManager leaves a person without a manager.
func (t *Tenant) ClearManager(id string) error {
	return t.change(func(d *directory, _ time.Time) error {
		r, o, err := d.find(id, living, TypeUser)
		if err != nil {
			return err
		}
		if o.manager == noRef {
			return notFound("manager")
		}
		d.setManager(r, noRef)
		return nil
	})
}

func (d *directory) setManager(r, manager ref) {
	o := d.objects[r]
	if was := o.manager; was != manager {
		o.manager = manager
		d.record(r, entry{changed: managerChanged, was: was})
	}
}

// DeleteUser moves a person to the bin. Memberships and managers stay, unseen,
// until the person is restored or purged. Entra puts the object id in front of
// the user principal name, so that the name is free.
//
// Source: https://learn.microsoft.com/graph/api/user-delete
func (t *Tenant) DeleteUser(id string) error {
	return t.change(func(d *directory, at time.Time) error {
		r, o, err := d.find(id, living, TypeUser)
		if err != nil {
			return err
		}
		u := *o.user
		delete(d.byUPN, fold(u.UserPrincipalName))
		u.UserPrincipalName = binPrefix(u.ID) + u.UserPrincipalName
		u.DeletedDateTime = at
		o.user, o.state = &u, softDeleted
		d.logLife(r, living)
		return nil
	})
}

func binPrefix(id string) string { return strings.ReplaceAll(id, "-", "") }

// RestoreUser takes a person back out of the bin, unless the user principal name
// belongs to somebody else by now.
//
// Source: https://learn.microsoft.com/graph/api/directory-deleteditems-restore
func (t *Tenant) RestoreUser(id string) error {
	return t.change(func(d *directory, _ time.Time) error {
		r, o, err := d.find(id, softDeleted, TypeUser)
		if err != nil {
			return err
		}
		u := *o.user
		u.UserPrincipalName = strings.TrimPrefix(u.UserPrincipalName, binPrefix(u.ID))
		u.DeletedDateTime = time.Time{}
		if err := d.checkUPN(u.UserPrincipalName); err != nil {
			return err
		}
		d.byUPN[fold(u.UserPrincipalName)] = r
		o.user = &u
		d.restore(r)
		return nil
	})
}

// PurgeUser erases a person in the bin. Only now do groups tell of the member
// that left.
func (t *Tenant) PurgeUser(id string) error {
	return t.change(func(d *directory, _ time.Time) error {
		r, _, err := d.find(id, softDeleted, TypeUser)
		if err != nil {
			return err
		}
		d.purge(r)
		return nil
	})
}

// binLife is how long a deleted object can be restored.
const binLife = 30 * 24 * time.Hour

// EmptyBin purges what has been in the bin for 30 days, as Entra does by itself.
func (t *Tenant) EmptyBin() error {
	return t.change(func(d *directory, at time.Time) error {
		for r, o := range d.objects {
			if o.state == softDeleted && at.Sub(o.deletedAt()) >= binLife {
				d.purge(ref(r))
			}
		}
		return nil
	})
}

func (o *object) deletedAt() time.Time {
	if o.user != nil {
		return o.user.DeletedDateTime
	}
	return o.group.DeletedDateTime
}
