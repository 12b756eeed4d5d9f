package models

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Leaf is one value of a resource's document, under the attribute path by which
// words speak of it.
//
//	userName                                   a simple attribute
//	name.givenName                             a sub-attribute
//	emails[type eq "work"].value               a sub-attribute of the entry of that type
//	emails[value eq "a@b.example"]             an entry that no type tells apart, whole
//	urn:…:enterprise:2.0:User:department       the same inside an extension
type Leaf struct {
	Path  string
	Value any

	// Where the leaf was found: the extension's URN or "", the attribute's name, the
	// index of the entry or -1, the sub-attribute or "".
	Schema    string
	Attribute string
	Entry     int
	Sub       string
}

// Flatten lists the leaves of a document, sorted by path. Assemble is its inverse
// but for the order of entries, which means nothing (RFC 7643 section 2.4).
func Flatten(document Attributes) []Leaf {
	var leaves []Leaf
	for name, value := range document {
		inner, isMap := value.(map[string]any)
		if isMap && isURN(name) {
			for attribute, value := range inner {
				leaves = flattenAttribute(leaves, name, attribute, value)
			}
			continue
		}
		leaves = flattenAttribute(leaves, "", name, value)
	}
	slices.SortFunc(leaves, func(a, b Leaf) int { return strings.Compare(a.Path, b.Path) })
	return leaves
}

func flattenAttribute(leaves []Leaf, schema, attribute string, value any) []Leaf {
	path := attribute
	if schema != "" {
		path = schema + ":" + attribute
	}
	leaf := Leaf{Path: path, Schema: schema, Attribute: attribute, Entry: -1, Value: value}
	switch value := value.(type) {
	case map[string]any:
		for sub, v := range value {
			leaf.Path, leaf.Sub, leaf.Value = path+"."+sub, sub, v
			leaves = append(leaves, leaf)
		}
		return leaves
	case []any:
		if entries, ok := objects(value); ok {
			return flattenEntries(leaves, leaf, entries)
		}
	}
	return append(leaves, leaf)
}

func flattenEntries(leaves []Leaf, leaf Leaf, entries []map[string]any) []Leaf {
	attribute := leaf.Path
	taken := make(map[string]bool, len(entries))
	for i, entry := range entries {
		leaf.Entry = i
		kind, _ := entry["type"].(string)
		if kind != "" && len(entry) > 1 && !taken[kind] {
			taken[kind] = true
			prefix := attribute + "[type eq " + strconv.Quote(kind) + "]."
			for sub, v := range entry {
				if sub != "type" {
					leaf.Path, leaf.Sub, leaf.Value = prefix+sub, sub, v
					leaves = append(leaves, leaf)
				}
			}
			continue
		}
		leaf.Path, leaf.Sub, leaf.Value = wholeEntryPath(attribute, entry, taken), "", map[string]any(entry)
		leaves = append(leaves, leaf)
	}
	return leaves
}

// wholeEntryPath names an entry by its value, or, where two have the same, by a
// digest of all of it; taken keeps equal entries apart by not listing them twice.
func wholeEntryPath(attribute string, entry map[string]any, taken map[string]bool) string {
	if value, ok := entry["value"].(string); ok {
		path := attribute + "[value eq " + strconv.Quote(value) + "]"
		if !taken[path] {
			taken[path] = true
			return path
		}
	}
	text, _ := json.Marshal(entry) // from JSON, so it goes back to JSON
	sum := sha256.Sum256(text)
	return attribute + "[digest eq " + strconv.Quote(hex.EncodeToString(sum[:8])) + "]"
}

// Assemble builds the document of which values are the leaves. A nil value is left
// out: null and absent are one state (RFC 7643 section 2.5).
func Assemble(values map[string]any) Attributes {
	document := make(Attributes, len(values))
	var entries entrySet
	for path, value := range values {
		if value == nil {
			continue
		}
		schema, rest := splitURN(path)
		parent := map[string]any(document)
		if schema != "" {
			parent = childOf(document, schema)
		}
		place(parent, schema, rest, value, &entries)
	}
	entries.fill(document)
	return document
}

func place(parent map[string]any, schema, path string, value any, entries *entrySet) {
	if open := strings.IndexByte(path, '['); open >= 0 {
		entries.add(schema, path[:open], path[open:], value)
		return
	}
	if attribute, sub, ok := strings.Cut(path, "."); ok {
		childOf(parent, attribute)[sub] = value
		return
	}
	parent[path] = value
}

func childOf(parent map[string]any, name string) map[string]any {
	child, ok := parent[name].(map[string]any)
	if !ok {
		child = make(map[string]any)
		parent[name] = child
	}
	return child
}

// entrySet collects the entries of multi-valued attributes while a document is
// assembled.
type entrySet struct{ entries map[entryKey]map[string]any }

type entryKey struct{ schema, attribute, selector string }

func (s *entrySet) add(schema, attribute, selector string, value any) {
	if s.entries == nil {
		s.entries = make(map[entryKey]map[string]any)
	}
	closing := strings.LastIndex(selector, "]")
	key := entryKey{schema, attribute, selector[:closing+1]}
	if whole, ok := value.(map[string]any); ok && closing == len(selector)-1 {
		s.entries[key] = maps.Clone(whole)
		return
	}
	entry, ok := s.entries[key]
	if !ok {
		entry = make(map[string]any)
		if quoted, ok := strings.CutPrefix(key.selector, "[type eq "); ok {
			if kind, err := strconv.Unquote(strings.TrimSuffix(quoted, "]")); err == nil {
				entry["type"] = kind
			}
		}
		s.entries[key] = entry
	}
	entry[strings.TrimPrefix(selector[closing+1:], ".")] = value
}

// fill puts the entries into the document: the primary one first, then by path, so
// that the same words always give the same document.
func (s *entrySet) fill(document Attributes) {
	keys := slices.SortedFunc(maps.Keys(s.entries), func(a, b entryKey) int {
		return cmp.Or(
			strings.Compare(a.schema, b.schema),
			strings.Compare(a.attribute, b.attribute),
			comparePrimary(s.entries[a], s.entries[b]),
			strings.Compare(a.selector, b.selector))
	})
	primary := make(map[entryKey]bool)
	for _, key := range keys {
		parent := map[string]any(document)
		if key.schema != "" {
			parent = childOf(document, key.schema)
		}
		entry := s.entries[key]
		if entry["primary"] == true {
			// At most one value is primary (RFC 7643 section 2.4).
			of := entryKey{schema: key.schema, attribute: key.attribute}
			if primary[of] {
				entry["primary"] = false
			}
			primary[of] = true
		}
		list, _ := parent[key.attribute].([]any)
		parent[key.attribute] = append(list, entry)
	}
}

func comparePrimary(a, b map[string]any) int {
	switch pa, pb := a["primary"] == true, b["primary"] == true; {
	case pa == pb:
		return 0
	case pa:
		return -1
	}
	return 1
}

// splitURN parts an attribute path at the end of its schema URN. The URN's last
// segment is the resource's name; what follows the colon after it is the attribute.
func splitURN(path string) (schema, rest string) {
	if !isURN(path) {
		return "", path
	}
	end := strings.IndexByte(path, '[')
	if end < 0 {
		end = len(path)
	}
	colon := strings.LastIndexByte(path[:end], ':')
	return path[:colon], path[colon+1:]
}

func isURN(name string) bool { return len(name) > 4 && strings.EqualFold(name[:4], "urn:") }

func objects(list []any) ([]map[string]any, bool) {
	entries := make([]map[string]any, len(list))
	for i, v := range list {
		entry, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		entries[i] = entry
	}
	return entries, true
}
