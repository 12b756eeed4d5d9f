package models

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFlattenNamesValuesAsEntraWritesThem(t *testing.T) {
	document := Attributes{
		"userName": "mira@contoso.example",
		"active":   true,
		"name":     map[string]any{"givenName": "Mira"},
		"emails": []any{
			map[string]any{"type": "work", "value": "mira@contoso.example", "primary": true},
			map[string]any{"value": "m@home.example"},
			map[string]any{"type": "work", "value": "second@contoso.example"},
		},
		EnterpriseURN: map[string]any{"department": "Grid", "manager": map[string]any{"value": "42"}},
	}
	got := make(map[string]any)
	for _, leaf := range Flatten(document) {
		got[leaf.Path] = leaf.Value
	}
	want := map[string]any{
		"userName":                                  "mira@contoso.example",
		"active":                                    true,
		"name.givenName":                            "Mira",
		`emails[type eq "work"].value`:              "mira@contoso.example",
		`emails[type eq "work"].primary`:            true,
		`emails[value eq "m@home.example"]`:         map[string]any{"value": "m@home.example"},
		`emails[value eq "second@contoso.example"]`: map[string]any{"type": "work", "value": "second@contoso.example"},
		EnterpriseURN + ":department":               "Grid",
		ManagerPath:                                 "42",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("leaves differ (-want +got):\n%s", diff)
	}
}

// text generates values that need care: quotes, brackets, dots, other scripts.
var text = rapid.OneOf(rapid.StringN(1, 8, 20), rapid.SampledFrom([]string{`a"b`, `a]b`, `a.b`, `x[y]`, `\`, "é"}))

func entry() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		e := map[string]any{"value": text.Draw(t, "value")}
		if rapid.Bool().Draw(t, "typed") {
			e["type"] = rapid.OneOf(rapid.SampledFrom([]string{"work", "home"}), text).Draw(t, "type")
		}
		if rapid.Bool().Draw(t, "shown") {
			e["display"] = text.Draw(t, "display")
		}
		return e
	})
}

func TestAssembleInvertsFlatten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		document := Attributes{"userName": text.Draw(t, "userName")}
		if rapid.Bool().Draw(t, "named") {
			document["name"] = map[string]any{"givenName": text.Draw(t, "givenName")}
		}
		if entries := rapid.SliceOfNDistinct(entry(), 0, 4, func(e map[string]any) string { return fmt.Sprint(e) }).Draw(t, "emails"); len(entries) > 0 {
			list := make([]any, len(entries))
			for i, e := range entries {
				list[i] = e
			}
			document["emails"] = list
		}
		if rapid.Bool().Draw(t, "extended") {
			document[EnterpriseURN] = map[string]any{"department": text.Draw(t, "department")}
		}
		values := make(map[string]any)
		for _, leaf := range Flatten(document) {
			values[leaf.Path] = leaf.Value
		}
		again := make(map[string]any)
		for _, leaf := range Flatten(Assemble(values)) {
			again[leaf.Path] = leaf.Value
		}
		// Entries carry no order, and which of two entries of one type is told apart by
		// the type is settled by it: so the leaves' values are what must be kept.
		if diff := cmp.Diff(entryValues(document), entryValues(Assemble(values))); diff != "" {
			t.Fatalf("a value was lost (-sent +kept):\n%s\nleaves: %v\nagain: %v", diff, values, again)
		}
	})
}

// entryValues counts the entries by their text, so that order does not matter.
func entryValues(document Attributes) map[string]int {
	count := make(map[string]int)
	for name, value := range document {
		if list, ok := value.([]any); ok {
			for _, e := range list {
				count[name+fmt.Sprint(e)]++
			}
			continue
		}
		count[name+fmt.Sprint(value)]++
	}
	return count
}

func TestAssembleKeepsOnePrimary(t *testing.T) {
	got := Assemble(map[string]any{
		`emails[type eq "home"].value`:   "h@contoso.example",
		`emails[type eq "home"].primary`: true,
		`emails[type eq "work"].value`:   "w@contoso.example",
		`emails[type eq "work"].primary`: true,
		"title":                          nil,
	})
	want := Attributes{"emails": []any{
		map[string]any{"type": "home", "value": "h@contoso.example", "primary": true},
		map[string]any{"type": "work", "value": "w@contoso.example", "primary": false},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("document differs (-want +got):\n%s", diff)
	}
}

func TestWordsSurviveTheDatabase(t *testing.T) {
	words := Words{"title": {Value: "Analyst", At: 12}, "active": {Value: false, At: 13, Agreed: true}, "nickName": {At: 14}}
	text, err := words.Value()
	if err != nil {
		t.Fatal(err)
	}
	var back Words
	if err := back.Scan(text); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(words, back); diff != "" {
		t.Errorf("words differ (-want +got):\n%s", diff)
	}
}
