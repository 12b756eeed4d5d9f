package schema_test

import (
	"strings"
	"testing"

	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
)

const badge = "urn:contoso:params:scim:schemas:badge:1.0:User"

// custom is a tenant's own extension, with what the core schemas have none of.
const custom = `{"id":"` + badge + `","name":"Badge","description":"Badges","attributes":[
	{"name":"number","type":"integer","multiValued":false,"required":true,"mutability":"readWrite","returned":"default","uniqueness":"none"},
	{"name":"issued","type":"dateTime","multiValued":false,"mutability":"immutable","returned":"default","uniqueness":"none"},
	{"name":"doors","type":"string","multiValued":true,"caseExact":true,"mutability":"readWrite","returned":"default","uniqueness":"none"},
	{"name":"weight","type":"decimal","multiValued":false,"mutability":"readWrite","returned":"request","uniqueness":"none"},
	{"name":"picture","type":"binary","multiValued":false,"mutability":"readWrite","returned":"default","uniqueness":"none"},
	{"name":"pin","type":"string","multiValued":false,"mutability":"writeOnly","returned":"never","uniqueness":"none"},
	{"name":"department","type":"string","multiValued":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}]}`

func registry(t testing.TB) *schema.Registry {
	t.Helper()
	s, err := schema.Parse([]byte(custom))
	if err != nil {
		t.Fatal(err)
	}
	longer, err := schema.Parse([]byte(strings.ReplaceAll(custom, badge, badge+":Extra")))
	if err != nil {
		t.Fatal(err)
	}
	r, err := schema.New(schema.Extension{Type: schema.User, Schema: s}, schema.Extension{Type: schema.User, Schema: longer})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLookup(t *testing.T) {
	r := registry(t)
	for name, want := range map[string]string{
		"userName":                     "userName",
		"USERNAME":                     "userName",
		"externalid":                   "externalId",
		"meta.LastModified":            "meta.lastModified",
		"name.familyname":              "name.familyName",
		"members":                      "", // of groups only
		"name.shoeSize":                "",
		"name.given.name":              "",
		"shoeSize":                     "",
		"manager":                      schema.EnterpriseURN + ":manager", // one extension alone has it (3.3)
		"manager.value":                schema.EnterpriseURN + ":manager.value",
		"department":                   "", // two have it
		schema.UserURN + ":title":      "title",
		schema.UserURN + ":externalId": "externalId",
		strings.ToUpper(schema.EnterpriseURN) + ":DEPARTMENT":                  schema.EnterpriseURN + ":department",
		schema.EnterpriseURN + ".manager":                                      schema.EnterpriseURN + ":manager", // Q12
		schema.EnterpriseURN + ".manager.value":                                schema.EnterpriseURN + ":manager.value",
		schema.EnterpriseURN + ":manager.$ref":                                 schema.EnterpriseURN + ":manager.$ref",
		schema.EnterpriseURN:                                                   schema.EnterpriseURN,
		schema.EnterpriseURN + ":shoeSize":                                     "",
		schema.EnterpriseURN + "s:department":                                  "",
		schema.GroupURN + ":displayName":                                       "",
		badge + ":number":                                                      badge + ":number",
		badge + ":Extra:number":                                                badge + ":Extra:number", // the longest URN wins
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0User:department": "",                      // Q26
		"":      "",
		":":     "",
		"name.": "name",
	} {
		ref, ok := r.Lookup(schema.User, name)
		if got := ref.String(); ok != (want != "") || ok && got != want {
			t.Errorf("Lookup(%q) = %q, %t; want %q", name, got, ok, want)
		}
		parsed, err := filter.ParsePath(name)
		if err != nil || !ok {
			continue
		}
		if resolved, ok := r.Resolve(schema.User, parsed.Attribute); !ok || resolved != ref {
			t.Errorf("Resolve(%q) = %v, %t; Lookup finds %v", name, resolved, ok, ref)
		}
	}
}

func TestRegistryRefusesWhatClashes(t *testing.T) {
	s, err := schema.Parse([]byte(custom))
	if err != nil {
		t.Fatal(err)
	}
	one := schema.Extension{Type: schema.User, Schema: s}
	for name, list := range map[string][]schema.Extension{
		"the same twice":         {one, one},
		"no such type":           {{Type: schema.ResourceType{Name: "Robot"}, Schema: s}},
		"an id that is no URN":   {{Type: schema.User, Schema: &schema.Schema{ID: "badge"}}},
		"the enterprise's again": {{Type: schema.User, Schema: &schema.Schema{ID: schema.EnterpriseURN}}},
	} {
		if _, err := schema.New(list...); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for _, text := range []string{`{`, `{"name":"x","attributes":[]}`, `{"id":"urn:x","attributes":[{"name":"1","type":"string"}]}`} {
		if _, err := schema.Parse([]byte(text)); err == nil {
			t.Errorf("Parse(%s) succeeds", text)
		}
	}
}

// TestCharacteristics holds the table of fact sheet 9.16 where it says more than
// the defaults, and our amendments.
func TestCharacteristics(t *testing.T) {
	r := schema.Standard()
	for name, check := range map[string]func(*schema.Attribute) bool{
		"id": func(a *schema.Attribute) bool {
			return a.CaseExact && a.Mutability == schema.ReadOnly && a.Returned == schema.Always && a.Uniqueness == schema.ServerUnique
		},
		"externalId":   func(a *schema.Attribute) bool { return a.CaseExact && a.Mutability == schema.ReadWrite },
		"meta":         func(a *schema.Attribute) bool { return a.Mutability == schema.ReadOnly },
		"meta.created": func(a *schema.Attribute) bool { return a.Type == schema.DateTime },
		"userName": func(a *schema.Attribute) bool {
			return a.Required && a.Uniqueness == schema.ServerUnique && !a.CaseExact
		},
		"active":                 func(a *schema.Attribute) bool { return a.Type == schema.Boolean },
		"profileUrl":             func(a *schema.Attribute) bool { return a.Type == schema.Reference },
		"x509Certificates.value": func(a *schema.Attribute) bool { return a.Type == schema.Binary },
		"addresses.primary":      func(a *schema.Attribute) bool { return a.Type == schema.Boolean }, // Q17
		"groups":                 func(a *schema.Attribute) bool { return a.Mutability == schema.ReadOnly },
		"manager.displayName":    func(a *schema.Attribute) bool { return a.Mutability == schema.ReadOnly },
		"manager.value":          func(a *schema.Attribute) bool { return a.CaseExact },
	} {
		ref, ok := r.Lookup(schema.User, name)
		if !ok || !check(ref.Leaf()) {
			t.Errorf("%s: %+v", name, ref.Leaf())
		}
	}
	if _, ok := r.Lookup(schema.User, "password"); ok {
		t.Error("password is announced, but this server keeps none")
	}
	for name, check := range map[string]func(*schema.Attribute) bool{
		"displayName":     func(a *schema.Attribute) bool { return a.Required }, // demand 61
		"members.value":   func(a *schema.Attribute) bool { return a.Mutability == schema.Immutable && a.CaseExact },
		"members.display": func(a *schema.Attribute) bool { return a.Type == schema.String },
	} {
		ref, ok := r.Lookup(schema.Group, name)
		if !ok || !check(ref.Leaf()) {
			t.Errorf("%s: %+v", name, ref.Leaf())
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	r := schema.Standard()
	for name, path := range map[string]string{"a core attribute": "name.familyName", "behind a URN": schema.EnterpriseURN + ":manager.value"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := r.Lookup(schema.User, path); !ok {
					b.Fatal(path)
				}
			}
		})
	}
}
