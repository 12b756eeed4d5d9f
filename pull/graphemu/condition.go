package graphemu

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// condition tells whether an object stays in a listing.
type condition func(*object) bool

// order compares two objects of a listing.
type order func(a, b *object) int

// restrictions reads $filter, $search and $orderby, and refuses what needs the
// index behind ConsistencyLevel from a request without it. The header is no part
// of a next link: it is wanted on every page.
//
// Source: https://learn.microsoft.com/graph/aad-advanced-queries
func (c *call) restrictions(l listing) (condition, order, error) {
	advanced := l.advanced
	var keep condition
	var sorted order
	if c.query.has("filter") {
		f, err := parseFilter(c.query.get("filter"), l.kind)
		if err != nil {
			return nil, nil, err
		}
		keep, advanced = f.keep, advanced || f.advanced
	}
	if c.query.has("search") {
		found, err := parseSearch(c.query.get("search"))
		if err != nil {
			return nil, nil, err
		}
		keep, advanced = both(keep, found), true
	}
	if c.query.has("orderby") {
		var err error
		if sorted, err = parseOrder(c.query.get("orderby"), l.kind); err != nil {
			return nil, nil, err
		}
		advanced = advanced || c.query.has("filter")
	}
	if advanced && !c.advanced() {
		return nil, nil, unsupportedQuery("The query specified in the URI is not supported: it needs the header ConsistencyLevel: eventual and $count=true.")
	}
	return keep, sorted, nil
}

func (c *call) advanced() bool {
	return c.eventually() && (c.counts() || c.query.has("search"))
}

func both(a, b condition) condition {
	if a == nil {
		return b
	}
	return func(o *object) bool { return a(o) && b(o) }
}

// searchable are the properties that $search knows.
var searchable = []string{"displayName", "description", "mail", "mailNickname", "userPrincipalName"}

// parseSearch reads clauses such as "displayName:ann" joined by AND or OR. A
// clause finds words that begin with its own.
func parseSearch(text string) (condition, error) {
	var found condition
	for _, part := range strings.Split(text, " OR ") {
		var all condition
		for _, clause := range strings.Split(part, " AND ") {
			property, word, colon := strings.Cut(strings.Trim(strings.TrimSpace(clause), `"`), ":")
			if !colon || !slices.Contains(searchable, property) {
				return nil, badRequest("Syntax error: a $search clause must have the form \"property:value\".")
			}
			all = both(all, hasWord(property, fold(word)))
		}
		found = either(found, all)
	}
	return found, nil
}

func either(a, b condition) condition {
	if a == nil {
		return b
	}
	return func(o *object) bool { return a(o) || b(o) }
}

func hasWord(property, word string) condition {
	return func(o *object) bool {
		value, _ := o.value(property).(string)
		value = fold(value)
		if strings.HasPrefix(value, word) {
			return true
		}
		return slices.ContainsFunc(strings.Fields(value), func(w string) bool { return strings.HasPrefix(w, word) })
	}
}

// parseOrder reads $orderby with one property.
func parseOrder(text string, kind ObjectType) (order, error) {
	name, direction, _ := strings.Cut(strings.TrimSpace(text), " ")
	if name != "displayName" && (name != "userPrincipalName" || kind != TypeUser) && name != "createdDateTime" {
		return nil, unsupportedQuery("Sort by '%s' is not supported.", name)
	}
	sign := 1
	if strings.EqualFold(strings.TrimSpace(direction), "desc") {
		sign = -1
	}
	return func(a, b *object) int { return sign * compareValues(a.value(name), b.value(name)) }, nil
}

func compareValues(a, b any) int {
	if s, ok := a.(string); ok {
		t, _ := b.(string)
		return cmp.Compare(fold(s), fold(t))
	}
	x, _ := a.(time.Time)
	y, _ := b.(time.Time)
	return x.Compare(y)
}

// value returns a property under Graph's name, or nil where the object has none.
func (o *object) value(name string) any {
	switch {
	case o.user != nil:
		return valueOf(userSchema, o.user, name)
	case o.group != nil:
		return valueOf(groupSchema, o.group, name)
	}
	return valueOf(otherSchema, o.other, name)
}

func valueOf[T any](s *schema[T], of *T, name string) any {
	if i, known := s.index[name]; known && s.properties[i].isSet(of) {
		return s.properties[i].get(of)
	}
	return nil
}
