package scim_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/google/go-cmp/cmp"

	"scimbridge/scim"
	"scimbridge/scim/schema"
)

const enterprise = schema.EnterpriseURN

var (
	standard = schema.Standard()
	userType = schema.User
)

// object reads JSON into the values of scim.Resource.
func object(t testing.TB, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var out map[string]any
	if err := d.Decode(&out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

func patchBody(operations string) []byte {
	return []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`)
}

// mira is the user that the tables patch.
const mira = `{
	"externalId": "mira.holt", "userName": "mira@contoso.example", "active": true, "displayName": "Mira Holt", "title": "Analyst",
	"name": {"givenName": "Mira", "familyName": "Holt"},
	"emails": [{"type": "work", "value": "mira@contoso.example", "primary": true}, {"type": "home", "value": "m@home.example"}],
	"roles": [{"primary": true, "value": "reader"}],
	"` + enterprise + `": {"department": "Grid", "manager": {"value": "boss"}}}`

func TestPatchUser(t *testing.T) {
	ext := func(d string) string { return `{"` + enterprise + `":` + d + `}` }
	for name, tc := range map[string]struct {
		ops    string
		change string // merged into mira by top-level name; null removes
		spoken []scim.Target
	}{
		"legacy Entra replaces one attribute by its path": {
			`{"op":"Replace","path":"displayName","value":"Mira Berg"}`,
			`{"displayName":"Mira Berg"}`, []scim.Target{{Attribute: "displayName", Entry: -1}}},
		"legacy Entra disables with a string (Q3)": {
			`{"op":"Replace","path":"active","value":"False"}`,
			`{"active":false}`, []scim.Target{{Attribute: "active", Entry: -1}}},
		"an equal value is spoken of although it changes nothing": {
			`{"op":"replace","path":"title","value":"Analyst"}`,
			`{}`, []scim.Target{{Attribute: "title", Entry: -1}}},
		"the flag's path-less operation has dotted and URN keys (Q4, Q5)": {
			`{"op":"replace","value":{"active":false,"name.familyName":"Berg","` + enterprise + `:department":"Ops","urn:ietf:params:scim:schemas:core:2.0:User:title":"Lead"}}`,
			`{"active":false,"title":"Lead","name":{"givenName":"Mira","familyName":"Berg"},"` + enterprise + `":{"department":"Ops","manager":{"value":"boss"}}}`,
			[]scim.Target{{Attribute: "active", Entry: -1}, {Attribute: "name", Entry: -1, Sub: "familyName"}, {Attribute: "title", Entry: -1},
				{Schema: enterprise, Attribute: "department", Entry: -1}}},
		"a nested extension object merges (Q5)": {
			`{"op":"replace","value":` + ext(`{"costCenter":"7"}`) + `}`,
			ext(`{"department":"Grid","costCenter":"7","manager":{"value":"boss"}}`),
			[]scim.Target{{Schema: enterprise, Attribute: "costCenter", Entry: -1}}},
		"a complex value merges (Q35)": {
			`{"op":"Replace","value":{"name":{"givenName":"Mirabel"}}}`,
			`{"name":{"givenName":"Mirabel","familyName":"Holt"}}`, []scim.Target{{Attribute: "name", Entry: -1, Sub: "givenName"}}},
		"an empty sub-attribute in a complex value is cleared": {
			`{"op":"replace","path":"name","value":{"givenName":""}}`,
			`{"name":{"familyName":"Holt"}}`, nil},
		"names are read in any case (Q21)": {
			`{"OP":"REPLACE","PATH":"EMAILS[TYPE EQ \"work\"].VALUE","VALUE":"new@contoso.example"}`,
			`{"emails":[{"type":"work","value":"new@contoso.example","primary":true},{"type":"home","value":"m@home.example"}]}`,
			[]scim.Target{{Attribute: "emails", Entry: 0, Sub: "value"}}},
		"a filtered path that finds nothing creates the entry (Q6)": {
			`{"op":"Add","path":"phoneNumbers[type eq \"mobile\"].value","value":"+49 170"}`,
			`{"phoneNumbers":[{"type":"mobile","value":"+49 170"}]}`,
			[]scim.Target{{Attribute: "phoneNumbers", Entry: 0, Sub: "type"}, {Attribute: "phoneNumbers", Entry: 0, Sub: "value"}}},
		"an app role is created with a boolean primary (Q14)": {
			`{"op":"Remove","path":"roles"},{"op":"Add","path":"roles[primary eq \"True\"].value","value":"admin"},{"op":"Add","path":"roles[primary eq \"True\"].display","value":"Admin"}`,
			`{"roles":[{"primary":true,"value":"admin","display":"Admin"}]}`,
			[]scim.Target{{Attribute: "roles", Sub: "display"}, {Attribute: "roles", Sub: "primary"}, {Attribute: "roles", Sub: "value"}}},
		"an app role arrives as JSON in a string (Q15)": {
			`{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"1\",\"value\":\"writer\",\"displayName\":\"Writer\"}"}]}`,
			`{"roles":[{"primary":true,"value":"reader"},{"value":"writer","display":"Writer"}]}`,
			[]scim.Target{{Attribute: "roles", Entry: 1, Sub: "display"}, {Attribute: "roles", Entry: 1, Sub: "value"}}},
		"all app roles are replaced at once (Q16)": {
			`{"op":"replace","path":"roles","value":[{"value":"a"},{"value":"b"}]}`,
			`{"roles":[{"value":"a"},{"value":"b"}]}`,
			[]scim.Target{{Attribute: "roles", Sub: "value"}, {Attribute: "roles", Entry: 1, Sub: "value"}}},
		"removing with a filter that finds nothing succeeds (Q7)": {
			`{"op":"remove","path":"emails[type eq \"fax\"]"},{"op":"remove","path":"phoneNumbers[type eq \"fax\"].value"}`, `{}`, nil},
		"removing with a filter takes the entries that satisfy it (demand 140)": {
			`{"op":"remove","path":"emails[type eq \"home\"]"}`,
			`{"emails":[{"type":"work","value":"mira@contoso.example","primary":true}]}`, nil},
		"removing with a list takes what it lists": {
			`{"op":"Remove","path":"emails","value":[{"value":"m@home.example"}]}`,
			`{"emails":[{"type":"work","value":"mira@contoso.example","primary":true}]}`, nil},
		"clearing works in every shape (Q9)": {
			`{"op":"Replace","path":"title","value":""},{"op":"replace","path":"displayName","value":null},{"op":"replace","path":"emails","value":[]},{"op":"Remove","path":"roles"},{"op":"replace","value":{"name.givenName":"","name.familyName":null,"` + enterprise + `:department":""}}`,
			`{"title":null,"displayName":null,"emails":null,"roles":null,"name":null,"` + enterprise + `":{"manager":{"value":"boss"}}}`, nil},
		"clearing what is already empty succeeds (Q9)": {
			`{"op":"replace","path":"nickName","value":""},{"op":"remove","path":"locale"},{"op":"replace","value":{"phoneNumbers":null}},{"op":"replace","path":"addresses[type eq \"work\"].country","value":""}`, `{}`, nil},
		"an entry goes with its last content (Q9)": {
			`{"op":"Replace","path":"emails[type eq \"work\"].value","value":""}`,
			`{"emails":[{"type":"home","value":"m@home.example"}]}`, nil},
		"one primary: a new one takes it from the others (Q17, demand 130)": {
			`{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}`,
			`{"emails":[{"type":"work","value":"mira@contoso.example","primary":false},{"type":"home","value":"m@home.example","primary":true}]}`,
			[]scim.Target{{Attribute: "emails", Sub: "primary"}, {Attribute: "emails", Entry: 1, Sub: "primary"}}},
		"adding an entry that is there changes nothing (demand 137)": {
			`{"op":"add","path":"emails","value":[{"type":"home","value":"m@home.example","primary":false}]}`,
			`{}`, []scim.Target{{Attribute: "emails", Entry: 1, Sub: "type"}, {Attribute: "emails", Entry: 1, Sub: "value"}}},
		"replacing by a filter keeps what the filter found it by": {
			`{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"n@contoso.example"}}`,
			`{"emails":[{"type":"work","value":"n@contoso.example"},{"type":"home","value":"m@home.example"}]}`,
			[]scim.Target{{Attribute: "emails", Sub: "value"}}},
		"an unknown key beside known ones is passed over, and id too (Okta)": {
			`{"op":"replace","value":{"id":"x","schemas":[],"meta":{},"groups":[],"shoeSize":44,"title":"Lead"}}`,
			`{"title":"Lead"}`, []scim.Target{{Attribute: "title", Entry: -1}}},
		"operations build on each other (demand 128)": {
			`{"op":"remove","path":"title"},{"op":"add","path":"title","value":"A"},{"op":"replace","path":"title","value":"B"}`,
			`{"title":"B"}`, []scim.Target{{Attribute: "title", Entry: -1}}},
		"what a later operation takes away is not spoken of": {
			`{"op":"add","path":"phoneNumbers","value":[{"value":"1"}]},{"op":"remove","path":"phoneNumbers"}`, `{}`, nil},
		"the sub-attribute of all entries is set without a filter": {
			`{"op":"add","path":"ims.value","value":"x"}`,
			`{"ims":[{"value":"x"}]}`, []scim.Target{{Attribute: "ims", Sub: "value"}}},
		"an extension is removed whole": {
			`{"op":"remove","path":"` + enterprise + `"}`, ext(`null`), nil},
		"members of the envelope and of an operation that nobody knows are ignored": {
			`{"op":"replace","path":"title","value":"Lead","name":"x"}`, `{"title":"Lead"}`, []scim.Target{{Attribute: "title", Entry: -1}}},
	} {
		t.Run(name, func(t *testing.T) {
			before := object(t, mira)
			p, err := scim.ParsePatch(standard, schema.User, patchBody(tc.ops))
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Apply(before)
			if err != nil {
				t.Fatal(err)
			}
			want := object(t, mira)
			for k, v := range object(t, tc.change) {
				if want[k] = v; v == nil {
					delete(want, k)
				}
			}
			if diff := cmp.Diff(want, got.Attributes); diff != "" {
				t.Errorf("attributes differ (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.spoken, got.Spoken); len(tc.spoken)+len(got.Spoken) > 0 && diff != "" {
				t.Errorf("spoken differs (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(object(t, mira), before); diff != "" {
				t.Errorf("the input was changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestPatchManagerInEveryShape(t *testing.T) {
	set := map[string]string{
		"a bare string":                     `{"op":"Add","path":"` + enterprise + `:manager","value":"new"}`,
		"an object":                         `{"op":"Add","path":"` + enterprise + `:manager","value":{"value":"new"}}`,
		"an array with $ref":                `{"op":"Replace","path":"manager","value":[{"$ref":"https://x.example/Users/new","value":"new"}]}`,
		"a reference alone":                 `{"op":"Replace","path":"manager","value":{"$ref":"https://x.example/Users/new"}}`,
		"the sub-path":                      `{"op":"add","path":"` + enterprise + `:manager.value","value":"new"}`,
		"a dot behind the URN (Q12)":        `{"op":"add","path":"` + enterprise + `.manager","value":"new"}`,
		"a dot and the sub-path":            `{"op":"add","path":"` + enterprise + `.manager.value","value":"new"}`,
		"a key in a path-less value":        `{"op":"replace","value":{"` + enterprise + `:manager":"new"}}`,
		"an object in a nested extension":   `{"op":"replace","value":{"` + enterprise + `":{"Manager":{"Value":"new"}}}}`,
		"an object with the read-only name": `{"op":"replace","path":"` + enterprise + `:manager","value":{"value":"new","displayName":"N"}}`,
	}
	clear := map[string]string{
		"remove":                        `{"op":"Remove","path":"` + enterprise + `:manager"}`,
		"remove with the old value":     `{"op":"Remove","path":"` + enterprise + `:manager","value":"boss"}`,
		"an empty string":               `{"op":"replace","path":"` + enterprise + `:manager","value":""}`,
		"an object with an empty value": `{"op":"replace","path":"` + enterprise + `:manager","value":{"value":""}}`,
		"an empty array":                `{"op":"replace","path":"` + enterprise + `:manager","value":[]}`,
		"null in a path-less value":     `{"op":"replace","value":{"` + enterprise + `:manager":null}}`,
		"the sub-path removed":          `{"op":"remove","path":"` + enterprise + `:manager.value"}`,
	}
	check := func(ops map[string]string, want string) {
		for name, op := range ops {
			t.Run(name, func(t *testing.T) {
				p, err := scim.ParsePatch(standard, schema.User, patchBody(op))
				if err != nil {
					t.Fatal(err)
				}
				got, err := p.Apply(object(t, mira))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(object(t, want), got.Attributes[enterprise]); diff != "" {
					t.Errorf("enterprise data differs (-want +got):\n%s", diff)
				}
			})
		}
	}
	check(set, `{"department":"Grid","manager":{"value":"new"}}`)
	check(clear, `{"department":"Grid"}`)
}

func TestPatchMembers(t *testing.T) {
	two := []scim.Member{{Value: "a"}, {Value: "b"}}
	change := func(op scim.MemberOp, m ...scim.Member) []scim.MemberChange {
		return []scim.MemberChange{{Op: op, Members: m}}
	}
	for name, tc := range map[string]struct {
		ops  string
		want []scim.MemberChange
	}{
		"legacy Entra adds with a $ref of null":     {`{"op":"Add","path":"members","value":[{"$ref":null,"value":"a"},{"$ref":null,"value":"b"}]}`, change(scim.AddMembers, two...)},
		"a bare id is added":                        {`{"op":"add","path":"members","value":"a"}`, change(scim.AddMembers, two[0])},
		"one object is added":                       {`{"op":"add","path":"members","value":{"Value":"a","type":"user"}}`, change(scim.AddMembers, scim.Member{Value: "a", Type: "User"})},
		"members are added without a path":          {`{"op":"add","value":{"members":[{"value":"a"},{"value":"b"}]}}`, change(scim.AddMembers, two...)},
		"legacy Entra removes by a list (Q8)":       {`{"op":"Remove","path":"members","value":[{"$ref":null,"value":"a"},{"value":"b"}]}`, change(scim.RemoveMembers, two...)},
		"an object is removed":                      {`{"op":"remove","path":"members","value":{"value":"a"}}`, change(scim.RemoveMembers, two[0])},
		"a bare id is removed":                      {`{"op":"remove","path":"members","value":"a"}`, change(scim.RemoveMembers, two[0])},
		"the flag removes by a filter":              {`{"op":"remove","path":"members[value eq \"a\"]"}`, change(scim.RemoveMembers, two[0])},
		"or joins filters":                          {`{"op":"remove","path":"members[value eq \"a\" or value eq \"b\"]"}`, change(scim.RemoveMembers, two...)},
		"the type may stand in the filter":          {`{"op":"remove","path":"members[type eq \"Group\" and value eq \"a\"]"}`, change(scim.RemoveMembers, scim.Member{Value: "a", Type: "Group"})},
		"a list replaces all":                       {`{"op":"replace","path":"members","value":[{"value":"a"},{"value":"b"}]}`, change(scim.ReplaceMembers, two...)},
		"an empty list empties the group":           {`{"op":"replace","path":"members","value":[]}`, []scim.MemberChange{{Op: scim.ReplaceMembers, Members: []scim.Member{}}}},
		"remove without a value takes all":          {`{"op":"remove","path":"members"}`, change(scim.RemoveAllMembers)},
		"remove with an empty list takes none":      {`{"op":"remove","path":"members","value":[]}`, nil},
		"add of an empty list adds none":            {`{"op":"add","path":"members","value":[]}`, nil},
		"a filter that is added creates the member": {`{"op":"add","path":"members[value eq \"a\"]","value":{"value":"a"}}`, change(scim.AddMembers, two[0])},
		"the URN may stand before members":          {`{"op":"remove","path":"urn:ietf:params:scim:schemas:core:2.0:Group:members[value eq \"a\"]"}`, change(scim.RemoveMembers, two[0])},
		"a rename never touches members":            {`{"op":"replace","value":{"id":"g","displayName":"New"}}`, nil},
		"operations keep their order":               {`{"op":"add","path":"members","value":[{"value":"a"}]},{"op":"remove","path":"members[value eq \"a\"]"}`, []scim.MemberChange{{Op: scim.AddMembers, Members: two[:1]}, {Op: scim.RemoveMembers, Members: two[:1]}}},
		"an id is taken from a reference":           {`{"op":"add","path":"members","value":[{"$ref":"https://x.example/v2/Users/a"}]}`, change(scim.AddMembers, two[0])},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := scim.ParsePatch(standard, schema.Group, patchBody(tc.ops))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, p.MemberChanges()); diff != "" {
				t.Errorf("changes differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPatchRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		of   schema.ResourceType
		ops  string
		kind scimerrors.ScimType
		says string
	}{
		"an unknown op (Q29)":                           {schema.User, `{"op":"merge","path":"title","value":"x"}`, "invalidSyntax", `operation 1: unknown op "merge"`},
		"no op":                                         {schema.User, `{"path":"title","value":"x"}`, "invalidSyntax", `"op" is missing`},
		"an unknown path (Q29)":                         {schema.User, `{"op":"replace","path":"shoeSize","value":44}`, "noTarget", "shoeSize"},
		"a malformed path (demand 133)":                 {schema.User, `{"op":"replace","path":"emails..value","value":"x"}`, "invalidPath", "emails..value"},
		"a malformed filter in a path (demand 133)":     {schema.User, `{"op":"replace","path":"emails[type xx \"work\"].value","value":"x"}`, "invalidFilter", "xx"},
		"an array index":                                {schema.User, `{"op":"replace","path":"emails[0].value","value":"x"}`, "invalidFilter", "emails[0]"},
		"an unknown sub-attribute behind a filter":      {schema.User, `{"op":"replace","path":"emails[type eq \"work\"].size","value":"x"}`, "noTarget", "size"},
		"an unknown sub-attribute in a filter":          {schema.User, `{"op":"replace","path":"emails[size eq \"work\"].value","value":"x"}`, "invalidFilter", "size"},
		"a filter on what has no entries":               {schema.User, `{"op":"replace","path":"title[value eq \"x\"]","value":"x"}`, "invalidPath", "title"},
		"remove without a path (demand 138)":            {schema.User, `{"op":"remove","value":{"title":"x"}}`, "noTarget", "path"},
		"add without a value (demand 134)":              {schema.User, `{"op":"add","path":"title"}`, "invalidValue", "value"},
		"a value without path that is no object":        {schema.User, `{"op":"add","value":"x"}`, "invalidValue", "object"},
		"a value without path of unknown keys alone":    {schema.User, `{"op":"add","value":{"shoeSize":44}}`, "noTarget", "shoeSize"},
		"an empty object without path":                  {schema.User, `{"op":"add","value":{}}`, "invalidValue", "no attribute"},
		"the id (demand 129)":                           {schema.User, `{"op":"replace","path":"id","value":"x"}`, "mutability", "read-only"},
		"the groups of a user (demand 57)":              {schema.User, `{"op":"add","path":"groups","value":[{"value":"g"}]}`, "mutability", "read-only"},
		"the name of the manager":                       {schema.User, `{"op":"replace","path":"` + enterprise + `:manager.displayName","value":"x"}`, "mutability", "read-only"},
		"removing the user name (demand 141)":           {schema.User, `{"op":"remove","path":"userName"}`, "mutability", "required"},
		"emptying the user name":                        {schema.User, `{"op":"replace","path":"userName","value":""}`, "invalidValue", "required"},
		"emptying the name of a group without a path":   {schema.Group, `{"op":"replace","value":{"displayName":""}}`, "invalidValue", "displayName"},
		"a number where a string belongs":               {schema.User, `{"op":"replace","path":"title","value":7}`, "invalidValue", "title: must be a string, not the number 7"},
		"a word where a boolean belongs":                {schema.User, `{"op":"replace","path":"active","value":"maybe"}`, "invalidValue", "active: must be true or false"},
		"an array where one value belongs":              {schema.User, `{"op":"replace","path":"title","value":["a","b"]}`, "invalidValue", "title"},
		"a replace by a filter that is not eq":          {schema.User, `{"op":"replace","path":"phoneNumbers[type ne \"work\"].value","value":"x"}`, "noTarget", "phoneNumbers"},
		"two primary entries":                           {schema.User, `{"op":"add","path":"emails","value":[{"value":"a","primary":true},{"value":"b","primary":"True"}]}`, "invalidValue", "primary"},
		"primary for all entries":                       {schema.User, `{"op":"add","path":"emails.primary","value":true}`, "invalidValue", "primary"},
		"a sub-attribute of members (demand 62)":        {schema.Group, `{"op":"replace","path":"members[value eq \"a\"].display","value":"x"}`, "mutability", "member"},
		"one member in place of another":                {schema.Group, `{"op":"replace","path":"members[value eq \"a\"]","value":{"value":"b"}}`, "mutability", "member"},
		"members by another filter":                     {schema.Group, `{"op":"remove","path":"members[display eq \"a\"]"}`, "invalidFilter", "value eq"},
		"members without an id, which is no empty list": {schema.Group, `{"op":"replace","path":"members","value":[{"value":null}]}`, "invalidValue", "members.value"},
		"members that are numbers":                      {schema.Group, `{"op":"add","path":"members","value":[7]}`, "invalidValue", "members"},
		"an attribute of another type by its URN":       {schema.Group, `{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":"x"}`, "noTarget", "Group"},
		"the second of two operations, by its number":   {schema.User, `{"op":"replace","path":"title","value":"x"},{"op":"replace","path":"nope","value":"x"}`, "noTarget", "operation 2 (nope)"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := scim.ParsePatch(standard, tc.of, patchBody(tc.ops))
			if err == nil {
				_, err = p.Apply(object(t, mira))
			}
			var e scimerrors.ScimError
			if !errors.As(err, &e) {
				t.Fatalf("error is %v, want a SCIM error", err)
			}
			if e.Status != 400 || e.ScimType != tc.kind || !strings.Contains(e.Detail, tc.says) {
				t.Errorf("got %d %s %q, want 400 %s with %q", e.Status, e.ScimType, e.Detail, tc.kind, tc.says)
			}
		})
	}
}
