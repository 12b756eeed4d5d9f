package scim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/scim"
	"scimbridge/scim/schema"
)

const badge = "urn:contoso:params:scim:schemas:badge:1.0:User"

// badges is a registry with an extension that has what the core schemas lack:
// immutable, write-only and request-only attributes, and simple lists.
func badges(t testing.TB) *schema.Registry {
	t.Helper()
	s, err := schema.Parse([]byte(`{"id":"` + badge + `","name":"Badge","attributes":[
		{"name":"issued","type":"string","mutability":"immutable"},
		{"name":"doors","type":"string","multiValued":true,"caseExact":true},
		{"name":"weight","type":"decimal","returned":"request"},
		{"name":"pin","type":"string","mutability":"writeOnly","returned":"never"},
		{"name":"origin","type":"complex","subAttributes":[{"name":"place","type":"string","mutability":"immutable"},{"name":"note","type":"string"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := schema.New(schema.Extension{Type: schema.User, Schema: s})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const badged = `{"userName":"ann","` + badge + `":{"issued":"2020","doors":["A","B"],"weight":7.5,"pin":"1234","origin":{"place":"Kiel"}}}`

func TestImmutableAttributes(t *testing.T) {
	r := badges(t)
	for name, tc := range map[string]struct {
		op string
		ok bool
	}{
		"an equal value is no change":     {`{"op":"replace","path":"` + badge + `:issued","value":"2020"}`, true},
		"another value (demand 129)":      {`{"op":"replace","path":"` + badge + `:issued","value":"2021"}`, false},
		"removing it":                     {`{"op":"remove","path":"` + badge + `:issued"}`, false},
		"a sub-attribute":                 {`{"op":"replace","path":"` + badge + `:origin","value":{"place":"Bonn"}}`, false},
		"the sub-attribute beside it":     {`{"op":"replace","path":"` + badge + `:origin","value":{"note":"x"}}`, true},
		"a write-only value may be set":   {`{"op":"replace","path":"` + badge + `:pin","value":"9"}`, true},
		"a list of simple values grows":   {`{"op":"add","path":"` + badge + `:doors","value":["B","C"]}`, true},
		"and shrinks by what is listed":   {`{"op":"remove","path":"` + badge + `:doors","value":["B"]}`, true},
		"and by a filter":                 {`{"op":"remove","path":"` + badge + `:doors[value eq \"A\"]"}`, true},
		"but has no sub-attribute to set": {`{"op":"replace","path":"` + badge + `:doors[value eq \"Z\"]","value":"Y"}`, false},
	} {
		p, err := scim.ParsePatch(r, schema.User, patchBody(tc.op))
		if err == nil {
			_, err = p.Apply(object(t, badged))
		}
		if (err == nil) != tc.ok {
			t.Errorf("%s: error %v", name, err)
		}
	}
	before := object(t, badged)
	for name, tc := range map[string]struct {
		after string
		ok    bool
	}{
		"equal (demand 119)": {badged, true},
		"another value":      {`{"userName":"ann","` + badge + `":{"issued":"2021"}}`, false},
		"left out":           {`{"userName":"ann"}`, false},
	} {
		if err := scim.CheckImmutable(r, schema.User, before, object(t, tc.after)); (err == nil) != tc.ok {
			t.Errorf("PUT, %s: error %v", name, err)
		}
	}
}

func TestReturned(t *testing.T) {
	r := badges(t)
	render := func(attributes ...string) any {
		show, err := scim.NewProjection(r, schema.User, attributes, nil)
		if err != nil {
			t.Fatal(err)
		}
		text := scim.NewRenderer(r, schema.User, base, show).Append(nil, scim.Resource{ID: "x", Attributes: object(t, badged)})
		return object(t, string(text))[badge]
	}
	if diff := cmp.Diff(object(t, `{"issued":"2020","doors":["A","B"],"origin":{"place":"Kiel"}}`), render()); diff != "" {
		t.Errorf("the default set differs (-want +got):\n%s (demand 52)", diff)
	}
	if diff := cmp.Diff(object(t, `{"weight":7.5}`), render(badge+":weight", badge+":pin")); diff != "" {
		t.Errorf("what was asked for differs (-want +got):\n%s (demands 51, 52)", diff)
	}
}
