package models_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scimbridge/models"
)

// What is written by hand reads as what encoding/json writes of the same.
func TestColumnsOfJSONReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		document := models.Attributes(rapid.MapOf(text, values(text, 3)).Draw(t, "document"))
		written, err := document.Value()
		if err != nil {
			t.Fatal(err)
		}
		standard, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		var read, want models.Attributes
		if err := read.Scan(written); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if err := want.Scan(string(standard)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, read); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", written, diff)
		}
	})
}

// Words lie in columns, and, while a dry run makes its plan, in a file that encoding/json
// writes and reads.
func TestWordsReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	word := rapid.Custom(func(t *rapid.T) models.Word {
		return models.Word{
			Value:  values(valid, 3).Draw(t, "value"),
			At:     models.Instant(rapid.Int64().Draw(t, "at")),
			Agreed: rapid.Bool().Draw(t, "agreed"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		words := models.Words(rapid.MapOfN(valid, word, 1, -1).Draw(t, "words"))
		written, err := words.Value()
		if err != nil {
			t.Fatal(err)
		}
		planned, err := json.Marshal(words)
		if err != nil {
			t.Fatal(err)
		}
		var read, scanned, unmarshaled models.Words
		if err := read.Scan(written); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if err := scanned.Scan(planned); err != nil {
			t.Fatalf("%s: %v", planned, err)
		}
		if err := json.Unmarshal(planned, &unmarshaled); err != nil {
			t.Fatalf("%s: %v", planned, err)
		}
		for name, got := range map[string]models.Words{"read": read, "scanned": scanned, "unmarshaled": unmarshaled} {
			if diff := cmp.Diff(words, got); diff != "" {
				t.Fatalf("%s as %s (-want +got):\n%s", written, name, diff)
			}
		}
	})
}

func TestStoredWordsAreReadOrRefused(t *testing.T) {
	t.Parallel()
	said := func(w models.Word) models.Words { return models.Words{"title": w} }
	for stored, want := range map[string]models.Words{
		``: nil, `null`: nil, `{}`: nil,
		`{"title": ["Clerk", 5]}`:             said(models.Word{Value: "Clerk", At: 5}),
		`{"title": ["Clerk", -5, false]}`:     said(models.Word{Value: "Clerk", At: -5}),
		`{"title": ["Clerk", 5, true]}`:       said(models.Word{Value: "Clerk", At: 5, Agreed: true}),
		`{"title": [null, 5]}`:                said(models.Word{At: 5}),
		`{"title": ["", 5]}`:                  said(models.Word{Value: "", At: 5}),
		`{"title": [[], 5]}`:                  said(models.Word{Value: []any{}, At: 5}),
		`{"title": [{}, 5]}`:                  said(models.Word{Value: map[string]any{}, At: 5}),
		`{"title": [1E+400, 5]}`:              said(models.Word{Value: json.Number("1E+400"), At: 5}),
		`{"title": [12345678901234567.0, 5]}`: said(models.Word{Value: json.Number("12345678901234567.0"), At: 5}),
	} {
		read := said(models.Word{Value: "from before", At: 1})
		if err := read.Scan(stored); err != nil {
			t.Errorf("%s: %v", stored, err)
		}
		if diff := cmp.Diff(want, read); diff != "" {
			t.Errorf("%s (-want +got):\n%s", stored, diff)
		}
	}
	for _, word := range []string{
		`null`, `{}`, `"Clerk"`, `[]`, `["Clerk"]`, `["Clerk", null]`, `["Clerk", "5"]`, `["Clerk", 5.5]`, `["Clerk", 1e3]`,
		`["Clerk", 9223372036854775808]`, `["Clerk", 5, "true"]`,
	} {
		var scanned, unmarshaled models.Words
		if err := scanned.Scan(`{"title": ` + word + `}`); err == nil {
			t.Errorf("%s is read as %+v", word, scanned)
		}
		if err := json.Unmarshal([]byte(`{"title": `+word+`}`), &unmarshaled); err == nil {
			t.Errorf("%s is unmarshaled as %+v", word, unmarshaled)
		}
	}
}

// text is any string, also one that is no UTF-8; valid is one that is.
var (
	valid = rapid.String()
	text  = rapid.OneOf(valid, rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
)

// values are what a document or a word holds, of some texts, nested to a depth.
func values(texts *rapid.Generator[string], depth int) *rapid.Generator[any] {
	simple := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(texts, asAny), rapid.Map(rapid.Bool(), asAny[bool]),
		rapid.Map(rapid.Int64(), func(n int64) any { return json.Number(strconv.FormatInt(n, 10)) }))
	if depth == 0 {
		return simple
	}
	return rapid.OneOf(simple,
		rapid.Map(rapid.SliceOf(values(texts, depth-1)), asAny[[]any]),
		rapid.Map(rapid.MapOf(texts, values(texts, depth-1)), asAny[map[string]any]))
}

func asAny[T any](v T) any { return v }
