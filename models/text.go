package models

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// The columns of a user or group are written for each of a hundred thousand in a first
// pull. What they hold is known, so that it is written here without the reflection of
// encoding/json, which took a quarter of the bridge's time while users were read.

// appendWords writes what Words.Scan reads, in the order of the paths.
func appendWords(text []byte, words Words) ([]byte, error) {
	return appendObject(text, words, func(text []byte, word Word) ([]byte, error) { return word.appendTo(text) })
}

// appendDocument writes an object of a document.
func appendDocument(text []byte, document map[string]any) ([]byte, error) {
	return appendObject(text, document, appendValue)
}

func appendObject[V any](text []byte, object map[string]V, appendEntry func([]byte, V) ([]byte, error)) ([]byte, error) {
	var room [32]string // most records have fewer: no allocation
	names := slices.AppendSeq(room[:0], maps.Keys(object))
	slices.Sort(names)
	text = append(text, '{')
	for i, name := range names {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(appendText(text, name), ':')
		var err error
		if text, err = appendEntry(text, object[name]); err != nil {
			return nil, err
		}
	}
	return append(text, '}'), nil
}

// appendValue writes what a document or a word may hold.
func appendValue(text []byte, value any) ([]byte, error) {
	switch value := value.(type) {
	case nil:
		return append(text, "null"...), nil
	case string:
		return appendText(text, value), nil
	case bool:
		return strconv.AppendBool(text, value), nil
	case map[string]any:
		if value != nil {
			return appendDocument(text, value)
		}
	case []any:
		if value != nil {
			return appendList(text, value)
		}
	}
	encoded, err := json.Marshal(value)
	return append(text, encoded...), err
}

func appendList(text []byte, list []any) ([]byte, error) {
	text = append(text, '[')
	for i, value := range list {
		if i > 0 {
			text = append(text, ',')
		}
		var err error
		if text, err = appendValue(text, value); err != nil {
			return nil, err
		}
	}
	return append(text, ']'), nil
}

// appendText writes a JSON string.
func appendText(text []byte, value string) []byte {
	if !isPlain(value) {
		encoded, _ := json.Marshal(value) // a string can always be written
		return append(text, encoded...)
	}
	return append(append(append(text, '"'), value...), '"')
}

// isPlain tells whether a text stands in JSON as it is.
func isPlain(value string) bool {
	ascii := true
	for i := range len(value) {
		switch c := value[i]; {
		case c < ' ', c == '"', c == '\\':
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii || utf8.ValidString(value)
}
