package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"scimbridge/models"
)

// decode reads a body into a generated type. Unlike encoding/json it refuses unknown,
// repeated, missing and null members, spells names exactly, and names the member at
// fault with its whole path. Its errors never repeat a value: one may be a secret.
func decode(body []byte, into any) error {
	if !utf8.Valid(body) {
		return problem{kind: malformedBody, detail: "The body is not UTF-8."}
	}
	var raw json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		return notJSON(err)
	}
	if err := check("", reflect.TypeOf(into).Elem(), raw); err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

func notJSON(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return problem{kind: malformedBody, detail: fmt.Sprintf("The body is not JSON: %s at byte %d.", syntax.Error(), syntax.Offset)}
	}
	return problem{kind: malformedBody, detail: "The body is not JSON."}
}

// check compares one value, found at a path, with the type that it should have.
func check(path string, t reflect.Type, raw json.RawMessage) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if string(raw) == "null" {
		return invalid(path, "null is no value here; leave the member out")
	}
	switch {
	case t == reflect.TypeFor[time.Time]():
		return checkLeaf(path, t, raw)
	case t == reflect.TypeFor[json.RawMessage](): // an object that its handler checks
		if raw[0] != '{' {
			return invalid(path, "must be an object")
		}
		return nil
	case t.Kind() == reflect.Struct:
		return checkObject(path, membersOf(t), raw)
	case t.Kind() == reflect.Map: // generated for an object without members
		return checkObject(path, nil, raw)
	case t.Kind() == reflect.Slice:
		return checkList(path, t.Elem(), raw)
	}
	return checkLeaf(path, t, raw)
}

// member is one member that an object may have.
type member struct {
	name     string
	t        reflect.Type
	required bool
}

func membersOf(t reflect.Type) []member {
	members := make([]member, t.NumField())
	for i := range members {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		members[i] = member{name: name, t: t.Field(i).Type, required: options != "omitempty"}
	}
	return members
}

func checkObject(path string, members []member, raw json.RawMessage) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, _ := decoder.Token(); start != json.Delim('{') {
		return invalid(path, "must be an object")
	}
	seen := make(map[string]bool)
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return notJSON(err)
		}
		name, _ := token.(string)
		i := slices.IndexFunc(members, func(m member) bool { return m.name == name })
		switch {
		case i < 0:
			return invalid(join(path, name), "is not known here; "+known(members))
		case seen[name]:
			return invalid(join(path, name), "is there twice")
		}
		seen[name] = true
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return notJSON(err)
		}
		if err := check(join(path, name), members[i].t, value); err != nil {
			return err
		}
	}
	for _, m := range members {
		if m.required && !seen[m.name] {
			return invalid(join(path, m.name), "is missing")
		}
	}
	return nil
}

func known(members []member) string {
	if len(members) == 0 {
		return "send an empty object"
	}
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.name
	}
	slices.Sort(names)
	return "the members are " + strings.Join(names, ", ")
}

func checkList(path string, t reflect.Type, raw json.RawMessage) error {
	var entries []json.RawMessage
	if err := json.Unmarshal(raw, &entries); err != nil {
		return invalid(path, "must be a list")
	}
	for i, entry := range entries {
		if err := check(fmt.Sprintf("%s[%d]", path, i), t, entry); err != nil {
			return err
		}
	}
	return nil
}

func checkLeaf(path string, t reflect.Type, raw json.RawMessage) error {
	value := reflect.New(t)
	if err := json.Unmarshal(raw, value.Interface()); err != nil {
		return invalid(path, "must be "+inWords(t))
	}
	if choice, ok := value.Interface().(interface{ Valid() bool }); ok && !choice.Valid() {
		return invalid(path, "must be "+inWords(t))
	}
	return nil
}

// inWords says what a value of a type looks like.
func inWords(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "a time such as 2026-01-31T12:00:00Z"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int:
		return "a whole number"
	}
	if choices := choicesOf(t.Name()); len(choices) > 0 {
		return "one of " + strings.Join(choices, ", ")
	}
	return "a text"
}

// join names a member. What a client wrote as a name is cut, so that an answer stays
// small whatever was sent.
func join(path, name string) string {
	const most = 100
	if utf8.RuneCountInString(name) > most {
		name = string([]rune(name)[:most]) + "…"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

func invalid(path, reason string) error {
	if path == "" {
		path = "body"
	}
	return &models.InvalidError{Attribute: path, Reason: reason}
}
