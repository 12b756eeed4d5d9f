package schema

import "strings"

// Decoded is the body of a POST or PUT by the schema.
type Decoded struct {
	// Attributes are the writable ones with a value, by the schema's spelling;
	// extensions are maps under their URN.
	Attributes map[string]any
	// Said are all attributes that the body named, those without value too.
	Said map[*Attribute]bool
}

// Decode reads the body of a POST or PUT. What is unknown or read-only is left
// out (demands 64 and 120, Q24 to Q27); what is required must be there (demand 70).
func (r *Registry) Decode(t ResourceType, body map[string]any) (Decoded, error) {
	d := decoder{resource: r.resources[t.Name], registry: r, of: t,
		out: Decoded{Attributes: map[string]any{}, Said: map[*Attribute]bool{}}}
	if err := d.object(body); err != nil {
		return Decoded{}, err
	}
	if err := r.CheckRequired(t, d.out.Attributes); err != nil {
		return Decoded{}, err
	}
	return d.out, nil
}

// CheckRequired reports the first required attribute without a value. Those of an
// extension count only if the extension has data: clients that do not know it
// must still be able to write (section 11).
func (r *Registry) CheckRequired(t ResourceType, attributes map[string]any) error {
	if err := checkRequired(r.Core(t), "", attributes); err != nil {
		return err
	}
	for _, e := range r.Extensions(t) {
		if data, ok := attributes[e.ID].(map[string]any); ok {
			if err := checkRequired(e, e.ID, data); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkRequired(s *Schema, urn string, attributes map[string]any) error {
	for _, a := range s.Attributes {
		v, ok := attributes[a.Name]
		name := Ref{URN: urn, Attribute: a}.String()
		if !ok {
			if a.Required && a.Mutability != ReadOnly {
				return &ValueError{name, "is required"}
			}
			continue
		}
		entries, many := v.([]any)
		if !many {
			entries = []any{v}
		}
		for _, e := range entries {
			if err := a.checkRequiredSubs(name, e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *Attribute) checkRequiredSubs(name string, entry any) error {
	for _, sub := range a.SubAttributes {
		if !sub.Required || sub.Mutability == ReadOnly {
			continue
		}
		m, _ := entry.(map[string]any)
		if _, ok := m[sub.Name]; !ok {
			return &ValueError{name + "." + sub.Name, "is required"}
		}
	}
	return nil
}

type decoder struct {
	registry *Registry
	of       ResourceType
	resource *resource
	out      Decoded
}

func (d *decoder) object(body map[string]any) error {
	for key, v := range body {
		ref, ok := d.find(key)
		if !ok {
			continue
		}
		var err error
		switch {
		case ref.Attribute != nil:
			err = d.set(ref, v)
		case ref.URN == "":
			err = d.nested(key, v, d.object)
		default:
			err = d.nested(key, v, func(data map[string]any) error { return d.extension(ref.URN, data) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// find is stricter than Lookup: in a body, the bare name of an extension's
// attribute is an unknown attribute.
func (d *decoder) find(key string) (Ref, bool) {
	if strings.Contains(key, ":") {
		return d.registry.Lookup(d.of, key)
	}
	return find(d.resource.names, "", strings.ToLower(key))
}

func (d *decoder) nested(key string, v any, read func(map[string]any) error) error {
	switch v := v.(type) {
	case map[string]any:
		return read(v)
	case nil:
		return nil
	}
	if v == "" {
		return nil
	}
	return &ValueError{key, "must be an object, not " + describe(v)}
}

func (d *decoder) extension(urn string, data map[string]any) error {
	s, _ := d.registry.Schema(urn)
	for key, v := range data {
		ref, ok := find(s.byName, urn, strings.ToLower(key))
		if !ok {
			continue
		}
		if err := d.set(ref, v); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) set(ref Ref, v any) error {
	a := ref.Attribute
	if a.Mutability == ReadOnly || a.Name == "schemas" && ref.URN == "" {
		return nil
	}
	if ref.Sub != nil { // a dotted name stands for an object with one member
		if a.MultiValued {
			return nil
		}
		v = map[string]any{ref.Sub.Name: v}
		ref.Sub = nil
	}
	d.out.Said[a] = true
	value, assigned, err := ref.Coerce(v)
	if err != nil || !assigned {
		return err
	}
	return d.put(ref, value)
}

func (d *decoder) put(ref Ref, value any) error {
	target := d.out.Attributes
	if ref.URN != "" {
		data, ok := target[ref.URN].(map[string]any)
		if !ok {
			data = map[string]any{}
			target[ref.URN] = data
		}
		target = data
	}
	before, twice := target[ref.Attribute.Name]
	if !twice {
		target[ref.Attribute.Name] = value
		return nil
	}
	old, ok1 := before.(map[string]any)
	new, ok2 := value.(map[string]any)
	if !ok1 || !ok2 {
		return &ValueError{ref.String(), "is given twice, in different spellings"}
	}
	for k, v := range new {
		if _, twice := old[k]; twice {
			return &ValueError{ref.String() + "." + k, "is given twice, in different spellings"}
		}
		old[k] = v
	}
	return nil
}
