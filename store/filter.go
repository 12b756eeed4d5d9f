package store

import (
	"slices"

	"scimbridge/scim/filter"
)

// condition is a filter, or the part of it that SQL can decide. It is never NULL, so
// that NOT means what the filter means by it.
type condition struct {
	fragment
	// rest is the part that SQL cannot decide: rows that the condition lets through
	// must be asked once more. nil if there is none.
	rest filter.Expression
}

func (c condition) exact() bool { return c.rest == nil }

// undecided lets every row through to be asked for e.
func undecided(e filter.Expression) condition { return condition{fragment: always, rest: e} }

func decided(f fragment) condition { return condition{fragment: f} }

// scope is where the paths of a filter are looked up: a record, or an entry of one of its
// lists.
type scope struct {
	schema filter.Schema
	// one is a single-valued attribute, or sub-attribute of one.
	one func(filter.AttributePath) (operand, bool)
	// many is a multi-valued attribute.
	many func(filter.AttributePath) (list, bool)
	// equal is a comparison for which there is an index.
	equal func(filter.Compare) (fragment, bool)
	// byBytes makes a text compare by its bytes.
	byBytes string
}

// operand is a value in SQL; NULL if there is none.
type operand struct {
	text   fragment
	folded bool     // the text has been folded already
	micros fragment // of a date, instead of text
}

// list is a multi-valued attribute as rows.
type list struct {
	from, where fragment
	sub         func(name string) (operand, bool) // "" for an entry that is a simple value
}

func (l list) some(condition fragment) fragment {
	return sqlf("EXISTS (SELECT 1 FROM %s WHERE %s AND %s)", l.from, l.where, condition)
}

// compile turns a bound filter into the condition that SQL can check.
func (s scope) compile(e filter.Expression) condition {
	switch e := e.(type) {
	case nil:
		return decided(always)
	case filter.And:
		return s.both(e)
	case filter.Or:
		return s.either(e)
	case filter.Not:
		inner := s.compile(e.Term)
		if !inner.exact() {
			return undecided(e)
		}
		return decided(not(inner.fragment))
	case filter.Compare:
		return s.compare(e)
	case filter.Present:
		return s.present(e)
	case filter.ValuePath:
		return s.valuePath(e)
	}
	return undecided(e)
}

// both leaves the terms that SQL cannot decide for later.
func (s scope) both(e filter.And) condition {
	var parts []fragment
	var rest []filter.Expression
	for _, term := range e.Terms {
		c := s.compile(term)
		parts = append(parts, c.fragment)
		if !c.exact() {
			rest = append(rest, c.rest)
		}
	}
	all := decided(joined("AND", parts))
	switch len(rest) {
	case 0:
	case 1:
		all.rest = rest[0]
	default:
		all.rest = filter.And{Terms: rest}
	}
	return all
}

// either must know all terms: an unknown one may hold for any row.
func (s scope) either(e filter.Or) condition {
	var parts []fragment
	for _, term := range e.Terms {
		c := s.compile(term)
		if !c.exact() {
			return undecided(e)
		}
		parts = append(parts, c.fragment)
	}
	return decided(joined("OR", parts))
}

func (s scope) compare(e filter.Compare) condition {
	what, known := s.schema.Find(e.Path)
	if !known {
		return undecided(e)
	}
	if quick, ok := s.equal(e); ok {
		return decided(quick)
	}
	if what.MultiValued {
		return s.compareSome(e, what)
	}
	if value, ok := s.one(what.Path); ok {
		if c, ok := s.relation(value, what, e.Op, e.Value); ok {
			return decided(c)
		}
	}
	return undecided(e)
}

// compareSome holds if one entry does. A list without entries counts as one null.
func (s scope) compareSome(e filter.Compare, what filter.Characteristics) condition {
	entries, ok := s.many(what.Path)
	if !ok {
		return undecided(e)
	}
	value, ok := entries.sub(what.Path.Sub)
	if !ok {
		return undecided(e)
	}
	c, ok := s.relation(value, what, e.Op, e.Value)
	if !ok {
		return undecided(e)
	}
	if holdsForNull := (e.Op == filter.Equal) == (e.Value == nil); holdsForNull && (e.Op == filter.Equal || e.Op == filter.NotEqual) {
		return decided(sqlf("(%s OR NOT %s)", entries.some(c), entries.some(always)))
	}
	return decided(entries.some(c))
}

