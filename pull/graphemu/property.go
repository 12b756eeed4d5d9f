package graphemu

import (
	"fmt"
	"slices"
	"time"
)

// Properties are property values under Graph's names, as in the body of
// POST or PATCH /users. A nil value sets the property to null.
//
// Values are string, bool, time.Time, []string, or map[string]string for the
// few properties that are objects (employeeOrgData).
type Properties map[string]any

// propertySet holds properties of one schema, by their place in it.
type propertySet uint64

// Some facts that the change log records are no properties.
const (
	managerChanged propertySet = 1 << (63 - iota)
	membersChanged
	memberRestored // of a group: a member came back from the bin
	lifeChanged    // added, soft-deleted, restored or purged

	noProperty = managerChanged | membersChanged | memberRestored | lifeChanged
)

func (s propertySet) has(i int) bool            { return s&(1<<i) != 0 }
func (s propertySet) with(i int) propertySet    { return s | 1<<i }
func (s propertySet) without(i int) propertySet { return s &^ (1 << i) }

// A field reads and writes one property of a T.
type field[T any] interface {
	isSet(*T) bool
	// unset is what lists show for a property without a value: Graph answers
	// null for scalars and an empty array for collections.
	unset() string
	append(dst []byte, of *T) []byte
	get(*T) any
	set(of *T, value any) error
}

// A property is a field under Graph's name.
type property[T any] struct {
	name string
	field[T]
	key []byte // `"name":`
	// byDefault tells whether Graph returns the property without $select.
	byDefault bool
}

// A schema is what one resource type of Graph consists of.
type schema[T any] struct {
	resource   string // as Graph's error messages spell it
	properties []property[T]
	index      map[string]int
	defaults   propertySet
}

// newSchema builds a schema of at most 60 properties: propertySet has no more room.
func newSchema[T any](resource string, properties ...property[T]) *schema[T] {
	s := &schema[T]{resource: resource, properties: properties, index: make(map[string]int, len(properties))}
	for i := range properties {
		p := &properties[i]
		p.key = fmt.Appendf(nil, "%q:", p.name)
		s.index[p.name] = i
		if p.byDefault {
			s.defaults = s.defaults.with(i)
		}
	}
	return s
}

func byDefault[T any](name string, f field[T]) property[T] {
	return property[T]{name: name, field: f, byDefault: true}
}

func onSelect[T any](name string, f field[T]) property[T] {
	return property[T]{name: name, field: f}
}

// assign writes properties to an object and returns which ones changed and
// which are null because somebody said so.
func (s *schema[T]) assign(of *T, nulled propertySet, said Properties) (changed, nowNulled propertySet, err error) {
	for name, value := range said {
		i, known := s.index[name]
		if !known {
			return 0, 0, badRequest("Invalid property '%s'.", name)
		}
		p := s.properties[i]
		before, wasNulled := p.get(of), nulled.has(i)
		if err := p.set(of, value); err != nil {
			return 0, 0, badRequest("Invalid value specified for property '%s' of resource '%s'.", name, s.resource)
		}
		nulled = nulled.without(i)
		if !p.isSet(of) {
			nulled = nulled.with(i)
		}
		if !sameValue(before, p.get(of)) || (nulled.has(i) && !wasNulled) {
			changed = changed.with(i)
		}
	}
	return changed, nulled, nil
}

func sameValue(a, b any) bool {
	switch a := a.(type) {
	case []string:
		return slices.Equal(a, b.([]string))
	case map[string]string:
		return fmt.Sprint(a) == fmt.Sprint(b)
	case time.Time:
		return a.Equal(b.(time.Time))
	default:
		return a == b
	}
}
