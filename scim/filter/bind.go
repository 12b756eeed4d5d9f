package filter

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Bind resolves every name of a filter against a schema and checks that each
// comparison makes sense (demands 82, 83 and 87). In the result
//   - paths are in the schema's spelling, with a URN only for an extension;
//   - a complex attribute that is compared has its sub-attribute "value" named:
//     `manager eq "x"` has become `manager.value eq "x"` (Q23);
//   - a Compare of a boolean holds a bool or nil, of a number a json.Number or
//     nil, of everything else a string or nil (Q3: "True" is a boolean);
//   - a comparison with "" has become one with null, because "" is unassigned here.
//
// Errors are of type *Error; the caller answers 400 invalidFilter.
func Bind(e Expression, s Schema) (Expression, error) {
	b := binder{schema: s}
	bound := b.bind(e)
	if b.err != nil {
		return nil, b.err
	}
	return bound, nil
}

// BindAbsent is Bind for a query over several resource types, in which an
// attribute that one type does not know is one without a value (RFC 7644 section
// 3.4.2.1). A nil expression with true means every resource of the type, with
// false none.
func BindAbsent(e Expression, s Schema) (Expression, bool, error) {
	b := binder{schema: s, tolerant: true}
	bound := b.bind(e)
	if b.err != nil {
		return nil, false, b.err
	}
	if c, ok := bound.(constant); ok {
		return nil, bool(c), nil
	}
	return bound, true, nil
}

// constant stands for a condition whose outcome is known; it is folded away.
type constant bool

func (constant) node()            {}
func (c constant) String() string { return fmt.Sprint(bool(c)) }

type binder struct {
	schema   Schema
	tolerant bool
	inside   string // the attribute whose value filter is bound
	err      error
}

func (b *binder) fail(format string, args ...any) Expression {
	if b.err == nil {
		b.err = &Error{Reason: fmt.Sprintf(format, args...)}
	}
	return nil
}

func (b *binder) bind(e Expression) Expression {
	if b.err != nil {
		return nil
	}
	switch e := e.(type) {
	case And:
		return b.fold(e.Terms, false, func(t []Expression) Expression { return And{Terms: t} })
	case Or:
		return b.fold(e.Terms, true, func(t []Expression) Expression { return Or{Terms: t} })
	case Not:
		term := b.bind(e.Term)
		if c, ok := term.(constant); ok {
			return !c
		}
		return Not{Term: term}
	case Compare:
		return b.compare(e)
	case Present:
		return b.present(e)
	case ValuePath:
		return b.valuePath(e)
	}
	return b.fail("unknown filter node %T", e)
}

// fold binds the terms of an or (decisive true) or an and (decisive false).
func (b *binder) fold(terms []Expression, decisive constant, make func([]Expression) Expression) Expression {
	var kept []Expression
	decided := false
	for _, t := range terms {
		bound := b.bind(t)
		if b.err != nil {
			return nil
		}
		switch c, ok := bound.(constant); {
		case !ok:
			kept = append(kept, bound)
		case c == decisive:
			decided = true // the other terms must still make sense
		}
	}
	switch {
	case decided:
		return decisive
	case len(kept) == 0:
		return !decisive
	case len(kept) == 1:
		return kept[0]
	}
	return make(kept)
}

// find looks a path up. The second result is false if it stands for no value.
func (b *binder) find(path AttributePath) (Characteristics, bool) {
	c, ok := b.schema.Find(path)
	switch {
	case ok && c.Hidden:
		b.fail("%s cannot be used in a filter, because it is never returned", path)
	case ok:
		return c, true
	case b.inside != "":
		b.fail("%s has no sub-attribute %q", b.inside, path)
	case !b.tolerant:
		b.fail("unknown attribute %q", path)
	}
	return Characteristics{}, false
}

func (b *binder) compare(e Compare) Expression {
	c, ok := b.find(e.Path)
	if !ok {
		null := e.Value == nil || e.Value == ""
		return constant(e.Op == Equal && null || e.Op == NotEqual && !null)
	}
	if c.Kind == Complex {
		value, ok := c.Entry.Find(AttributePath{Name: "value"})
		if !ok || value.Kind == Complex {
			return b.fail("%s is complex; compare one of its sub-attributes", e.Path)
		}
		value.Path = AttributePath{URN: c.Path.URN, Name: c.Path.Name, Sub: value.Path.Name}
		c = value
	}
	value := b.value(c, e)
	return Compare{Path: c.Path, Op: e.Op, Value: value}
}

// value checks operator and literal against the attribute, and gives the literal
// the attribute's type.
func (b *binder) value(c Characteristics, e Compare) any {
	switch e.Op {
	case Equal, NotEqual:
		if e.Value == nil || e.Value == "" {
			return nil
		}
	case Contains, StartsWith, EndsWith:
		if c.Kind != Text {
			b.fail("%s: %q compares strings only", e.Path, e.Op)
		}
	default:
		if c.Kind == Boolean || c.Kind == Binary {
			b.fail("%s: %q cannot order this type of value", e.Path, e.Op) // demand 83
		}
	}
	switch c.Kind {
	case Boolean:
		return b.boolean(e)
	case Number:
		if n, ok := e.Value.(json.Number); ok {
			return n
		}
		b.fail("%s is a number: compare it with one, without quotes", e.Path)
	case DateTime:
		s, ok := e.Value.(string)
		if _, valid := ParseTime(s); ok && valid {
			return s
		}
		b.fail("%s is a date: compare it with one, such as \"2026-09-01T08:15:30Z\"", e.Path)
	default:
		if s, ok := e.Value.(string); ok {
			return s
		}
		b.fail("%s is a string: compare it with a value in double quotes", e.Path)
	}
	return nil
}

func (b *binder) boolean(e Compare) any {
	switch v := e.Value.(type) {
	case bool:
		return v
	case string: // Entra's roles[primary eq "True"], Q3
		if strings.EqualFold(v, "true") {
			return true
		}
		if strings.EqualFold(v, "false") {
			return false
		}
	}
	b.fail("%s is a boolean: compare it with true or false", e.Path)
	return nil
}

func (b *binder) present(e Present) Expression {
	c, ok := b.find(e.Path)
	if !ok {
		return constant(false)
	}
	return Present{Path: c.Path}
}

func (b *binder) valuePath(e ValuePath) Expression {
	c, ok := b.find(e.Path)
	if !ok {
		return constant(false)
	}
	if c.Entry == nil {
		return b.fail("%s has no entries with sub-attributes to select by", e.Path)
	}
	inner := binder{schema: c.Entry, inside: e.Path.String()}
	bound := inner.bind(e.Filter)
	if inner.err != nil {
		b.err = inner.err
		return nil
	}
	return ValuePath{Path: c.Path, Filter: bound}
}
