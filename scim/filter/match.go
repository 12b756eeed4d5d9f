package filter

import (
	"cmp"
	"encoding/json"
	"math/big"
	"strings"
	"time"
)

// Match tells whether a resource satisfies a filter. The filter should be bound;
// names that the schema does not know have no value. The rules, which the SQL of
// package store answers to:
//   - An attribute without value is one null. A multi-valued attribute is its
//     entries, and a sub-attribute of it one value or null for each entry; a
//     comparison holds if it holds for any of these (demand 86).
//   - null equals null only; "ne" is the opposite of "eq" for one value; every
//     other comparison with null is false.
//   - Text compares by Fold unless the attribute is case-exact, and orders by
//     bytes after that; dates compare as instants, numbers by value.
//   - A value path holds if one entry satisfies all of it.
func Match(e Expression, s Schema, attributes map[string]any) bool {
	switch e := e.(type) {
	case And:
		for _, t := range e.Terms {
			if !Match(t, s, attributes) {
				return false
			}
		}
		return true
	case Or:
		for _, t := range e.Terms {
			if Match(t, s, attributes) {
				return true
			}
		}
		return false
	case Not:
		return !Match(e.Term, s, attributes)
	case Compare:
		return matchCompare(e, s, attributes)
	case Present:
		return matchPresent(e, s, attributes)
	case ValuePath:
		return matchValuePath(e, s, attributes)
	case constant:
		return bool(e)
	}
	return false
}

func matchCompare(e Compare, s Schema, attributes map[string]any) bool {
	c, ok := s.Find(e.Path)
	if ok && c.Kind == Complex {
		c, ok = s.Find(AttributePath{URN: c.Path.URN, Name: c.Path.Name, Sub: "value"})
	}
	if !ok {
		return compare(Characteristics{}, nil, e.Op, e.Value)
	}
	for _, v := range values(c.Path, attributes) {
		if compare(c, v, e.Op, e.Value) {
			return true
		}
	}
	return false
}

func matchPresent(e Present, s Schema, attributes map[string]any) bool {
	c, ok := s.Find(e.Path)
	if !ok {
		return false
	}
	for _, v := range values(c.Path, attributes) {
		if assigned(v) {
			return true
		}
	}
	return false
}

func assigned(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case map[string]any:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	return true
}

func matchValuePath(e ValuePath, s Schema, attributes map[string]any) bool {
	c, ok := s.Find(e.Path)
	if !ok || c.Entry == nil {
		return false
	}
	for _, entry := range values(c.Path, attributes) {
		if entry != nil && Match(e.Filter, c.Entry, AsEntry(entry)) {
			return true
		}
	}
	return false
}

// AsEntry is one value of a multi-valued attribute as the map that a value filter
// looks at. A simple value is its own "value".
func AsEntry(v any) map[string]any {
	if m, ok := v.(map[string]any); ok {
		return m
	}
	return map[string]any{"value": v}
}

// values are what an attribute holds; never none.
func values(path AttributePath, attributes map[string]any) []any {
	if path.URN != "" {
		attributes, _ = attributes[path.URN].(map[string]any)
	}
	found, ok := attributes[path.Name]
	entries, many := found.([]any)
	switch {
	case !ok, found == nil, many && len(entries) == 0:
		return []any{nil}
	case !many:
		entries = []any{found}
	}
	if path.Sub == "" {
		return entries
	}
	subs := make([]any, len(entries))
	for i, e := range entries {
		m, _ := e.(map[string]any)
		subs[i] = m[path.Sub]
	}
	return subs
}

func compare(c Characteristics, have any, op Operator, want any) bool {
	if op == NotEqual {
		return !compare(c, have, Equal, want)
	}
	if have == "" {
		have = nil
	}
	if have == nil || want == nil {
		return op == Equal && have == nil && want == nil
	}
	switch c.Kind {
	case Boolean:
		return op == Equal && have == want
	case Number:
		return ordered(op, compareNumbers(have, want))
	case DateTime:
		return ordered(op, compareTimes(have, want))
	}
	return compareText(c, have, op, want)
}

func compareText(c Characteristics, have any, op Operator, want any) bool {
	h, ok1 := have.(string)
	w, ok2 := want.(string)
	if !ok1 || !ok2 {
		return false
	}
	if !c.CaseExact {
		h, w = Fold(h), Fold(w)
	}
	switch op {
	case Contains:
		return strings.Contains(h, w)
	case StartsWith:
		return strings.HasPrefix(h, w)
	case EndsWith:
		return strings.HasSuffix(h, w)
	}
	return ordered(op, cmp.Compare(h, w))
}

// incomparable is the result of comparing what has no order.
const incomparable = 2

func ordered(op Operator, result int) bool {
	if result == incomparable {
		return false
	}
	switch op {
	case Equal:
		return result == 0
	case Greater:
		return result > 0
	case GreaterOrEqual:
		return result >= 0
	case Less:
		return result < 0
	case LessOrEqual:
		return result <= 0
	}
	return false
}

func compareNumbers(a, b any) int {
	x, ok1 := number(a)
	y, ok2 := number(b)
	if !ok1 || !ok2 {
		return incomparable
	}
	return x.Cmp(y)
}

// number reads a number without the loss of a float64, and without the memory
// that "1e999999999" would take as a fraction.
func number(v any) (*big.Float, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return nil, false
	}
	f, _, err := big.ParseFloat(n.String(), 10, 256, big.ToNearestEven)
	return f, err == nil
}

func compareTimes(a, b any) int {
	x, _ := a.(string)
	y, _ := b.(string)
	t, ok1 := ParseTime(x)
	u, ok2 := ParseTime(y)
	if !ok1 || !ok2 {
		return incomparable
	}
	return t.Compare(u)
}

// ParseTime reads an xsd:dateTime (RFC 7643 section 2.3.5). A time without zone
// is taken as UTC.
func ParseTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
