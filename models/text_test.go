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
		document := models.Attributes(rapid.MapOf(text, values(3)).Draw(t, "document"))
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

func TestWordsReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	word := rapid.Custom(func(t *rapid.T) models.Word {
		return models.Word{
			Value:  rapid.OneOf(rapid.Just[any](nil), rapid.Map(valid, asAny), rapid.Map(rapid.Bool(), asAny[bool])).Draw(t, "value"),
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
		var read models.Words
		if err := read.Scan(written); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if diff := cmp.Diff(words, read); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", written, diff)
		}
	})
}

// text is any string, also one that is no UTF-8; valid is one that is.
var (
	valid = rapid.String()
	text  = rapid.OneOf(valid, rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
)

// values are what a document holds, nested to a depth.
func values(depth int) *rapid.Generator[any] {
	simple := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(text, asAny), rapid.Map(rapid.Bool(), asAny[bool]),
		rapid.Map(rapid.Int64(), func(n int64) any { return json.Number(strconv.FormatInt(n, 10)) }))
	if depth == 0 {
		return simple
	}
	return rapid.OneOf(simple,
		rapid.Map(rapid.SliceOf(values(depth-1)), asAny[[]any]),
		rapid.Map(rapid.MapOf(text, values(depth-1)), asAny[map[string]any]))
}

func asAny[T any](v T) any { return v }
