package schema_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/scim/schema"
)

func parse(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestCoerce(t *testing.T) {
	r := registry(t)
	for name, tc := range map[string]struct{ attribute, in, want string }{
		"a boolean":                           {"active", `true`, `true`},
		"a boolean as a string (Q3)":          {"active", `"False"`, `false`},
		"an empty boolean":                    {"active", `""`, ``},
		"a string":                            {"title", `" x "`, `" x "`},
		"an empty string (Q9)":                {"title", `""`, ``},
		"null (demand 49)":                    {"title", `null`, ``},
		"an empty array (demand 49)":          {"emails", `[]`, ``},
		"an array of nothing":                 {"emails", `[null,{},{"value":""},{"type":"work","value":null}]`, ``},
		"one value for an array":              {"emails", `{"value":"a"}`, `[{"value":"a"}]`},
		"an array for one value":              {"title", `["x"]`, `"x"`},
		"bare values for entries":             {"emails", `["a","b"]`, `[{"value":"a"},{"value":"b"}]`},
		"names in any case (Q21)":             {"emails", `[{"VALUE":"a","Primary":"True"}]`, `[{"value":"a","primary":true}]`},
		"unknown sub-attributes are left out": {"emails", `[{"value":"a","size":7}]`, `[{"value":"a"}]`},
		"a manager as a string":               {"manager", `"m"`, `{"value":"m"}`},
		"a manager as an array":               {"manager", `[{"$ref":"x/m","value":"m"}]`, `{"value":"m"}`},
		"a manager by reference":              {"manager", `{"$ref":"../Users/m"}`, `{"value":"m"}`},
		"an empty manager (Q9)":               {"manager", `{"value":""}`, ``},
		"a manager with a read-only name":     {"manager", `{"value":"m","displayName":"M"}`, `{"value":"m"}`},
		"an app role in a string (Q15)":       {"roles", `[{"value":"{\"id\":\"1\",\"value\":\"R\",\"displayName\":\"D\"}"}]`, `[{"value":"R","display":"D"}]`},
		"an app role that is a string":        {"roles", `"{\"value\":\"R\"}"`, `[{"value":"R"}]`},
		"a brace that is no app role":         {"roles", `["{x"]`, `[{"value":"{x"}]`},
		"free text for a country (Q18)":       {"addresses", `[{"country":"Germany"}]`, `[{"country":"Germany"}]`},
		"a certificate without padding":       {"x509Certificates", `["MIIDQw"]`, `[{"value":"MIIDQw"}]`},
		"an integer":                          {badge + ":number", `7`, `7`},
		"an integer in quotes":                {badge + ":number", `"7"`, `7`},
		"a decimal":                           {badge + ":weight", `7.25`, `7.25`},
		"a date":                              {badge + ":issued", `"2026-09-01T08:15:30Z"`, `"2026-09-01T08:15:30Z"`},
		"simple values":                       {badge + ":doors", `["A",null,"B",""]`, `["A","B"]`},
	} {
		t.Run(name, func(t *testing.T) {
			ref, ok := r.Lookup(schema.User, tc.attribute)
			if !ok {
				t.Fatalf("no attribute %s", tc.attribute)
			}
			got, assigned, err := ref.Coerce(parse(t, tc.in))
			if err != nil || assigned != (tc.want != "") {
				t.Fatalf("assigned %t, error %v", assigned, err)
			}
			if !assigned {
				return
			}
			if diff := cmp.Diff(parse(t, tc.want), got); diff != "" {
				t.Errorf("value differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCoerceRefusals(t *testing.T) {
	r := registry(t)
	for attribute, values := range map[string][]string{
		"active":                 {`7`, `"yes"`, `{}`, `[true,false]`},
		"title":                  {`7`, `true`, `{}`, `["a","b"]`},
		"name":                   {`"Mira"`, `7`, `[{},{}]`},
		"manager":                {`7`, `true`, `["a","b"]`},
		"emails":                 {`7`, `[7]`, `[{"value":7}]`, `[{"value":"a","VALUE":"b"}]`, `[{"primary":true},{"primary":true}]`},
		badge + ":number":        {`7.5`, `"x"`, `true`, `"7 8"`},
		badge + ":weight":        {`"heavy"`},
		badge + ":issued":        {`"yesterday"`, `7`},
		"x509Certificates.value": {`"?"`, `7`},
	} {
		ref, ok := r.Lookup(schema.User, attribute)
		if !ok {
			t.Fatalf("no attribute %s", attribute)
		}
		for _, text := range values {
			_, _, err := ref.Coerce(parse(t, text))
			var e *schema.ValueError
			if !errors.As(err, &e) || !strings.Contains(e.Attribute, attribute) {
				t.Errorf("%s = %s: error %v, want one that names the attribute", attribute, text, err)
			}
		}
	}
}

func TestDecode(t *testing.T) {
	r := registry(t)
	for name, tc := range map[string]struct{ in, want string }{
		"read-only and unknown attributes are left out (demand 64)": {
			`{"userName":"a","id":"x","meta":{},"groups":[{"value":"g"}],"schemas":["urn:x"],"shoeSize":7,"password":"p","department":"x"}`, `{"userName":"a"}`},
		"an extension is read whether or not schemas names it (Q25)": {
			`{"userName":"a","` + schema.EnterpriseURN + `":{"Department":"x","nope":1}}`, `{"userName":"a","` + schema.EnterpriseURN + `":{"department":"x"}}`},
		"an extension of nothing is nothing": {
			`{"userName":"a","` + schema.EnterpriseURN + `":{"department":null,"manager":""}}`, `{"userName":"a"}`},
		"keys may be qualified and dotted": {
			`{"` + schema.UserURN + `:userName":"a","name.givenName":"G","name":{"familyName":"F"},"` + schema.EnterpriseURN + `:department":"x"}`,
			`{"userName":"a","name":{"givenName":"G","familyName":"F"},"` + schema.EnterpriseURN + `":{"department":"x"}}`},
		"a tenant's own extension": {
			`{"userName":"a","` + badge + `":{"number":"7","doors":"A","pin":"1"}}`, `{"userName":"a","` + badge + `":{"number":7,"doors":["A"],"pin":"1"}}`},
	} {
		got, err := r.Decode(schema.User, parse(t, tc.in).(map[string]any))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(parse(t, tc.want), any(got.Attributes)); diff != "" {
			t.Errorf("%s: attributes differ (-want +got):\n%s", name, diff)
		}
	}
	for name, in := range map[string]string{
		"no user name":                          `{}`,
		"an extension without what it requires": `{"userName":"a","` + badge + `":{"doors":["A"]}}`,
		"one attribute in two spellings":        `{"userName":"a","title":"x","` + schema.UserURN + `:title":"y"}`,
		"one sub-attribute in two spellings":    `{"userName":"a","name.givenName":"x","name":{"givenName":"y"}}`,
		"an extension that is a string":         `{"userName":"a","` + badge + `":"x"}`,
	} {
		if _, err := r.Decode(schema.User, parse(t, in).(map[string]any)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
