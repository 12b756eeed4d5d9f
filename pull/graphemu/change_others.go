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

func (t *Tenant) addOther(o Other) (string, error) {
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
		d.insert(&object{id: o.ID, kind: o.Type, other: &o})
		return nil
	})
}
