package graphemu

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// The kinds of field. Each is a function from an object to the place of a value,
// so that schemas read as tables.
type (
	text[T any]    func(*T) *string
	flag[T any]    func(*T) *bool // never null
	anyFlag[T any] func(*T) **bool
	instant[T any] func(*T) *time.Time
	texts[T any]   func(*T) *[]string
	record[T any]  func(*T) *map[string]string
	// readOnly is a field that Graph computes, such as id.
	readOnly[T any] struct{ field[T] }
)

func (f text[T]) isSet(of *T) bool                { return *f(of) != "" }
func (f text[T]) unset() string                   { return "null" }
func (f text[T]) append(dst []byte, of *T) []byte { return appendString(dst, *f(of)) }
func (f text[T]) get(of *T) any                   { return *f(of) }
func (f text[T]) set(of *T, value any) error      { return store(f(of), value) }

func (f flag[T]) isSet(*T) bool                   { return true }
func (f flag[T]) unset() string                   { return "null" }
func (f flag[T]) append(dst []byte, of *T) []byte { return appendBool(dst, *f(of)) }
func (f flag[T]) get(of *T) any                   { return *f(of) }
func (f flag[T]) set(of *T, value any) error {
	if value == nil {
		return fmt.Errorf("cannot be null")
	}
	return store(f(of), value)
}

func (f anyFlag[T]) isSet(of *T) bool                { return *f(of) != nil }
func (f anyFlag[T]) unset() string                   { return "null" }
func (f anyFlag[T]) append(dst []byte, of *T) []byte { return appendBool(dst, **f(of)) }
func (f anyFlag[T]) set(of *T, value any) error {
	*f(of) = nil
	if value == nil {
		return nil
	}
	b, ok := value.(bool)
	if !ok {
		return fmt.Errorf("want a bool, not %T", value)
	}
	*f(of) = &b
	return nil
}
func (f anyFlag[T]) get(of *T) any {
	if b := *f(of); b != nil {
		return *b
	}
	return nil
}

func (f instant[T]) isSet(of *T) bool                { return !f(of).IsZero() }
func (f instant[T]) unset() string                   { return "null" }
func (f instant[T]) append(dst []byte, of *T) []byte { return appendTime(dst, *f(of)) }
func (f instant[T]) get(of *T) any                   { return *f(of) }
func (f instant[T]) set(of *T, value any) error      { return store(f(of), value) }

func (f texts[T]) isSet(of *T) bool                { return len(*f(of)) > 0 }
func (f texts[T]) unset() string                   { return "[]" }
func (f texts[T]) append(dst []byte, of *T) []byte { return appendStrings(dst, *f(of)) }
func (f texts[T]) get(of *T) any                   { return *f(of) }
func (f texts[T]) set(of *T, value any) error {
	if list, ok := value.([]string); ok {
		value = slices.Clone(list) // the caller may go on using its slice
	}
	return store(f(of), value)
}

func (f record[T]) isSet(of *T) bool                { return len(*f(of)) > 0 }
func (f record[T]) unset() string                   { return "null" }
func (f record[T]) append(dst []byte, of *T) []byte { return appendRecord(dst, *f(of)) }
func (f record[T]) get(of *T) any                   { return *f(of) }
func (f record[T]) set(of *T, value any) error {
	if m, ok := value.(map[string]string); ok {
		value = maps.Clone(m)
	}
	return store(f(of), value)
}

func (readOnly[T]) set(*T, any) error { return fmt.Errorf("is read-only") }

// store puts a value where it belongs; nil empties the place.
func store[V any](place *V, value any) error {
	var zero V
	if value == nil {
		*place = zero
		return nil
	}
	v, ok := value.(V)
	if !ok {
		return fmt.Errorf("want %T, not %T", zero, value)
	}
	*place = v
	return nil
}
