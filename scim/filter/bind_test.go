package filter_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
)

var (
	standard = schema.Standard()
	users    = standard.View(schema.User)
	groups   = standard.View(schema.Group)
)

func must(t testing.TB, text string) filter.Expression {
	t.Helper()
	e, err := filter.Parse(text)
	if err != nil {
		t.Fatalf("Parse(%s): %v", text, err)
	}
	return e
}

// TestBind is what package store may rely on.
func TestBind(t *testing.T) {
	for text, want := range map[string]string{
		`USERNAME eq "A"`:                                  `userName eq "A"`,
		`NAME.FAMILYNAME pr`:                               `name.familyName pr`,
		schema.UserURN + `:title eq "x"`:                   `title eq "x"`,
		`manager eq "x"`:                                   enterprise + `:manager.value eq "x"`,
		enterprise + `.manager.value eq "x"`:               enterprise + `:manager.value eq "x"`,
		strings.ToLower(enterprise) + `:MANAGER pr`:        enterprise + `:manager pr`,
		`emails co "x"`:                                    `emails.value co "x"`,
		`emails[TYPE eq "work"].VALUE eq "x"`:              `emails[type eq "work" and value eq "x"]`,
		`roles[primary eq "TRUE"]`:                         `roles[primary eq true]`,
		`active ne "false"`:                                `active ne false`,
		`title eq ""`:                                      `title eq null`,
		`meta.created gt "2026-01-01T00:00:00Z"`:           `meta.created gt "2026-01-01T00:00:00Z"`,
		`not (id eq 4be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1)`: `not (id eq "4be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1")`,
	} {
		bound, err := filter.Bind(must(t, text), users)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if bound.String() != want {
			t.Errorf("%s is bound as %s, want %s", text, bound, want)
		}
	}
	for _, text := range []string{`shoeSize pr`, `members pr`, `name eq "x"`, `title eq 7`, `title eq true`, `active eq "yes"`, `active co "t"`,
		`active lt true`, `x509Certificates.value gt "a"`, `meta.created eq "x"`, `meta.created sw "2026"`, `title co null`,
		`title[value eq "x"]`, `emails[size eq 1]`, `emails[emails.value eq "x"]`, `addresses eq "x"`} {
		if bound, err := filter.Bind(must(t, text), users); err == nil {
			t.Errorf("%s is bound as %s, want an error", text, bound)
		}
	}
}

// TestBindAbsent folds what one of several types cannot have (demand 78).
func TestBindAbsent(t *testing.T) {
	for text, want := range map[string]string{
		`userName pr`:                                  "none",
		`userName eq "x"`:                              "none",
		`userName ne "x"`:                              "all",
		`userName eq null`:                             "all",
		`userName ne null`:                             "none",
		`userName gt "x"`:                              "none",
		`not (userName pr)`:                            "all",
		`emails[type eq "work"]`:                       "none",
		`userName pr and displayName pr`:               "none",
		`userName pr or displayName pr`:                `displayName pr`,
		`not (userName pr) and displayName pr`:         `displayName pr`,
		`userName pr or title pr or not (emails pr)`:   "all",
		`displayName pr and id pr and userName ne "x"`: `displayName pr and id pr`,
		`not (userName pr or displayName pr)`:          `not (displayName pr)`,
	} {
		bound, possible, err := filter.BindAbsent(must(t, text), groups)
		got := "all"
		switch {
		case err != nil:
			got = err.Error()
		case !possible:
			got = "none"
		case bound != nil:
			got = bound.String()
		}
		if got != want {
			t.Errorf("%s for groups: %s, want %s", text, got, want)
		}
	}
	if _, _, err := filter.BindAbsent(must(t, `userName pr and displayName eq 7`), groups); err == nil {
		t.Error("a mistake beside what is absent goes unnoticed")
	}
}

// TestBindingChangesNothingThatMatches holds that a filter means the same before
// and after, and that exactly one of a filter and its negation holds.
func TestBindingChangesNothingThatMatches(t *testing.T) {
	texts := rapid.SampledFrom([]string{"a", "A", "b", "é", "É"})
	rapid.Check(t, func(t *rapid.T) {
		resource := map[string]any{"userName": texts.Draw(t, "userName"), "active": rapid.Bool().Draw(t, "active")}
		if rapid.Bool().Draw(t, "has title") {
			resource["title"] = texts.Draw(t, "title")
		}
		var emails []any
		for range rapid.IntRange(0, 3).Draw(t, "emails") {
			entry := map[string]any{"value": texts.Draw(t, "value")}
			if rapid.Bool().Draw(t, "has type") {
				entry["type"] = rapid.SampledFrom([]string{"work", "home"}).Draw(t, "type")
			}
			emails = append(emails, entry)
		}
		if emails != nil {
			resource["emails"] = emails
		}
		op := rapid.SampledFrom([]string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"}).Draw(t, "op")
		literal, _ := json.Marshal(texts.Draw(t, "literal"))
		text := rapid.SampledFrom([]string{"userName", "TITLE", "emails", "emails.type", "emails.value"}).Draw(t, "path") + " " + op + " " + string(literal)
		if rapid.Bool().Draw(t, "joined") {
			text = "(" + text + ` or not (title pr)) and emails[type eq "work"].value ` + op + " " + string(literal)
		}
		plain, err := filter.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		bound, err := filter.Bind(plain, users)
		if err != nil {
			t.Fatal(err)
		}
		got := filter.Match(bound, users, resource)
		if before := filter.Match(plain, users, resource); before != got {
			t.Fatalf("%s: %t, but bound as %s %t", text, before, bound, got)
		}
		if filter.Match(filter.Not{Term: bound}, users, resource) == got {
			t.Fatalf("%s and its negation both are %t", text, got)
		}
	})
}

func TestMatchComparesByType(t *testing.T) {
	for text, want := range map[string]bool{
		`meta.created eq "2026-09-01T10:15:30+02:00"`: true, // the same instant
		`meta.created gt "2026-09-01T08:15:29.999Z"`:  true,
		`meta.created le "2026-09-01T08:15:30"`:       true,
		`externalId eq "ABC"`:                         false, // case-exact
		`externalId eq "abc"`:                         true,
		`displayName eq "ｍｉｒａ ÉLAN"`:                  true, // width and case (demand 55)
		"displayName eq \"mira e\u0301lan\"":          true, // composed or not
		`emails.type ne "work"`:                       true, // one entry has another type
		`phoneNumbers.type ne "work"`:                 true, // there is none
		`phoneNumbers.type eq null`:                   true,
		`emails[type eq null]`:                        true, // the second entry
		`emails[type pr and value eq "b"]`:            false,
		`name[familyName eq "holt"]`:                  true,
	} {
		resource := map[string]any{
			"externalId": "abc", "displayName": "Mira Élan", "name": map[string]any{"familyName": "Holt"},
			"meta":   map[string]any{"created": "2026-09-01T08:15:30Z"},
			"emails": []any{map[string]any{"type": "work", "value": "a"}, map[string]any{"value": "b"}},
		}
		bound, err := filter.Bind(must(t, text), users)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := filter.Match(bound, users, resource); got != want {
			t.Errorf("%s: %t, want %t", text, got, want)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	e, err := filter.Bind(must(b, `emails[type eq "work"].value eq "x"`), users)
	if err != nil {
		b.Fatal(err)
	}
	resource := map[string]any{"emails": []any{map[string]any{"type": "work", "value": "a"}, map[string]any{"type": "home", "value": "b"}}}
	b.ReportAllocs()
	for b.Loop() {
		filter.Match(e, users, resource)
	}
}
