// Package filter is the filter language of SCIM (RFC 7644 section 3.4.2.2) and
// the PATCH path that contains it (section 3.5.2): a parser with positions in its
// errors and limits on size, a small tree, the binding of that tree to a schema,
// and an evaluator in memory. It does not know SQL (package store does) and takes
// what it must know of attributes through the interface Schema.
package filter

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Expression is a filter. Its nodes are And, Or, Not, Compare, Present and
// ValuePath, and no others.
type Expression interface {
	// String is the filter in SCIM's notation; Parse reads it back as it was.
	String() string
	node()
}

// And holds if every term does. The parser flattens nested ands; there are
// always two terms or more.
type And struct{ Terms []Expression }

// Or holds if one term does. The parser flattens nested ors; there are always
// two terms or more.
type Or struct{ Terms []Expression }

// Not holds if its term does not.
type Not struct{ Term Expression }

// Compare holds if one value at Path stands in the relation Op to Value.
type Compare struct {
	Path  AttributePath
	Op    Operator
	Value any // string, bool, json.Number or nil for null
}

// Present holds if there is a value at Path.
type Present struct{ Path AttributePath }

// ValuePath holds if one and the same entry of the multi-valued (or complex)
// attribute at Path satisfies Filter, whose paths are names of sub-attributes.
// The parser also writes `emails[type eq "work"].value eq "x"`, which Entra sends
// and the grammar of the RFC lacks, as the equal `emails[type eq "work" and value
// eq "x"]`.
type ValuePath struct {
	Path   AttributePath
	Filter Expression
}

// Operator relates the value of an attribute to a literal (RFC 7644 Table 3).
type Operator string

// The comparison operators; "pr" is the node Present.
const (
	Equal          Operator = "eq"
	NotEqual       Operator = "ne"
	Contains       Operator = "co"
	StartsWith     Operator = "sw"
	EndsWith       Operator = "ew"
	Greater        Operator = "gt"
	GreaterOrEqual Operator = "ge"
	Less           Operator = "lt"
	LessOrEqual    Operator = "le"
)

func (And) node()       {}
func (Or) node()        {}
func (Not) node()       {}
func (Compare) node()   {}
func (Present) node()   {}
func (ValuePath) node() {}

func (e And) String() string {
	return join(e.Terms, " and ", func(t Expression) bool {
		switch t.(type) {
		case And, Or:
			return true
		}
		return false
	})
}

func (e Or) String() string {
	return join(e.Terms, " or ", func(t Expression) bool {
		_, nested := t.(Or)
		return nested
	})
}

func join(terms []Expression, word string, bracket func(Expression) bool) string {
	var b strings.Builder
	for i, t := range terms {
		if i > 0 {
			b.WriteString(word)
		}
		if bracket(t) {
			b.WriteString("(" + t.String() + ")")
			continue
		}
		b.WriteString(t.String())
	}
	return b.String()
}

func (e Not) String() string { return "not (" + e.Term.String() + ")" }

func (e Compare) String() string {
	return e.Path.String() + " " + string(e.Op) + " " + literal(e.Value)
}

func (e Present) String() string { return e.Path.String() + " pr" }

func (e ValuePath) String() string { return e.Path.String() + "[" + e.Filter.String() + "]" }

func literal(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "null" // only literals of the four kinds reach this
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Size is the number of conditions in a filter; 0 for nil.
func Size(e Expression) int {
	size := 0
	switch e := e.(type) {
	case And:
		for _, t := range e.Terms {
			size += Size(t)
		}
	case Or:
		for _, t := range e.Terms {
			size += Size(t)
		}
	case Not:
		size = Size(e.Term)
	case ValuePath:
		size = 1 + Size(e.Filter)
	case Compare, Present:
		size = 1
	}
	return size
}
