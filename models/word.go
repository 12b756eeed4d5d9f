package models

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
)

// Word is what a path last said of one attribute.
type Word struct {
	// Value is a string, bool, json.Number, or, for an entry of a list that no type
	// tells apart, a map[string]any. nil is the value "empty", which is a word too.
	Value any
	At    Instant
	// Agreed, on push's words only: a reading of the pull that was in hand when push
	// spoke, or came later, had the same value. From then on the pull's readings show.
	Agreed bool
}

// Words are the words of one path on the attributes of one record, by attribute
// path as Entra writes it: name.givenName, emails[type eq "work"].value. A path
// that is absent was never said, or its word has been withdrawn.
type Words map[string]Word

// MarshalJSON writes [value, at] or [value, at, true]: a record has dozens of these.
func (w Word) MarshalJSON() ([]byte, error) { return w.appendTo(nil) }

func (w Word) appendTo(text []byte) ([]byte, error) {
	text, err := appendValue(append(text, '['), w.Value)
	if err != nil {
		return nil, err
	}
	text = strconv.AppendInt(append(text, ','), int64(w.At), 10)
	if w.Agreed {
		text = append(text, ",true"...)
	}
	return append(text, ']'), nil
}

// UnmarshalJSON reads what MarshalJSON wrote. Numbers stay json.Number, so that nothing a
// client sent is rounded.
func (w *Word) UnmarshalJSON(data []byte) error {
	var parts []any
	err := scanJSON(data, &parts)
	if err == nil {
		*w, err = wordOf(parts)
	}
	return err
}

// wordOf reads a word from its parts.
func wordOf(parts []any) (Word, error) {
	if len(parts) < 2 {
		return Word{}, fmt.Errorf("a word has a value and a time, not %v", parts)
	}
	at, _ := parts[1].(json.Number)
	time, err := at.Int64()
	if err != nil {
		return Word{}, fmt.Errorf("the time of a word: %w", err)
	}
	word := Word{Value: parts[0], At: Instant(time)}
	if len(parts) > 2 {
		var known bool
		if word.Agreed, known = parts[2].(bool); !known {
			return Word{}, fmt.Errorf("whether a word is agreed is true or false, not %v", parts[2])
		}
	}
	return word, nil
}

// SameValue tells whether two values of words are equal.
func SameValue(a, b any) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case string:
		b, ok := b.(string)
		return ok && a == b
	case bool:
		b, ok := b.(bool)
		return ok && a == b
	}
	return reflect.DeepEqual(a, b)
}
