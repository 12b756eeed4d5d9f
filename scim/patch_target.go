package scim

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
)

// step is one change of one attribute, as far as it can be known before the
// resource is.
type step struct {
	op     operation
	target target
	value  any  // by the schema; nil clears
	listed bool // a remove that lists in value what goes (Q8)
	number int
	path   string
}

// target is what a path addresses.
type target struct {
	ref    schema.Ref        // with Sub, if the path names one
	filter filter.Expression // bound to the entries of ref.Attribute; nil: all
	// seeds are the eq terms of the filter, if it consists of nothing else: an
	// entry that is not there is created from them (Q6).
	seeds map[string]any
}

// where names a place in a PATCH for an error.
func where(number int, path string) string {
	if path == "" {
		return fmt.Sprintf("operation %d", number)
	}
	return fmt.Sprintf("operation %d (%s)", number, path)
}

// target resolves a path.
func (p *patchParser) target(path string) (target, error) {
	if !strings.Contains(path, "[") {
		if ref, ok := p.patch.registry.Lookup(p.patch.resource, path); ok {
			return target{ref: ref}, nil
		}
		if _, err := filter.ParsePath(path); err != nil {
			return target{}, p.fail(scimerrors.ScimTypeInvalidPath, "the path is malformed: %v", err)
		}
		return target{}, p.fail(scimerrors.ScimTypeNoTarget, "a %s has no such attribute", p.patch.resource.Name)
	}
	parsed, err := filter.ParsePath(path)
	if err != nil {
		return target{}, p.badPath(path, err)
	}
	ref, ok := p.patch.registry.Resolve(p.patch.resource, parsed.Attribute)
	if !ok || ref.Attribute == nil {
		return target{}, p.fail(scimerrors.ScimTypeNoTarget, "a %s has no attribute %q", p.patch.resource.Name, parsed.Attribute)
	}
	if !ref.Attribute.MultiValued || ref.Sub != nil {
		return target{}, p.fail(scimerrors.ScimTypeInvalidPath, "%s has no entries to select from; leave the brackets out", ref)
	}
	return p.selection(ref, parsed)
}

// selection binds the filter of a path to the attribute's entries.
func (p *patchParser) selection(ref schema.Ref, parsed filter.Path) (target, error) {
	bound, err := filter.Bind(parsed.Filter, ref.Attribute)
	if err != nil {
		return target{}, p.fail(scimerrors.ScimTypeInvalidFilter, "%v", err)
	}
	t := target{ref: ref, filter: bound, seeds: seeds(bound)}
	if parsed.Sub != "" {
		sub, ok := ref.Attribute.Sub(parsed.Sub)
		if !ok {
			return target{}, p.fail(scimerrors.ScimTypeNoTarget, "%s has no sub-attribute %q", ref, parsed.Sub)
		}
		t.ref.Sub = sub
	}
	return t, nil
}

// badPath tells a malformed path from a malformed filter in it (demand 133).
func (p *patchParser) badPath(path string, err error) error {
	var at *filter.Error
	kind := scimerrors.ScimTypeInvalidPath
	if errors.As(err, &at) && at.Position > strings.IndexByte(path, '[')+1 {
		kind = scimerrors.ScimTypeInvalidFilter
	}
	return p.fail(kind, "the path is malformed: %v", err)
}

// seeds are the sub-attributes that a filter demands to be equal to something,
// nil if it demands anything else.
func seeds(e filter.Expression) map[string]any {
	terms := []filter.Expression{e}
	if and, ok := e.(filter.And); ok {
		terms = and.Terms
	}
	out := map[string]any{}
	for _, t := range terms {
		c, ok := t.(filter.Compare)
		if !ok || c.Op != filter.Equal || c.Value == nil {
			return nil
		}
		if before, twice := out[c.Path.Name]; twice && before != c.Value {
			return nil
		}
		out[c.Path.Name] = c.Value
	}
	return out
}

// writable refuses what no client may set (demand 129).
func (p *patchParser) writable(t target) error {
	a := t.ref.Attribute
	if a == nil {
		if e, ok := p.patch.registry.Schema(t.ref.URN); ok && !slices.ContainsFunc(e.Attributes, settable) {
			return p.fail(scimerrors.ScimTypeMutability, "%s is read-only", t.ref)
		}
		return nil
	}
	switch {
	case a.Mutability == schema.ReadOnly, t.ref.Sub != nil && t.ref.Sub.Mutability == schema.ReadOnly:
		return p.fail(scimerrors.ScimTypeMutability, "%s is read-only", t.ref)
	case t.ref.URN == "" && a.Name == "schemas":
		return p.fail(scimerrors.ScimTypeMutability, "schemas follows from the attributes; it cannot be set")
	case t.ref.Sub != nil && t.ref.Sub.Name == "$ref" && a.ComputedRef() != "":
		return p.fail(scimerrors.ScimTypeMutability, "%s follows from %s.value; set that", t.ref, a.Name)
	}
	return nil
}

