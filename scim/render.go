package scim

import (
	"net/url"
	"time"

	"scimbridge/scim/schema"
)

// Renderer writes resources of one type as JSON, in the order of the schema and
// straight from the values: a page of users is one buffer and no maps.
type Renderer struct {
	registry *schema.Registry
	resource schema.ResourceType
	baseURL  string
	show     Projection
	id       *schema.Attribute
	external *schema.Attribute
	meta     *schema.Attribute
}

// NewRenderer is for one answer to a session below baseURL.
func NewRenderer(r *schema.Registry, t schema.ResourceType, baseURL string, show Projection) *Renderer {
	x := &Renderer{registry: r, resource: t, baseURL: baseURL, show: show}
	x.id, _ = r.Common().Attribute("id")
	x.external, _ = r.Common().Attribute("externalId")
	x.meta, _ = r.Common().Attribute("meta")
	return x
}

// Location is the URL of a resource (demand 37).
func (x *Renderer) Location(id string) string {
	return x.baseURL + x.resource.Endpoint + "/" + url.PathEscape(id)
}

// Append writes one resource behind b.
func (x *Renderer) Append(b []byte, r Resource) []byte {
	b, _ = x.render(b, r)
	return b
}

// render is Append, and tells the version of what it has written.
func (x *Renderer) render(b []byte, r Resource) ([]byte, version) {
	v := version{record: r.Meta.Version}
	b = append(b, `{"schemas":["`...)
	b = append(b, x.resource.Schema...)
	for _, e := range x.registry.Extensions(x.resource) {
		if x.hasData(e, r) {
			b = append(b, `","`...)
			b = append(b, e.ID...)
		}
	}
	b = append(b, `"],"id":`...)
	b = appendString(b, r.ID)
	b = x.attribute(b, x.external, r.Attributes["externalId"])
	for _, a := range x.registry.Core(x.resource).Attributes {
		mark := len(b)
		switch {
		case a.Name == "members" && x.resource == schema.Group:
			b = x.members(b, a, r.Members)
		case a.Name == "groups" && x.resource == schema.User:
			b = x.groups(b, a, r.Groups)
		default:
			b = x.attribute(b, a, r.Attributes[a.Name])
		}
		v.note(a, b[mark:])
	}
	for _, e := range x.registry.Extensions(x.resource) {
		if x.hasData(e, r) {
			b = x.extension(b, e, r.Attributes[e.ID].(map[string]any), &v)
		}
	}
	b = x.metadata(b, r, v)
	return append(b, '}'), v
}

// hasData tells whether the answer will hold anything of an extension; only then
// is it among the schemas.
func (x *Renderer) hasData(e *schema.Schema, r Resource) bool {
	data, _ := r.Attributes[e.ID].(map[string]any)
	if len(data) == 0 {
		return false
	}
	for _, a := range e.Attributes {
		if data[a.Name] != nil && x.show.Shows(a) {
			return true
		}
	}
	return false
}

func (x *Renderer) extension(b []byte, e *schema.Schema, data map[string]any, v *version) []byte {
	b = append(b, ',')
	b = appendString(b, e.ID)
	b = append(b, ':', '{')
	start := len(b)
	for _, a := range e.Attributes {
		mark := len(b)
		b = x.attribute(b, a, data[a.Name])
		v.note(a, b[mark:])
	}
	if len(b) > start {
		b = append(b[:start], b[start+1:]...) // the first comma
	}
	return append(b, '}')
}

// attribute writes `,"name":value` if the answer shows it.
func (x *Renderer) attribute(b []byte, a *schema.Attribute, v any) []byte {
	if v == nil || !x.show.Shows(a) {
		return b
	}
	mark := len(b)
	b = appendName(b, a.Name)
	b, ok := x.value(b, a, v)
	if !ok {
		return b[:mark]
	}
	return b
}

// value writes a value, or reports that nothing of it is shown.
func (x *Renderer) value(b []byte, a *schema.Attribute, v any) ([]byte, bool) {
	switch v := v.(type) {
	case map[string]any:
		return x.object(b, a, v)
	case []any:
		b = append(b, '[')
		start := len(b)
		for _, e := range v {
			mark := len(b)
			if mark > start {
				b = append(b, ',')
			}
			var ok bool
			if b, ok = x.value(b, a, e); !ok {
				b = b[:mark]
			}
		}
		return append(b, ']'), len(b) > start
	}
	return appendSimple(b, v), true
}

