package models

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
)

// Optional is a text that is NULL in the database while it is empty.
type Optional string

// Value implements driver.Valuer.
func (o Optional) Value() (driver.Value, error) {
	if o == "" {
		return nil, nil
	}
	return string(o), nil
}

// Scan implements sql.Scanner.
func (o *Optional) Scan(src any) error {
	switch src := src.(type) {
	case nil:
		*o = ""
	case string:
		*o = Optional(src)
	case []byte:
		*o = Optional(src)
	default:
		return fmt.Errorf("an optional text cannot be read from %T", src)
	}
	return nil
}

// Attributes is a SCIM resource's document without id, meta, groups, members and
// manager: by the schema's names, extensions under their URN, nothing unassigned.
type Attributes map[string]any

// Value implements driver.Valuer.
func (a Attributes) Value() (driver.Value, error) {
	text, err := appendDocument(nil, a)
	return string(text), err
}

// Scan implements sql.Scanner. Numbers stay json.Number.
func (a *Attributes) Scan(src any) error { return scanJSON(src, (*map[string]any)(a)) }

// Keys are folded texts that a record is looked up by; nil if there are none.
type Keys []string

// Value implements driver.Valuer.
func (k Keys) Value() (driver.Value, error) {
	if len(k) == 0 {
		return "[]", nil
	}
	text, err := json.Marshal([]string(k))
	return string(text), err
}

// Scan implements sql.Scanner.
func (k *Keys) Scan(src any) error {
	err := scanJSON(src, (*[]string)(k))
	if len(*k) == 0 {
		*k = nil
	}
	return err
}

// EmailKeys are the folded addresses of a user's document, each once.
func EmailKeys(document Attributes) Keys {
	entries, _ := document["emails"].([]any)
	var keys Keys
	for _, entry := range entries {
		e, _ := entry.(map[string]any)
		if address, ok := e["value"].(string); ok {
			keys = append(keys, Fold(address))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Value implements driver.Valuer.
func (w Words) Value() (driver.Value, error) {
	text, err := appendWords(nil, w)
	return string(text), err
}

// Scan implements sql.Scanner. It reads all words in one go, without a decoder
// for each.
func (w *Words) Scan(src any) error {
	var said map[string][]any
	*w = nil
	if err := scanJSON(src, &said); err != nil || said == nil {
		return err
	}
	words := make(Words, len(said))
	for path, parts := range said {
		word, err := wordOf(parts)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		words[path] = word
	}
	*w = words
	return nil
}

func scanJSON[T any](src any, to *T) error {
	var zero T
	*to = zero
	var text []byte
	switch src := src.(type) {
	case nil:
		return nil
	case string:
		text = []byte(src)
	case []byte:
		text = src
	default:
		return fmt.Errorf("JSON cannot be read from %T", src)
	}
	if len(text) == 0 || string(text) == "{}" {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(to)
}