func settable(a *schema.Attribute) bool { return a.Mutability != schema.ReadOnly }

// change turns one operation on one target into steps.
func (p *patchParser) change(op operation, t target, value any, given bool) error {
	if err := p.writable(t); err != nil {
		return err
	}
	a := t.ref.Attribute
	switch {
	case a == nil && t.ref.URN == "":
		return p.whole(op, value) // the path was the core schema's URN
	case a == nil:
		return p.extension(op, t, value)
	case p.patch.resource == schema.Group && t.ref.URN == "" && a.Name == "members":
		return p.memberChange(op, t, value, given)
	case op == remove:
		return p.removal(t, value)
	case a.Type == schema.Complex && !a.MultiValued && t.ref.Sub == nil:
		return p.complex(op, t, value)
	}
	return p.assign(op, t, value)
}

// extension is an operation on all of an extension's attributes at once. An
// object merges (Q5).
func (p *patchParser) extension(op operation, t target, value any) error {
	attributes, isObject := value.(map[string]any)
	switch {
	case op == remove, value == nil, value == "":
		p.push(step{op: remove, target: t})
		return nil
	case !isObject:
		return p.fail(scimerrors.ScimTypeInvalidValue, "the value of an extension must be an object")
	}
	return p.each(op, attributes, t.ref.URN+":")
}

// complex is a value for a complex attribute: the sub-attributes that it gives are
// set, those that it gives as empty cleared, the others left (demand 144, Q35).
func (p *patchParser) complex(op operation, t target, value any) error {
	if list, ok := value.([]any); ok && len(list) == 1 {
		value = list[0]
	}
	object, ok := value.(map[string]any)
	if !ok || len(object) == 0 || t.ref.Attribute.ComputedRef() != "" {
		return p.assign(op, t, value)
	}
	return p.each(op, object, t.ref.String()+".")
}

// assign is add or replace of an attribute, of a sub-attribute or of entries.
func (p *patchParser) assign(op operation, t target, value any) error {
	coerce := t.ref.Coerce
	if t.filter != nil && t.ref.Sub == nil {
		coerce = t.ref.CoerceEntry
	}
	v, assigned, err := coerce(value)
	if err != nil {
		return p.valueError(err)
	}
	if !assigned {
		if op == add && t.ref.Attribute.MultiValued && t.ref.Sub == nil && t.filter == nil {
			return nil // adds no entry; Entra sends "roles":[]
		}
		if t.ref.Leaf().Required {
			return p.fail(scimerrors.ScimTypeInvalidValue, "%s is required and cannot be empty", t.ref)
		}
		v = nil
	}
	p.push(step{op: op, target: t, value: v})
	return nil
}

// removal clears an attribute, or takes entries out of it. A multi-valued
// attribute with a value loses what that lists and no more (Q8).
func (p *patchParser) removal(t target, value any) error {
	if t.ref.Leaf().Required {
		return p.fail(scimerrors.ScimTypeMutability, "%s is required and cannot be removed", t.ref) // demand 141
	}
	if !t.ref.Attribute.MultiValued || t.ref.Sub != nil || t.filter != nil || value == nil {
		p.push(step{op: remove, target: t})
		return nil
	}
	v, assigned, err := t.ref.Coerce(value)
	if err != nil {
		return p.valueError(err)
	}
	if assigned {
		p.push(step{op: remove, target: t, value: v, listed: true})
	}
	return nil
}

func (p *patchParser) valueError(err error) error {
	var value *schema.ValueError
	if !errors.As(err, &value) {
		return err
	}
	return p.fail(scimerrors.ScimTypeInvalidValue, "%s", value)
}

func (p *patchParser) push(s step) {
	s.number, s.path = p.number, p.path
	p.patch.steps = append(p.patch.steps, s)
}

// clone copies a value so deeply that it can be changed.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	}
	return v
}

// same compares two values of an attribute; absent and false are one for primary
// (demand 47), which the caller sees to.
func same(a, b any) bool {
	switch a := a.(type) {
	case string, bool, json.Number, nil:
		return a == b
	case map[string]any:
		m, ok := b.(map[string]any)
		return ok && len(a) == len(m) && covers(a, m)
	case []any:
		l, ok := b.([]any)
		if !ok || len(a) != len(l) {
			return false
		}
		for i := range a {
			if !same(a[i], l[i]) {
				return false
			}
		}
		return true
	}
	return false
}

// covers tells that have says everything that want says.
func covers(have, want map[string]any) bool {
	for k, w := range want {
		h, ok := have[k]
		if !ok && w == false && k == "primary" {
			continue
		}
		if !ok || !same(h, w) {
			return false
		}
	}
	return true
}
