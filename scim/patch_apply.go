package scim

import (
	"cmp"
	"net/http"
	"slices"

	scimerrors "github.com/elimity-com/scim/errors"

	"scimbridge/scim/schema"
)

// Apply makes the changes, one upon the other, on a copy of attributes: all of
// them, or with an error none (demand 128).
func (p Patch) Apply(attributes map[string]any) (Patched, error) {
	w := working{
		attributes: clone(attributes).(map[string]any),
		lists:      map[listKey]*list{},
		spoken:     map[Target]bool{},
	}
	if w.attributes == nil {
		w.attributes = map[string]any{}
	}
	for _, s := range p.steps {
		extension, _ := p.registry.Schema(s.target.ref.URN)
		if err := w.do(s, extension); err != nil {
			return Patched{}, err
		}
	}
	return w.finish(), nil
}

// working is a resource while it is patched.
type working struct {
	attributes map[string]any
	lists      map[listKey]*list
	spoken     map[Target]bool // of what is not in a list
	work       int             // comparisons so far
}

// maxPatchWork bounds the comparisons of entries in one PATCH: many operations,
// many entries and a long filter multiply. It stands for about a second.
const maxPatchWork = 10_000_000

type listKey struct{ urn, attribute string }

// do makes one change; extension is the schema that it is in, nil for the core.
func (w *working) do(s step, extension *schema.Schema) error {
	a := s.target.ref.Attribute
	switch {
	case a == nil:
		return w.dropExtension(s, extension)
	case a.MultiValued:
		l := w.list(s.target.ref)
		if w.work += l.work(s); w.work > maxPatchWork {
			return failure(http.StatusRequestEntityTooLarge, "",
				"%s: the operations on multi-valued attributes are too many; send several requests", where(s.number, s.path))
		}
		return l.do(s)
	case s.target.ref.Sub != nil:
		return w.setSub(s, s.target.ref.Sub, s.value)
	case a.Type == schema.Complex && s.value != nil:
		return w.merge(s)
	}
	return w.set(s)
}

// dropExtension clears what a client may set in an extension; what only the server says
// there stays.
func (w *working) dropExtension(s step, e *schema.Schema) error {
	data, _ := w.attributes[s.target.ref.URN].(map[string]any)
	for _, a := range e.Attributes {
		if a.Mutability == schema.ReadOnly {
			continue
		}
		if err := s.fixed(a, data[a.Name]); err != nil {
			return err
		}
		delete(w.lists, listKey{e.ID, a.Name})
		delete(data, a.Name)
	}
	return nil
}

// holder is the map that an attribute stands in: the resource or an extension.
func (w *working) holder(urn string) map[string]any {
	if urn == "" {
		return w.attributes
	}
	data, ok := w.attributes[urn].(map[string]any)
	if !ok {
		data = map[string]any{}
		w.attributes[urn] = data
	}
	return data
}

// set gives a single-valued attribute its value, or none.
func (w *working) set(s step) error {
	ref := s.target.ref
	at := w.holder(ref.URN)
	if err := s.fixed(ref.Attribute, at[ref.Attribute.Name]); err != nil {
		return err
	}
	if s.value == nil {
		delete(at, ref.Attribute.Name)
		return nil
	}
	at[ref.Attribute.Name] = s.value
	w.spoken[Target{Schema: ref.URN, Attribute: ref.Attribute.Name, Entry: -1}] = true
	return nil
}

// merge sets the sub-attributes that a value gives.
func (w *working) merge(s step) error {
	given, ok := s.value.(map[string]any)
	if !ok {
		return w.set(s)
	}
	for _, sub := range s.target.ref.Attribute.SubAttributes {
		if v, ok := given[sub.Name]; ok {
			if err := w.setSub(s, sub, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// setSub gives one sub-attribute of a single-valued complex attribute its value,
// or none. The attribute goes with its last sub-attribute.
func (w *working) setSub(s step, sub *schema.Attribute, value any) error {
	ref := s.target.ref
	at := w.holder(ref.URN)
	object, ok := at[ref.Attribute.Name].(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	one := s
	one.value = value
	if err := one.fixed(ref.Attribute, at[ref.Attribute.Name]); err != nil {
		return err
	}
	if err := one.fixed(sub, object[sub.Name]); err != nil {
		return err
	}
	if value == nil {
		delete(object, sub.Name)
	} else {
		object[sub.Name] = value
		at[ref.Attribute.Name] = object
		w.spoken[Target{Schema: ref.URN, Attribute: ref.Attribute.Name, Entry: -1, Sub: sub.Name}] = true
	}
	if len(object) == 0 {
		delete(at, ref.Attribute.Name)
	}
	return nil
}

// fixed refuses to change an immutable value that there is (demand 129).
func (s step) fixed(a *schema.Attribute, before any) error {
	if a.Mutability != schema.Immutable || before == nil || s.value != nil && same(before, s.value) {
		return nil
	}
	return s.fail(scimerrors.ScimTypeMutability, "%s is immutable and has a value", a.Name)
}

func (s step) fail(t scimerrors.ScimType, format string, args ...any) error {
	e := failure(http.StatusBadRequest, t, format, args...)
	e.Detail = where(s.number, s.path) + ": " + e.Detail
	return e
}

// list is the multi-valued attribute that ref names, opened for changes.
func (w *working) list(ref schema.Ref) *list {
	key := listKey{ref.URN, ref.Attribute.Name}
	l, ok := w.lists[key]
	if ok {
		return l
	}
	l = &list{attribute: ref.Attribute}
	values, _ := w.holder(ref.URN)[ref.Attribute.Name].([]any)
	for _, v := range values {
		l.entries = append(l.entries, &entry{value: v})
	}
	w.lists[key] = l
	return l
}

// finish writes the lists back and gathers what was spoken of.
func (w *working) finish() Patched {
	var spoken []Target
	for key, l := range w.lists {
		at := w.holder(key.urn)
		if len(l.entries) == 0 {
			delete(at, key.attribute)
			continue
		}
		values := make([]any, len(l.entries))
		for i, e := range l.entries {
			values[i] = e.value
			for sub := range e.spoken {
				spoken = append(spoken, Target{Schema: key.urn, Attribute: key.attribute, Entry: i, Sub: sub})
			}
		}
		at[key.attribute] = values
	}
	for t := range w.spoken {
		spoken = append(spoken, t)
	}
	for k, v := range w.attributes {
		if m, ok := v.(map[string]any); ok && len(m) == 0 {
			delete(w.attributes, k) // an extension without data
		}
	}
	return Patched{Attributes: w.attributes, Spoken: w.present(spoken)}
}

// present leaves out what a later operation took away again, and orders the rest.
func (w *working) present(spoken []Target) []Target {
	spoken = slices.DeleteFunc(spoken, func(t Target) bool {
		at := w.attributes
		if t.Schema != "" {
			at, _ = at[t.Schema].(map[string]any)
		}
		v, ok := at[t.Attribute]
		if t.Entry >= 0 {
			v = v.([]any)[t.Entry]
		}
		if ok && t.Sub != "" {
			object, _ := v.(map[string]any)
			_, ok = object[t.Sub]
		}
		return !ok
	})
	slices.SortFunc(spoken, func(a, b Target) int {
		return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Attribute, b.Attribute),
			cmp.Compare(a.Entry, b.Entry), cmp.Compare(a.Sub, b.Sub))
	})
	return spoken
}
