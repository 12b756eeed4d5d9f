package scim

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"scimbridge/scim/schema"
)

// bulkPrefix marks the id of a resource that another operation of the same bulk
// request creates (RFC 7644 section 3.7.2). An id never begins with it (demand 34).
const bulkPrefix = "bulkId:"

// references are the ids that an operation's bulkIds stand for. It runs the
// operations that create them first; those of a circle, which wait for this one,
// are left open.
func (b *bulkJob) references(ctx context.Context, o *bulkOperation) (map[string]string, error) {
	var names []string
	collect(o.data, &names)
	collect(o.id, &names)
	known := map[string]string{}
	for _, name := range names {
		other, ok := b.byBulkID[name]
		if !ok || other.method != http.MethodPost {
			return nil, badRequest(scimerrors.ScimTypeInvalidValue, "no operation of this request creates %s%s", bulkPrefix, name)
		}
		if other.state == running {
			o.later.names = append(o.later.names, name)
			continue
		}
		if b.run(ctx, other); other.err != nil {
			return nil, failure(http.StatusConflict, "", "%s%s, to which this refers, could not be created", bulkPrefix, name)
		}
		known[name] = other.id
	}
	return known, nil
}

// collect finds the bulkIds in a value.
func collect(v any, names *[]string) {
	switch v := v.(type) {
	case string:
		if name, ok := bulkName(v); ok && !slices.Contains(*names, name) {
			*names = append(*names, name)
		}
	case []any:
		for _, e := range v {
			collect(e, names)
		}
	case map[string]any:
		for _, e := range v {
			collect(e, names)
		}
	}
}

// bulkName is the bulkId in a string: the whole of it, the end of a reference, or
// a quoted value in the path of a PATCH.
func bulkName(s string) (string, bool) {
	if name, ok := strings.CutPrefix(s, bulkPrefix); ok {
		return name, true
	}
	if i := strings.LastIndex(s, "/"+bulkPrefix); i >= 0 {
		return s[i+1+len(bulkPrefix):], true
	}
	if _, after, ok := strings.Cut(s, `[value eq "`+bulkPrefix); ok {
		name, _, closed := strings.Cut(after, `"`)
		return name, closed
	}
	return "", false
}

// substitute puts ids in the place of bulkIds, in a copy.
func substitute(v any, known map[string]string) any {
	switch v := v.(type) {
	case string:
		if name, ok := bulkName(v); ok && known[name] != "" {
			return strings.Replace(v, bulkPrefix+name, known[name], 1)
		}
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = substitute(e, known)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = substitute(e, known)
		}
		return out
	}
	return v
}

// circle is what a resource is created without, because what it refers to refers
// to it (demand 156), and gets once that exists.
type circle struct {
	names   []string
	members []Member
	steps   []step // of references such as manager
}

// create is a POST of a bulk request.
func (b *bulkJob) create(ctx context.Context, o *bulkOperation, data map[string]any) (Resource, error) {
	r, err := decodeResource(b.call.session.Schemas, o.resource, data)
	if err != nil {
		return Resource{}, err
	}
	if len(o.later.names) > 0 {
		if err := b.leaveOut(o, &r); err != nil {
			return Resource{}, err
		}
		b.unsettled = append(b.unsettled, o)
	}
	return b.call.session.Backend.Create(ctx, o.resource, r)
}

// leaveOut takes the open references out of a resource: members, and references
// that stand alone in an attribute.
func (b *bulkJob) leaveOut(o *bulkOperation, r *Resource) error {
	r.Members = slices.DeleteFunc(r.Members, func(m Member) bool {
		if !strings.HasPrefix(m.Value, bulkPrefix) {
			return false
		}
		o.later.members = append(o.later.members, m)
		return true
	})
	schemas := b.call.session.Schemas
	take := func(s *schema.Schema, urn string, attributes map[string]any) {
		for _, a := range s.Attributes {
			object, _ := attributes[a.Name].(map[string]any)
			if id, _ := object["value"].(string); a.ComputedRef() != "" && strings.HasPrefix(id, bulkPrefix) {
				delete(attributes, a.Name)
				o.later.steps = append(o.later.steps, step{op: add, target: target{ref: schema.Ref{URN: urn, Attribute: a}}, value: object})
			}
		}
	}
	take(schemas.Core(o.resource), "", r.Attributes)
	for _, e := range schemas.Extensions(o.resource) {
		if data, ok := r.Attributes[e.ID].(map[string]any); ok {
			if take(e, e.ID, data); len(data) == 0 {
				delete(r.Attributes, e.ID)
			}
		}
	}
	var left []string
	if collect(r.Attributes, &left); len(left) > 0 {
		return failure(http.StatusConflict, "", "%s%s refers back to this resource, and only members and references such as manager can be added later", bulkPrefix, left[0])
	}
	return nil
}

// settle adds the references that circles had left open. A resource whose circle
// cannot be closed is taken back: an operation has happened or it has not.
func (b *bulkJob) settle(ctx context.Context) {
	for _, o := range b.unsettled {
		if o.err != nil {
			continue
		}
		err := b.closeCircle(ctx, o)
		if err == nil {
			continue
		}
		if undo := b.call.session.Backend.Delete(ctx, o.resource, o.id, Condition{}); undo != nil {
			err = errors.Join(err, undo)
		}
		o.err, o.tag = err, ""
	}
}

func (b *bulkJob) closeCircle(ctx context.Context, o *bulkOperation) error {
	known := map[string]string{}
	for _, name := range o.later.names {
		other := b.byBulkID[name]
		if other.state != done || other.err != nil {
			return failure(http.StatusConflict, "", "%s%s, to which this refers, could not be created", bulkPrefix, name)
		}
		known[name] = other.id
	}
	p := Patch{registry: b.call.session.Schemas, resource: o.resource}
	if len(o.later.members) > 0 {
		list := slices.Clone(o.later.members)
		for i := range list {
			list[i].Value, _ = substitute(list[i].Value, known).(string)
		}
		p.members = []MemberChange{{Op: AddMembers, Members: list}}
	}
	for _, s := range o.later.steps {
		s.value = substitute(s.value, known)
		p.steps = append(p.steps, s)
	}
	r, err := b.call.session.Backend.Patch(ctx, o.resource, o.id, p, Condition{}, Want{})
	o.tag = b.call.etag(r)
	return err
}
