package schema

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"scimbridge/scim/filter"
)

// MaxEntries limits one multi-valued attribute of a resource, group members
// excepted: adding compares with what is there.
const MaxEntries = 1000

// ValueError says that a value does not fit an attribute.
type ValueError struct {
	Attribute string
	Reason    string
}

func (e *ValueError) Error() string { return e.Attribute + ": " + e.Reason }

// Coerce turns what a client sent for an attribute into what the schema says, and
// tells whether it is a value at all: null, "", [], {} and {"value":""} are not
// (demand 49, Q9). An answer is a string, bool, json.Number, map[string]any by
// the schema's spelling of the names, or a non-empty []any of these.
func (r Ref) Coerce(v any) (any, bool, error) {
	name := r.String()
	if r.Sub != nil { // of one entry, even if the attribute is multi-valued
		if r.Sub.MultiValued {
			return r.Sub.coerceMany(name, v)
		}
		return r.Sub.coerceOne(name, v)
	}
	if r.Attribute.MultiValued {
		return r.Attribute.coerceMany(name, v)
	}
	return r.Attribute.coerceOne(name, v)
}

// CoerceEntry is Coerce for one entry of a multi-valued attribute.
func (r Ref) CoerceEntry(v any) (any, bool, error) {
	return r.Attribute.coerceOne(r.String(), v)
}

func (a *Attribute) coerceMany(name string, v any) (any, bool, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v} // one value where an array belongs
	}
	if len(list) > MaxEntries && a.Name != "members" {
		return nil, false, &ValueError{name, fmt.Sprintf("has %d entries, more than the limit of %d", len(list), MaxEntries)}
	}
	out := make([]any, 0, len(list))
	primaries := 0
	for _, e := range list {
		one, assigned, err := a.coerceOne(name, e)
		if err != nil {
			return nil, false, err
		}
		if !assigned {
			continue
		}
		out = append(out, one)
		if m, ok := one.(map[string]any); ok && m["primary"] == true {
			primaries++
		}
	}
	if primaries > 1 {
		return nil, false, &ValueError{name, "only one entry can be primary"} // demand 47
	}
	if len(out) == 0 {
		return nil, false, nil
	}
	return out, true, nil
}

func (a *Attribute) coerceOne(name string, v any) (any, bool, error) {
	if v == nil {
		return nil, false, nil
	}
	if a.Type == Complex {
		return a.coerceComplex(name, v)
	}
	if list, ok := v.([]any); ok {
		switch len(list) {
		case 0:
			return nil, false, nil
		case 1:
			return a.coerceOne(name, list[0]) // an array around one value
		}
		return nil, false, &ValueError{name, "takes one value, not several"}
	}
	if v == "" {
		return nil, false, nil
	}
	return a.coerceSimple(name, v)
}

func (a *Attribute) coerceSimple(name string, v any) (any, bool, error) {
	s, isString := v.(string)
	switch a.Type {
	case Boolean:
		if b, ok := v.(bool); ok {
			return b, true, nil
		}
		switch {
		case strings.EqualFold(s, "true"): // Q3
			return true, true, nil
		case strings.EqualFold(s, "false"):
			return false, true, nil
		}
		return a.refuse(name, v, "true or false")
	case Integer, Decimal:
		return a.coerceNumber(name, v)
	}
	if !isString {
		return a.refuse(name, v, "a string")
	}
	switch a.Type {
	case DateTime:
		if _, ok := filter.ParseTime(s); !ok {
			return a.refuse(name, v, `a date and time such as "2026-09-01T08:15:30Z"`)
		}
	case Binary:
		// The padding may be absent (demand 43).
		if _, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "=")); err != nil {
			return a.refuse(name, v, "base64")
		}
	}
	return s, true, nil
}

// coerceNumber takes numbers in quotes too: Entra has no other way to send the
// numbers of a custom extension.
func (a *Attribute) coerceNumber(name string, v any) (any, bool, error) {
	n, ok := v.(json.Number)
	if s, isString := v.(string); isString {
		var parsed any
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		if d.Decode(&parsed) == nil && !d.More() {
			n, ok = parsed.(json.Number)
		}
	}
	if !ok {
		return a.refuse(name, v, "a number")
	}
	if a.Type == Integer {
		if _, err := n.Int64(); err != nil {
			return a.refuse(name, v, "a whole number")
		}
	}
	return n, true, nil
}

