package schema

import "scimbridge/scim/filter"

// View is a resource type of one tenant as a filter sees it.
type View struct {
	registry *Registry
	of       ResourceType
}

// View is t as filter.Bind and filter.Match see it.
func (r *Registry) View(t ResourceType) View { return View{registry: r, of: t} }

// Find implements filter.Schema.
func (v View) Find(p filter.AttributePath) (filter.Characteristics, bool) {
	ref, ok := v.registry.Resolve(v.of, p)
	if !ok || ref.Attribute == nil {
		return filter.Characteristics{}, false
	}
	return characteristics(ref), true
}

// Find implements filter.Schema for the entries of a: it looks among the
// sub-attributes, or for a simple attribute takes "value" for the entry itself.
func (a *Attribute) Find(p filter.AttributePath) (filter.Characteristics, bool) {
	if p.URN != "" || p.Sub != "" {
		return filter.Characteristics{}, false
	}
	if sub, ok := a.Sub(p.Name); ok {
		return characteristics(Ref{Attribute: sub}), true
	}
	if a.Type != Complex && p.Name == "value" {
		c := characteristics(Ref{Attribute: a})
		c.Path, c.MultiValued, c.Entry = filter.AttributePath{Name: "value"}, false, nil
		return c, true
	}
	return filter.Characteristics{}, false
}

func characteristics(r Ref) filter.Characteristics {
	leaf := r.Leaf()
	c := filter.Characteristics{
		Path:        r.Path(),
		Kind:        kinds[leaf.Type],
		CaseExact:   leaf.CaseExact,
		MultiValued: r.Attribute.MultiValued,
		Hidden:      leaf.Returned == Never || r.Attribute.Returned == Never,
	}
	if leaf.Type == Complex || leaf.MultiValued {
		c.Entry = leaf
	}
	return c
}

var kinds = map[Type]filter.Kind{
	String:    filter.Text,
	Reference: filter.Text,
	Binary:    filter.Binary,
	Boolean:   filter.Boolean,
	Integer:   filter.Number,
	Decimal:   filter.Number,
	DateTime:  filter.DateTime,
	Complex:   filter.Complex,
}
