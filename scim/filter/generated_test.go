package filter_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scimbridge/scim/filter"
)

func attributePaths() *rapid.Generator[filter.AttributePath] {
	return rapid.Custom(func(t *rapid.T) filter.AttributePath {
		return filter.AttributePath{
			URN:  rapid.SampledFrom([]string{"", "", enterprise, "urn:x.y:1.0"}).Draw(t, "urn"),
			Name: rapid.StringMatching(`[A-Za-z$][A-Za-z0-9_$-]{0,8}`).Draw(t, "name"),
			Sub:  rapid.SampledFrom([]string{"", "", "value", "$ref"}).Draw(t, "sub"),
		}
	})
}

func compares() *rapid.Generator[filter.Expression] {
	return rapid.Custom(func(t *rapid.T) filter.Expression {
		ops := []filter.Operator{filter.Equal, filter.NotEqual, filter.Contains, filter.StartsWith, filter.EndsWith,
			filter.Greater, filter.GreaterOrEqual, filter.Less, filter.LessOrEqual}
		return filter.Compare{
			Path: attributePaths().Draw(t, "path"),
			Op:   rapid.SampledFrom(ops).Draw(t, "op"),
			Value: rapid.OneOf(
				rapid.String().AsAny(),
				rapid.Bool().AsAny(),
				rapid.Just[any](nil),
				rapid.Custom(func(t *rapid.T) any {
					n, _ := json.Marshal(rapid.Float64().Draw(t, "n"))
					return json.Number(n)
				}),
			).Draw(t, "value"),
		}
	})
}

// expressions draws trees as the parser makes them: nested ands and ors flat.
func expressions(depth int, inside bool) *rapid.Generator[filter.Expression] {
	leaf := rapid.OneOf(compares(), rapid.Map(attributePaths(), func(p filter.AttributePath) filter.Expression { return filter.Present{Path: p} }))
	if depth == 0 {
		return leaf
	}
	next := expressions(depth-1, inside)
	terms := func(t *rapid.T, flat func(filter.Expression) []filter.Expression) []filter.Expression {
		var out []filter.Expression
		for _, e := range rapid.SliceOfN(next, 2, 4).Draw(t, "terms") {
			out = append(out, flat(e)...)
		}
		return out
	}
	kinds := []*rapid.Generator[filter.Expression]{
		leaf,
		rapid.Custom(func(t *rapid.T) filter.Expression { return filter.Not{Term: next.Draw(t, "term")} }),
		rapid.Custom(func(t *rapid.T) filter.Expression {
			return filter.And{Terms: terms(t, func(e filter.Expression) []filter.Expression {
				if a, ok := e.(filter.And); ok {
					return a.Terms
				}
				return []filter.Expression{e}
			})}
		}),
		rapid.Custom(func(t *rapid.T) filter.Expression {
			return filter.Or{Terms: terms(t, func(e filter.Expression) []filter.Expression {
				if o, ok := e.(filter.Or); ok {
					return o.Terms
				}
				return []filter.Expression{e}
			})}
		}),
	}
	if !inside {
		kinds = append(kinds, rapid.Custom(func(t *rapid.T) filter.Expression {
			p := attributePaths().Draw(t, "path")
			p.Sub = ""
			return filter.ValuePath{Path: p, Filter: expressions(depth-1, true).Draw(t, "filter")}
		}))
	}
	return rapid.OneOf(kinds...)
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := expressions(3, false).Draw(t, "expression")
		got, err := filter.Parse(want.String())
		if err != nil {
			t.Fatalf("Parse(%s): %v", want, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s differs (-want +got):\n%s", want, diff)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`userName eq "mira.holt@contoso.example"`,
		`emails[type eq "work"].value eq "x"`,
		`emails[type eq "work" and value co "@x"] or not (active eq "False")`,
		`id eq 4be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1 and manager eq "9a0e5d1c-22b8-4a37-8f0e-31d6c5b7a904"`,
		enterprise + `:manager.value pr`,
		`roles[primary eq "True"].display sw "\u00e9\""`,
		`meta.lastModified ge "2026-09-01T08:15:30Z" and ((a ne -1.5e3))`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := filter.Parse(text)
		if err != nil {
			return
		}
		again, err := filter.Parse(e.String())
		if err != nil {
			if len(e.String()) > filter.MaxLength {
				return // escapes have made it longer
			}
			t.Fatalf("%q became %q: %v", text, e, err)
		}
		if again.String() != e.String() {
			t.Fatalf("%q became %q, and then %q", text, e, again)
		}
	})
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{
		`members[value eq "4be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1"]`, `name.givenName`, `addresses[type eq "work"].streetAddress`,
		enterprise + `:department`, enterprise + `.manager.value`, `roles[primary eq "True"].value`, `members.$ref`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := filter.ParsePath(text)
		if err != nil {
			return
		}
		again, err := filter.ParsePath(p.String())
		if err == nil && again.String() != p.String() {
			t.Fatalf("%q became %q, and then %q", text, p, again)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := filter.Parse(`emails[type eq "work"].value eq "mira.holt@contoso.example"`); err != nil {
			b.Fatal(err)
		}
	}
}
