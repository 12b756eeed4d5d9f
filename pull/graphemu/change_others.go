package graphemu

import "time"

// AddDevice adds a device and returns its id.
func (t *Tenant) AddDevice(name, operatingSystem string) (string, error) {
	return t.addOther(Other{Type: TypeDevice, DisplayName: name, OperatingSystem: operatingSystem, AccountEnabled: true})
}

// AddServicePrincipal adds a service principal and returns its id.
func (t *Tenant) AddServicePrincipal(name string) (string, error) {
	return t.addOther(Other{Type: TypeServicePrincipal, DisplayName: name, AccountEnabled: true})
}

// AddContact adds an organizational contact and returns its id. A contact may be
// a manager.
func (t *Tenant) AddContact(name, mail string) (string, error) {
	return t.addOther(Other{Type: TypeContact, DisplayName: name, Mail: mail})
}

// AddDirectoryRole adds a role that people hold, and returns its id. Roles show in
// memberOf, and a client that takes them for groups is wrong.
func (t *Tenant) AddDirectoryRole(name string, holders ...string) (string, error) {
	return t.addOther(Other{Type: TypeDirectoryRole, DisplayName: name}, holders...)
}

// AddAdministrativeUnit adds an administrative unit and returns its id. It shows
// in memberOf of its members.
func (t *Tenant) AddAdministrativeUnit(name string, members ...string) (string, error) {
	return t.addOther(Other{Type: TypeAdministrativeUnit, DisplayName: name}, members...)
}

func (t *Tenant) addOther(o Other, members ...string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o.ID = newID(t.random)
	switch o.Type {
	case TypeDevice:
		o.DeviceID = newID(t.random)
	case TypeServicePrincipal:
		o.AppID = newID(t.random)
	}
	return o.ID, t.changeLocked(func(d *directory, _ time.Time) error {
		found := make([]ref, len(members))
		for i, id := range members {
			var err error
			if found[i], _, err = d.find(id, living); err != nil {
				return err
			}
		}
		r := d.insert(&object{id: o.ID, kind: o.Type, other: &o})
		for _, m := range found {
			d.join(r, m)
		}
		return nil
	})
}