// object writes the sub-attributes in the schema's order, and the reference that
// follows from a value (RFC 7643 section 2.4).
func (x *Renderer) object(b []byte, a *schema.Attribute, v map[string]any) ([]byte, bool) {
	b = append(b, '{')
	start := len(b)
	computed := a.ComputedRef()
	for _, sub := range a.SubAttributes {
		if !x.show.showsSub(a, sub) {
			continue
		}
		value, ok := v[sub.Name]
		if sub.Name == "$ref" && computed != "" {
			var id string
			if id, ok = v["value"].(string); ok {
				value = x.baseURL + endpointOf(computed) + "/" + url.PathEscape(id)
			}
		}
		if !ok || value == nil {
			continue
		}
		mark := len(b)
		b = appendName(b, sub.Name)
		if b, ok = x.value(b, sub, value); !ok {
			b = b[:mark]
		}
	}
	return closeObject(b, start)
}

// closeObject drops the comma before the first member, and reports whether there
// is one.
func closeObject(b []byte, start int) ([]byte, bool) {
	if len(b) == start {
		return b, false
	}
	copy(b[start:], b[start+1:])
	b[len(b)-1] = '}'
	return b, true
}

func endpointOf(name string) string {
	if name == schema.Group.Name {
		return schema.Group.Endpoint
	}
	return schema.User.Endpoint
}

func (x *Renderer) members(b []byte, a *schema.Attribute, members []Member) []byte {
	if len(members) == 0 || !x.show.Shows(a) {
		return b
	}
	entry := x.entryWriter(a)
	b = append(appendName(b, a.Name), '[')
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = entry.append(b, m.Value, m.Type, m.Type, m.Display)
	}
	return append(b, ']')
}

func (x *Renderer) groups(b []byte, a *schema.Attribute, groups []GroupOf) []byte {
	if len(groups) == 0 || !x.show.Shows(a) {
		return b
	}
	entry := x.entryWriter(a)
	b = append(appendName(b, a.Name), '[')
	for i, g := range groups {
		if i > 0 {
			b = append(b, ',')
		}
		b = entry.append(b, g.Value, schema.Group.Name, g.Type, g.Display)
	}
	return append(b, ']')
}

// entryWriter writes the entries of members and groups, of which there are many.
type entryWriter struct {
	baseURL                   string
	value, ref, kind, display bool
}

func (x *Renderer) entryWriter(a *schema.Attribute) entryWriter {
	shows := func(name string) bool {
		sub, ok := a.Sub(name)
		return ok && x.show.showsSub(a, sub)
	}
	return entryWriter{x.baseURL, shows("value"), shows("$ref"), shows("type"), shows("display")}
}

func (w entryWriter) append(b []byte, id, resource, kind, display string) []byte {
	b = append(b, '{')
	start := len(b)
	if w.value {
		b = appendString(appendName(b, "value"), id)
	}
	if w.ref && resource != "" {
		b = append(appendName(b, "$ref"), '"')
		b = append(b, w.baseURL...)
		b = append(b, endpointOf(resource)...)
		b = append(b, '/')
		b = append(append(b, url.PathEscape(id)...), '"')
	}
	if w.kind && kind != "" {
		b = appendString(appendName(b, "type"), kind)
	}
	if w.display && display != "" {
		b = appendString(appendName(b, "display"), display)
	}
	b, ok := closeObject(b, start)
	if !ok {
		b = append(b, '}')
	}
	return b
}

func (x *Renderer) metadata(b []byte, r Resource, v version) []byte {
	if !x.show.Shows(x.meta) {
		return b
	}
	mark := len(b)
	b = append(appendName(b, "meta"), '{')
	start := len(b)
	for _, sub := range x.meta.SubAttributes {
		if !x.show.showsSub(x.meta, sub) {
			continue
		}
		switch sub.Name {
		case "resourceType":
			b = appendString(appendName(b, sub.Name), x.resource.Name)
		case "created":
			b = appendTime(b, sub.Name, r.Meta.Created)
		case "lastModified":
			b = appendTime(b, sub.Name, r.Meta.LastModified)
		case "location":
			b = appendString(appendName(b, sub.Name), x.Location(r.ID))
		case "version":
			if v.record != "" {
				b = append(v.append(append(appendName(b, sub.Name), `"W/\"`...)), `\""`...)
			}
		}
	}
	b, ok := closeObject(b, start)
	if !ok {
		return b[:mark]
	}
	return b
}

func appendTime(b []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	b = append(appendName(b, name), '"')
	return append(t.UTC().AppendFormat(b, time.RFC3339Nano), '"')
}
