package scim

import (
	"maps"
	"slices"

	scimerrors "github.com/elimity-com/scim/errors"

	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
)

// list is a multi-valued attribute while it is patched. Its entries are pointers,
// so that what was said of one is still known when others have come or gone.
type list struct {
	attribute *schema.Attribute
	entries   []*entry
}

type entry struct {
	value  any
	spoken map[string]bool // sub-attributes; "" for a simple value
}

func newEntry(value any) *entry {
	e := &entry{value: value}
	e.speak(value)
	return e
}

// speak notes that the client has said value.
func (e *entry) speak(value any) {
	if e.spoken == nil {
		e.spoken = map[string]bool{}
	}
	object, ok := value.(map[string]any)
	if !ok {
		e.spoken[""] = true
	}
	for sub := range object {
		e.spoken[sub] = true
	}
}

// work is how many comparisons a step may take.
func (l *list) work(s step) int {
	values, _ := s.value.([]any)
	return (len(l.entries) + len(values)) * (1 + len(values) + filter.Size(s.target.filter))
}

func (l *list) do(s step) error {
	if l.attribute.Mutability == schema.Immutable && len(l.entries) > 0 {
		return s.fail(scimerrors.ScimTypeMutability, "%s is immutable and has a value", l.attribute.Name)
	}
	switch {
	case s.target.filter != nil:
		return l.selected(s)
	case s.target.ref.Sub != nil:
		return l.everySub(s)
	case s.value == nil:
		l.entries = nil
	case s.op == replace:
		l.entries = nil
		return l.append(s, s.value.([]any))
	case s.op == add:
		return l.append(s, s.value.([]any))
	case s.listed:
		l.removeListed(s.value.([]any))
	}
	return nil
}

// append adds the entries that are not there yet (demand 137).
func (l *list) append(s step, values []any) error {
	for _, v := range values {
		if e := l.find(v); e != nil {
			e.speak(v)
			continue
		}
		if err := l.create(s, clone(v)); err != nil {
			return err
		}
	}
	return nil
}

func (l *list) create(s step, value any) error {
	if len(l.entries) >= schema.MaxEntries {
		return s.fail(scimerrors.ScimTypeInvalidValue, "%s would have more than %d entries", l.attribute.Name, schema.MaxEntries)
	}
	e := newEntry(value)
	l.entries = append(l.entries, e)
	l.onePrimary(e)
	return nil
}

// find is an entry that already says all that v says.
func (l *list) find(v any) *entry {
	want, isObject := v.(map[string]any)
	for _, e := range l.entries {
		have, ok := e.value.(map[string]any)
		if isObject && ok && covers(have, want) || !isObject && same(e.value, v) {
			return e
		}
	}
	return nil
}

func (l *list) removeListed(values []any) {
	for _, v := range values {
		for e := l.find(v); e != nil; e = l.find(v) {
			l.drop(e)
		}
	}
}

func (l *list) drop(e *entry) {
	l.entries = slices.DeleteFunc(l.entries, func(other *entry) bool { return other == e })
}

// everySub is a sub-attribute named without a filter: that of every entry, or of
// a first one.
func (l *list) everySub(s step) error {
	if len(l.entries) == 0 && s.value != nil {
		return l.create(s, map[string]any{s.target.ref.Sub.Name: clone(s.value)})
	}
	return l.setSubs(s, slices.Clone(l.entries))
}

// selected is a value path. For a set that finds no entry, one is created, seeded
// with what the filter demands: Entra addresses a first phone number so. RFC 7644
// section 3.5.2.3 would have it refused, and with it the whole user (Q6).
func (l *list) selected(s step) error {
	var found []*entry
	for _, e := range l.entries {
		if filter.Match(s.target.filter, l.attribute, filter.AsEntry(e.value)) {
			found = append(found, e)
		}
	}
	switch {
	case len(found) == 0 && s.value == nil:
		return nil // removing what is not there (Q7)
	case len(found) == 0:
		return l.seed(s)
	case s.target.ref.Sub != nil:
		return l.setSubs(s, found)
	case s.value == nil:
		for _, e := range found {
			l.drop(e)
		}
		return nil
	}
	return l.setEntries(s, found)
}

func (l *list) seed(s step) error {
	if s.target.seeds == nil || l.attribute.Type != schema.Complex {
		return s.fail(scimerrors.ScimTypeNoTarget, "no entry of %s satisfies the filter, and none can be made from it", l.attribute.Name)
	}
	return l.create(s, l.withSeeds(s))
}

func (l *list) withSeeds(s step) map[string]any {
	value := maps.Clone(s.target.seeds)
	if value == nil {
		value = map[string]any{}
	}
	if s.target.ref.Sub != nil {
		value[s.target.ref.Sub.Name] = clone(s.value)
	} else if object, ok := s.value.(map[string]any); ok {
		maps.Copy(value, clone(object).(map[string]any))
	}
	return value
}

// setEntries gives whole entries a value: add merges it, replace puts it in the
// entry's place (demand 145), where it keeps what the filter found it by.
func (l *list) setEntries(s step, found []*entry) error {
	for _, e := range found {
		have, ok := e.value.(map[string]any)
		given, _ := s.value.(map[string]any)
		for _, sub := range l.attribute.SubAttributes {
			one := s
			if one.value = given[sub.Name]; one.value == nil && s.op == add {
				continue
			}
			if err := one.fixed(sub, have[sub.Name]); err != nil {
				return err
			}
		}
		switch {
		case !ok:
			e.value = s.value
		case s.op == add:
			maps.Copy(have, clone(given).(map[string]any))
		default:
			e.value = l.withSeeds(s)
		}
		e.speak(s.value)
		l.onePrimary(e)
	}
	return nil
}

// setSubs gives one sub-attribute of the entries a value, or none. An entry that
// has lost its last content goes.
func (l *list) setSubs(s step, found []*entry) error {
	name := s.target.ref.Sub.Name
	if name == "primary" && s.value == true && len(found) > 1 {
		return s.fail(scimerrors.ScimTypeInvalidValue, "only one entry of %s can be primary, and the path names %d", l.attribute.Name, len(found))
	}
	for _, e := range found {
		object, ok := e.value.(map[string]any)
		if !ok {
			continue
		}
		if err := s.fixed(s.target.ref.Sub, object[name]); err != nil {
			return err
		}
		if s.value != nil {
			object[name] = clone(s.value)
			e.speak(map[string]any{name: s.value})
			l.onePrimary(e)
			continue
		}
		_, had := object[name]
		delete(object, name)
		if len(object) == 0 || had && l.attribute.Hollow(object) {
			l.drop(e)
		}
	}
	return nil
}

// onePrimary takes primary from the others if the client has just said that e is
// (demand 130, Q17).
func (l *list) onePrimary(e *entry) {
	object, ok := e.value.(map[string]any)
	if !ok || object["primary"] != true || !e.spoken["primary"] {
		return
	}
	for _, other := range l.entries {
		if m, ok := other.value.(map[string]any); ok && other != e && m["primary"] == true {
			m["primary"] = false
			other.speak(map[string]any{"primary": false})
		}
	}
}