func (a *Attribute) coerceComplex(name string, v any) (any, bool, error) {
	switch v := v.(type) {
	case map[string]any:
		return a.coerceObject(name, v)
	case []any:
		if len(v) == 0 {
			return nil, false, nil
		}
		if len(v) == 1 { // manager as an array with one object (3.3)
			return a.coerceComplex(name, v[0])
		}
		return nil, false, &ValueError{name, "takes one value, not several"}
	case string:
		if v == "" {
			return nil, false, nil
		}
		if object, ok := a.roleInString(v); ok {
			return a.coerceObject(name, object)
		}
		if _, ok := a.subs["value"]; ok { // manager as a bare string (3.3)
			return a.coerceObject(name, map[string]any{"value": v})
		}
	}
	return a.refuse(name, v, "an object")
}

// coerceObject reads the sub-attributes. Unknown ones are left out, and read-only
// ones too: clients send back what they have read.
func (a *Attribute) coerceObject(name string, in map[string]any) (any, bool, error) {
	out := make(map[string]any, len(in))
	emptied := false
	for key, v := range in {
		sub, ok := a.Sub(key)
		if !ok || sub.Mutability == ReadOnly {
			continue
		}
		if sub.Name == "value" {
			if s, isString := v.(string); isString {
				if object, ok := a.roleInString(s); ok {
					return a.coerceObject(name, object)
				}
			}
		}
		if _, twice := out[sub.Name]; twice {
			return nil, false, &ValueError{name + "." + sub.Name, "is given twice, in different spellings"}
		}
		coerce := sub.coerceOne
		if sub.MultiValued {
			coerce = sub.coerceMany
		}
		one, assigned, err := coerce(name+"."+sub.Name, v)
		if err != nil {
			return nil, false, err
		}
		if !assigned {
			emptied = true
			continue
		}
		out[sub.Name] = one
	}
	if a.ComputedRef() != "" {
		valueFromRef(out)
	}
	if len(out) == 0 || emptied && a.Hollow(out) {
		return nil, false, nil
	}
	return out, true, nil
}

// valueFromRef replaces a "$ref" by the id at its end, for a client that sends
// nothing else.
func valueFromRef(entry map[string]any) {
	ref, _ := entry["$ref"].(string)
	delete(entry, "$ref")
	if _, ok := entry["value"]; !ok && ref != "" {
		entry["value"] = ref[strings.LastIndexByte(ref, '/')+1:]
	}
}

// Hollow tells that an entry says of what kind it is, but nothing else. Such an
// entry goes when its last content is cleared (Q9).
func (a *Attribute) Hollow(entry map[string]any) bool {
	if !a.MultiValued {
		return len(entry) == 0
	}
	for key := range entry {
		if !slices.Contains([]string{"type", "primary", "display"}, key) {
			return false
		}
	}
	return true
}

// roleInString reads the form in which Entra adds app roles without its flag: an
// object with id, value and displayName, written as JSON into a string (Q15).
func (a *Attribute) roleInString(s string) (map[string]any, bool) {
	if a.Name != "roles" || !strings.HasPrefix(strings.TrimSpace(s), "{") {
		return nil, false
	}
	var role struct{ Value, DisplayName string }
	if json.Unmarshal([]byte(s), &role) != nil || role.Value == "" {
		return nil, false
	}
	return map[string]any{"value": role.Value, "display": role.DisplayName}, true
}

func (a *Attribute) refuse(name string, v any, want string) (any, bool, error) {
	return nil, false, &ValueError{name, fmt.Sprintf("must be %s, not %s", want, describe(v))}
}

// describe names a JSON value for an error, without repeating long ones.
func describe(v any) string {
	switch v := v.(type) {
	case string:
		if len(v) > 40 {
			return "a string"
		}
		return fmt.Sprintf("the string %q", v)
	case json.Number:
		return "the number " + v.String()
	case bool:
		return fmt.Sprintf("the boolean %t", v)
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	}
	return "null"
}
