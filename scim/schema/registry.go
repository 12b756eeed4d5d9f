package schema

import (
	"fmt"
	"slices"
	"strings"

	"scimbridge/scim/filter"
)

// Registry holds the resource types and schemas of one tenant. It does not change
// once it is made, and may be used by many requests at once.
type Registry struct {
	common     *Schema
	schemas    []*Schema // for /Schemas, core ones first
	types      []ResourceType
	resources  map[string]*resource // by name of the type
	extensions []Extension
}

// resource is the index of one type.
type resource struct {
	core       *Schema
	names      map[string]*Attribute // core and common, by lower-case name
	extensions []*Schema
	urns       []urn // longest first
	loose      map[string]Ref
}

type urn struct {
	lower  string
	id     string // "" for the core schema
	schema *Schema
}

// Ref is an attribute that was found by name.
type Ref struct {
	// URN of the extension, "" for core and common attributes.
	URN string
	// Attribute is nil if the name was a schema's URN alone: the whole extension,
	// or with an empty URN the resource itself.
	Attribute *Attribute
	Sub       *Attribute // nil: the whole attribute
}

// Leaf is the sub-attribute if one was named, else the attribute.
func (r Ref) Leaf() *Attribute {
	if r.Sub != nil {
		return r.Sub
	}
	return r.Attribute
}

// Path is the name of r in the schema's spelling.
func (r Ref) Path() filter.AttributePath {
	p := filter.AttributePath{URN: r.URN}
	if r.Attribute != nil {
		p.Name = r.Attribute.Name
	}
	if r.Sub != nil {
		p.Sub = r.Sub.Name
	}
	return p
}

func (r Ref) String() string {
	if r.Attribute == nil {
		return r.URN
	}
	return r.Path().String()
}

// New is the registry of a tenant: users with the enterprise extension, groups,
// and the tenant's own extensions.
func New(custom ...Extension) (*Registry, error) {
	r := &Registry{
		common:     common(),
		types:      []ResourceType{User, Group},
		resources:  map[string]*resource{},
		extensions: append([]Extension{{Type: User, Schema: enterpriseSchema()}}, custom...),
	}
	cores := map[string]*Schema{User.Name: userSchema(), Group.Name: groupSchema()}
	for _, t := range r.types {
		r.schemas = append(r.schemas, cores[t.Name])
		r.resources[t.Name] = newResource(r.common, cores[t.Name])
	}
	for _, e := range r.extensions {
		if err := r.extend(e); err != nil {
			return nil, err
		}
	}
	for _, t := range r.types {
		r.resources[t.Name].finish()
	}
	return r, nil
}

// Standard is the registry of a tenant without extensions of its own.
func Standard() *Registry {
	r, err := New()
	if err != nil {
		panic(err) // our own definitions cannot clash
	}
	return r
}

func newResource(common, core *Schema) *resource {
	x := &resource{core: core, names: map[string]*Attribute{}, loose: map[string]Ref{}}
	for _, s := range []*Schema{common, core} {
		for lower, a := range s.byName {
			x.names[lower] = a
		}
	}
	x.urns = []urn{{lower: strings.ToLower(core.ID), schema: core}}
	return x
}

func (r *Registry) extend(e Extension) error {
	x, ok := r.resources[e.Type.Name]
	if !ok {
		return fmt.Errorf("schema %s extends %q, which is no resource type", e.Schema.ID, e.Type.Name)
	}
	lower := strings.ToLower(e.Schema.ID)
	if !strings.Contains(lower, ":") {
		return fmt.Errorf("schema %q: the id of a schema must be a URN", e.Schema.ID)
	}
	for _, u := range x.urns {
		if u.lower == lower {
			return fmt.Errorf("schema %s extends %s twice", e.Schema.ID, e.Type.Name)
		}
	}
	x.urns = append(x.urns, urn{lower: lower, id: e.Schema.ID, schema: e.Schema})
	x.extensions = append(x.extensions, e.Schema)
	if !slices.Contains(r.schemas, e.Schema) {
		r.schemas = append(r.schemas, e.Schema)
	}
	return nil
}

