package filter_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/scim/filter"
)

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

func path(name string) filter.AttributePath { return filter.AttributePath{Name: name} }

func eq(name string, value any) filter.Compare {
	return filter.Compare{Path: path(name), Op: filter.Equal, Value: value}
}

func TestParse(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want filter.Expression
	}{
		"Entra matches by userName": {
			`userName eq "mira.holt@contoso.example"`,
			eq("userName", "mira.holt@contoso.example")},
		"operators and names are read in any case (demand 81)": {
			`USERNAME Eq "a" AND NOT (Title PR)`,
			filter.And{Terms: []filter.Expression{eq("USERNAME", "a"), filter.Not{Term: filter.Present{Path: path("Title")}}}}},
		"and binds tighter than or (demand 85)": {
			`a eq 1 or b eq true and c eq null`,
			filter.Or{Terms: []filter.Expression{eq("a", json.Number("1")),
				filter.And{Terms: []filter.Expression{eq("b", true), eq("c", nil)}}}}},
		"brackets group": {
			`(a eq 1 or b eq 2) and c pr`,
			filter.And{Terms: []filter.Expression{
				filter.Or{Terms: []filter.Expression{eq("a", json.Number("1")), eq("b", json.Number("2"))}},
				filter.Present{Path: path("c")}}}},
		"needless brackets vanish": {
			`((a eq 1) and ((b eq 2 and c eq 3)))`,
			filter.And{Terms: []filter.Expression{eq("a", json.Number("1")), eq("b", json.Number("2")), eq("c", json.Number("3"))}}},
		"a value path holds its own filter": {
			`emails[type eq "work" and value co "@x"]`,
			filter.ValuePath{Path: path("emails"), Filter: filter.And{Terms: []filter.Expression{
				eq("type", "work"), filter.Compare{Path: path("value"), Op: filter.Contains, Value: "@x"}}}}},
		"a sub-attribute behind a value path is one more term of it (Q22)": {
			`emails[type eq "work"].value eq "x" and active eq true`,
			filter.And{Terms: []filter.Expression{
				filter.ValuePath{Path: path("emails"), Filter: filter.And{Terms: []filter.Expression{eq("type", "work"), eq("value", "x")}}},
				eq("active", true)}}},
		"a URN is split at its last colon": {
			enterprise + `:manager.value eq "x"`,
			filter.Compare{Path: filter.AttributePath{URN: enterprise, Name: "manager", Sub: "value"}, Op: filter.Equal, Value: "x"}},
		"a bare GUID is a string (Q23)": {
			`id eq 4be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1`,
			eq("id", "4be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1")},
		"strings are JSON strings (Q32)": {
			`displayName eq "O\"Neil \\ \u00e9 \ud83d\ude00 é"`,
			eq("displayName", `O"Neil \ é 😀 é`)},
		"numbers are JSON numbers": {
			`a gt -1.5e+3`,
			filter.Compare{Path: path("a"), Op: filter.Greater, Value: json.Number("-1.5e+3")}},
		"spaces may be missing beside brackets and doubled elsewhere": {
			`  (a  eq  "x")and(b pr)`,
			filter.And{Terms: []filter.Expression{eq("a", "x"), filter.Present{Path: path("b")}}}},
		"an attribute may be called not": {
			`not eq "x"`, eq("not", "x")},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := filter.Parse(tc.text)
			if err != nil {
				t.Fatalf("Parse(%q): %v", tc.text, err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("tree differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		text     string
		position int
		reason   string
	}{
		"nothing":                             {``, 1, "attribute name is missing"},
		"an unknown operator":                 {`userName xx "a"`, 10, `unknown operator "xx"`},
		"no operator":                         {`userName`, 9, "operator is missing"},
		"no value":                            {`userName eq`, 12, "value is missing"},
		"a word without quotes":               {`userName eq bob`, 13, "double quotes"},
		"single quotes":                       {`userName eq 'bob'`, 13, "double quotes"},
		"an open string":                      {`userName eq "bob`, 13, "closing quote"},
		"a bad escape":                        {`userName eq "\x"`, 13, "not valid JSON"},
		"an open bracket":                     {`(a pr`, 6, `missing ")"`},
		"an open value path":                  {`emails[type eq "work"`, 22, `missing "]"`},
		"a bracket too many":                  {`a pr)`, 5, `unexpected ")"`},
		"two terms without a word between":    {`a pr b pr`, 6, `unexpected "b"`},
		"a value path inside another":         {`a[b[c pr]]`, 2, "cannot contain another"},
		"a value path behind a sub-attribute": {`a.b[c pr]`, 1, "not behind its sub-attribute"},
		"a name that begins with a digit":     {`1a pr`, 1, "not an attribute name"},
		"an empty sub-attribute":              {`name. pr`, 1, "not an attribute name"},
		"two sub-attributes":                  {`a.b.c pr`, 1, "not an attribute name"},
		"positions are characters, not bytes": {`a eq "éé" xx`, 11, `unexpected "xx"`},
		"a number that JSON does not know":    {`a eq 01`, 6, "no value"},
		"an exponent without digits":          {`a eq 1e`, 6, "no value"},
		"a control character inside a string": {"a eq \"x\ny\"", 8, "control character"},
		"brackets beyond the limit":           {strings.Repeat("(", 40) + "a pr" + strings.Repeat(")", 40), 34, "nested deeper"},
		"conditions beyond the limit":         {strings.Repeat("a pr or ", 1000) + "a pr", 8001, "more than 1000"},
		"text beyond the limit":               {strings.Repeat("a", 70000), 0, "longer than"},
		"bytes that are not UTF-8":            {"a eq \"\xff\"", 0, "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := filter.Parse(tc.text)
			var e *filter.Error
			if !errors.As(err, &e) {
				t.Fatalf("Parse(%q) = %v, want a *filter.Error", tc.text, err)
			}
			if e.Position != tc.position || !strings.Contains(e.Reason, tc.reason) {
				t.Errorf("Parse(%q): %v; want position %d and %q", tc.text, e, tc.position, tc.reason)
			}
		})
	}
}

func TestParsePath(t *testing.T) {
	work := eq("type", "work")
	for text, want := range map[string]filter.Path{
		`members`:                           {Attribute: path("members")},
		`name.familyName`:                   {Attribute: filter.AttributePath{Name: "name", Sub: "familyName"}},
		`emails[type eq "work"]`:            {Attribute: path("emails"), Filter: work},
		`emails[type eq "work"].value`:      {Attribute: path("emails"), Filter: work, Sub: "value"},
		enterprise + `:department`:          {Attribute: filter.AttributePath{URN: enterprise, Name: "department"}},
		enterprise + `.manager`:             {Attribute: filter.AttributePath{URN: "urn:ietf:params:scim:schemas:extension:enterprise:2.0", Name: "User", Sub: "manager"}},
		`urn:x:User:emails[type pr].value `: {Attribute: filter.AttributePath{URN: "urn:x:User", Name: "emails"}, Filter: filter.Present{Path: path("type")}, Sub: "value"},
	} {
		got, err := filter.ParsePath(text)
		if err != nil {
			t.Errorf("ParsePath(%q): %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ParsePath(%q) differs (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{``, `.`, `a.`, `emails[`, `emails[type eq "work"`, `emails[type eq "work"].`, `emails[] `,
		`emails[type eq "work"].a.b`, `emails[type eq "work"] value`, `emails[0]`, `name familyName`, `1`, `a..b`, `:a`} {
		if got, err := filter.ParsePath(text); err == nil {
			t.Errorf("ParsePath(%q) = %v, want an error", text, got)
		}
	}
}