func (s scope) present(e filter.Present) condition {
	what, known := s.schema.Find(e.Path)
	if !known {
		return undecided(e)
	}
	if !what.MultiValued {
		value, ok := s.one(what.Path)
		if !ok {
			return undecided(e)
		}
		return decided(value.present())
	}
	entries, ok := s.many(what.Path)
	if !ok {
		return undecided(e)
	}
	if what.Path.Sub == "" {
		return decided(entries.some(always))
	}
	value, ok := entries.sub(what.Path.Sub)
	if !ok {
		return undecided(e)
	}
	return decided(entries.some(value.present()))
}

// valuePath holds if one entry satisfies all of the inner filter.
func (s scope) valuePath(e filter.ValuePath) condition {
	what, known := s.schema.Find(e.Path)
	if !known || what.Entry == nil {
		return undecided(e)
	}
	if !what.MultiValued {
		return s.onlyEntry(e, what)
	}
	entries, ok := s.many(what.Path)
	if !ok {
		return undecided(e)
	}
	inner := s.entryScope(what.Entry, func(name string) (operand, bool) {
		if what.Kind != filter.Complex {
			name = "" // a simple value is its own "value"
		}
		return entries.sub(name)
	}).compile(e.Filter)
	if !inner.exact() {
		return undecided(e)
	}
	all := entries.some(inner.fragment)
	if quick, ok := s.indexedEntry(e); ok {
		all = sqlf("(%s AND %s)", quick, all)
	}
	return decided(all)
}

// onlyEntry is a value path of a complex attribute with one value.
func (s scope) onlyEntry(e filter.ValuePath, what filter.Characteristics) condition {
	whole, ok := s.one(what.Path)
	if !ok {
		return undecided(e)
	}
	inner := s.entryScope(what.Entry, func(name string) (operand, bool) {
		return s.one(filter.AttributePath{URN: what.Path.URN, Name: what.Path.Name, Sub: name})
	}).compile(e.Filter)
	if !inner.exact() {
		return undecided(e)
	}
	return decided(sqlf("(%s AND %s)", whole.present(), inner.fragment))
}

// indexedEntry narrows a value path by an index, if it demands an equal value.
func (s scope) indexedEntry(e filter.ValuePath) (fragment, bool) {
	terms := []filter.Expression{e.Filter}
	if and, ok := e.Filter.(filter.And); ok {
		terms = and.Terms
	}
	for _, term := range terms {
		if c, ok := term.(filter.Compare); ok {
			path := filter.AttributePath{URN: e.Path.URN, Name: e.Path.Name, Sub: c.Path.Name}
			if quick, ok := s.equal(filter.Compare{Path: path, Op: c.Op, Value: c.Value}); ok {
				return quick, true
			}
		}
	}
	return fragment{}, false
}

func (s scope) entryScope(schema filter.Schema, sub func(name string) (operand, bool)) scope {
	return scope{
		schema: schema,
		one:    func(p filter.AttributePath) (operand, bool) { return sub(p.Name) },
		many:   func(filter.AttributePath) (list, bool) { return list{}, false },
		equal:  func(filter.Compare) (fragment, bool) { return fragment{}, false },

		byBytes: s.byBytes,
	}
}

// isLookUp tells whether a filter demands a key that few records share: finding them
// costs nearly nothing.
func isLookUp(e filter.Expression) bool {
	switch e := e.(type) {
	case filter.And:
		return slices.ContainsFunc(e.Terms, isLookUp)
	case filter.Compare:
		_, isText := e.Value.(string)
		return isText && e.Op == filter.Equal && e.Path.URN == "" && e.Path.Sub == "" && slices.Contains(lookUpKeys, e.Path.Name)
	}
	return false
}

var lookUpKeys = []string{"id", "userName", "externalId"}