// finish orders the URNs so that the longest known one wins, and notes which
// extension attributes can be told without their URN: Entra's older samples name
// a manager so (3.3).
func (x *resource) finish() {
	slices.SortFunc(x.urns, func(a, b urn) int { return len(b.lower) - len(a.lower) })
	ambiguous := map[string]bool{}
	for _, s := range x.extensions {
		for lower, a := range s.byName {
			if _, twice := x.loose[lower]; twice {
				ambiguous[lower] = true
			}
			x.loose[lower] = Ref{URN: s.ID, Attribute: a}
		}
	}
	for lower := range ambiguous {
		delete(x.loose, lower)
	}
}

// Types are the resource types, in the order of /ResourceTypes.
func (r *Registry) Types() []ResourceType { return r.types }

// Schemas are all schemas, in the order of /Schemas.
func (r *Registry) Schemas() []*Schema { return r.schemas }

// Schema finds a schema by its URN, in any case.
func (r *Registry) Schema(id string) (*Schema, bool) {
	for _, s := range r.schemas {
		if strings.EqualFold(s.ID, id) {
			return s, true
		}
	}
	return nil, false
}

// Core is the core schema of a type.
func (r *Registry) Core(t ResourceType) *Schema { return r.resources[t.Name].core }

// Common are the attributes that every resource has: schemas, id, externalId, meta.
func (r *Registry) Common() *Schema { return r.common }

// Extensions are the extension schemas of a type.
func (r *Registry) Extensions(t ResourceType) []*Schema { return r.resources[t.Name].extensions }

// Lookup finds what name means for a type, in every notation and case: a name, a
// dotted path, either behind a schema's URN with a colon or (Q12) a dot, a URN
// alone, or the bare name of an attribute that one extension alone has.
func (r *Registry) Lookup(t ResourceType, name string) (Ref, bool) {
	x, ok := r.resources[t.Name]
	if !ok {
		return Ref{}, false
	}
	lower := strings.ToLower(name)
	if !strings.Contains(lower, ":") {
		return x.unqualified(lower)
	}
	for _, u := range x.urns {
		rest, ok := strings.CutPrefix(lower, u.lower)
		if !ok {
			continue
		}
		if rest == "" {
			return Ref{URN: u.id}, true
		}
		if rest[0] != ':' && rest[0] != '.' {
			continue
		}
		attributes := u.schema.byName
		if u.id == "" {
			attributes = x.names // externalId may be written behind the core URN
		}
		return find(attributes, u.id, rest[1:])
	}
	return Ref{}, false
}

// Resolve is Lookup for a path that the filter parser has split.
func (r *Registry) Resolve(t ResourceType, p filter.AttributePath) (Ref, bool) {
	if p.URN != "" {
		return r.Lookup(t, p.String())
	}
	x, ok := r.resources[t.Name]
	if !ok {
		return Ref{}, false
	}
	ref, ok := x.names[strings.ToLower(p.Name)]
	if !ok {
		return x.unqualified(strings.ToLower(p.String()))
	}
	return withSub(Ref{Attribute: ref}, strings.ToLower(p.Sub))
}

func (x *resource) unqualified(lower string) (Ref, bool) {
	if ref, ok := find(x.names, "", lower); ok {
		return ref, true
	}
	name, sub, _ := strings.Cut(lower, ".")
	if ref, ok := x.loose[name]; ok {
		return withSub(ref, sub)
	}
	return Ref{}, false
}

func find(attributes map[string]*Attribute, urn, lower string) (Ref, bool) {
	name, sub, _ := strings.Cut(lower, ".")
	a, ok := attributes[name]
	if !ok {
		return Ref{}, false
	}
	return withSub(Ref{URN: urn, Attribute: a}, sub)
}

func withSub(r Ref, sub string) (Ref, bool) {
	if sub == "" {
		return r, true
	}
	s, ok := r.Attribute.subs[sub]
	r.Sub = s
	return r, ok
}
