package push_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scimbridge/models"
	"scimbridge/push"
	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
)

// The databases answer a filter as filter.Match does: SQL against the documents that
// clients read, over people and groups made to collide in every way that counts.

// words are values with the traps of comparing: case, width, composition, order by bytes,
// a sign that folds to ASCII, and what SQL or JSON takes for something else.
var words = []string{
	"ann", "ANN", "Ann", "anne", "élan", "E\u0301LAN", "ÉLAN", "straße", "STRASSE", "ａｎｎ", "\u212Aelvin", "kelvin",
	"ｶﾞ", "ガ", "İx", "ix", "ΣΑΣ", "σας", "%", "_", `a"b`, `a\b`, "'", "true", "1", "a b", "😀", "Z", "z", "~",
}

// people creates users and groups with edges among them.
func populate(t *testing.T, s *server) {
	t.Helper()
	var users, groups []string
	for i, w := range words {
		boss := ""
		switch {
		case i%4 == 1:
			boss = fmt.Sprintf(`,"manager":{"value":%q}`, users[i/2])
		case i%4 == 2:
			boss = `,"manager":{"value":"nobody"}`
		}
		other := words[(i*7+3)%len(words)]
		attributes := []string{
			fmt.Sprintf(`"userName":%s`, text(fmt.Sprint(w, i))), fmt.Sprintf(`"externalId":%s`, text(w)), fmt.Sprintf(`"active":%t`, i%3 != 0),
			fmt.Sprintf(`%q:{"department":%s%s}`, models.EnterpriseURN, text(other), boss),
		}
		if i%2 == 0 {
			attributes = append(attributes, fmt.Sprintf(`"displayName":%s,"title":%s`, text(w), text(other)))
		}
		if i%5 != 0 {
			attributes = append(attributes, fmt.Sprintf(`"name":{"familyName":%s},"emails":[{"type":"work","primary":true,"value":%s},{"type":%s,"value":%s}]`,
				text(other), text(w), text(other), text(other)))
		}
		users = append(users, s.user(t, "{"+strings.Join(attributes, ",")+"}"))
	}
	for i, w := range words[:12] {
		members := []string{users[i], users[(i*5)%len(users)]}
		if i%3 == 1 {
			members = append(members, groups[i-1])
		}
		if i == 5 {
			members = nil
		}
		groups = append(groups, s.group(t, fmt.Sprint(w, i), members...))
	}
	s.patch(t, "/Groups/"+groups[0], `{"op":"add","path":"members","value":`+values(groups[1])+`}`) // a loop
	s.must(t, 204, "DELETE", "/Users/"+users[1], "")
	s.must(t, 204, "DELETE", "/Groups/"+groups[9], "")
	s.pulled(t, ada())
	reader := ada()
	reader.ObjectID, reader.UserName = "6d5a1a52-0b5e-4d8e-9b3c-5f1d3c2b1a90", "reader@contoso.example"
	reader.Values = map[string]any{"displayName": "Reader", models.ManagerPath: ada().ObjectID}
	s.pulled(t, reader)
	s.pulledGroup(t, models.SourceGroup{ObjectID: "c41d7f80-96ab-4e0d-a6a2-0b6d5f3e7711", Existence: models.Exists,
		Values: map[string]any{"displayName": "Pulled", ownGroup + ":dynamic": true, ownGroup + ":mail": "ANN"}})
}

func text(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	return strings.TrimSpace(b.String())
}

// documents are what a client reads of all resources of a type.
func documents(t *testing.T, s *server, endpoint string) []map[string]any {
	t.Helper()
	r := s.send(t, s.directory.ID, s.read, "GET", endpoint+"?count=1000", "")
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.UseNumber()
	var list struct{ Resources []map[string]any }
	if err := d.Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list.Resources
}

// searched are the paths of a type that a filter may name, with literals worth comparing.
type searched struct {
	endpoint string
	of       schema.ResourceType
	texts    []string
	bools    []string
	dates    []string
	entries  map[string][]string
}

var searchedTypes = []searched{{
	endpoint: "/Users", of: schema.User,
	texts: []string{"id", "userName", "externalId", "displayName", "title", "nickName", "name.familyName", "name.givenName",
		"emails", "emails.value", "emails.type", "emails.display", models.EnterpriseURN + ":department", models.EnterpriseURN + ":manager",
		models.EnterpriseURN + ":manager.value", models.EnterpriseURN + ":manager.displayName", models.EnterpriseURN + ":manager.$ref",
		"groups", "groups.value", "groups.display", "groups.type", "groups.$ref", "schemas", "meta.resourceType", "meta.version", "meta.location",
		ownUser + ":mailNickname"},
	bools:   []string{"active", "emails.primary"},
	dates:   []string{"meta.created", "meta.lastModified"},
	entries: map[string][]string{"emails": {"value", "type", "display"}, "groups": {"value", "display", "type"}, "name": {"familyName", "givenName"}},
}, {
	endpoint: "/Groups", of: schema.Group,
	texts: []string{"id", "externalId", "displayName", "members", "members.value", "members.type", "members.display", "members.$ref", "schemas",
		"meta.version", ownGroup + ":mail"},
	bools:   []string{ownGroup + ":dynamic"},
	dates:   []string{"meta.created", "meta.lastModified"},
	entries: map[string][]string{"members": {"value", "type", "display"}},
}}

// literals are values that occur, and such that nearly do.
func literals(all []map[string]any) []string {
	out := append([]string{"", "direct", "indirect", "work", "User", "Group", "nobody", "x", "a", "urn:", models.EnterpriseURN, schema.UserURN, ownUser, "ada"}, words...)
	for i, d := range all {
		id := d["id"].(string)
		out = append(out, id)
		if i%6 == 0 {
			m := d["meta"].(map[string]any)
			out = append(out, id[:8], m["location"].(string), m["version"].(string))
			if name, ok := d["userName"].(string); ok {
				out = append(out, name, strings.ToUpper(name))
			}
			if name, ok := d["displayName"].(string); ok {
				out = append(out, name)
			}
		}
	}
	return out
}

func (s searched) filters(all []map[string]any, depth int) *rapid.Generator[string] {
	values := literals(all)
	times := []string{"2000-01-01T00:00:00Z", "2100-01-01T00:00:00+02:00"}
	for _, d := range all[:5] {
		created := d["meta"].(map[string]any)["created"].(string)
		times = append(times, created, strings.Replace(created, "Z", "5Z", 1))
	}
	op := rapid.SampledFrom([]string{"eq", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"})
	compare := func(paths []string) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf("%s %s %s", rapid.SampledFrom(paths).Draw(t, "path"), op.Draw(t, "op"), text(rapid.SampledFrom(values).Draw(t, "value")))
		})
	}
	leaf := rapid.OneOf(
		compare(s.texts), compare(s.texts), compare(s.texts),
		rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf("%s %s %s", rapid.SampledFrom(s.bools).Draw(t, "path"), rapid.SampledFrom([]string{"eq", "ne"}).Draw(t, "op"),
				rapid.SampledFrom([]string{"true", "false", "null"}).Draw(t, "value"))
		}),
		rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf("%s %s %q", rapid.SampledFrom(s.dates).Draw(t, "path"), rapid.SampledFrom([]string{"eq", "ne", "gt", "ge", "lt", "le"}).Draw(t, "op"),
				rapid.SampledFrom(times).Draw(t, "value"))
		}),
		rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom(append(append(s.texts, s.bools...), s.dates...)).Draw(t, "path") + rapid.SampledFrom([]string{" pr", " eq null", " ne null"}).Draw(t, "op")
		}),
	)
	if depth == 0 {
		return leaf
	}
	next := s.filters(all, depth-1)
	var lists []string
	for name := range s.entries {
		lists = append(lists, name)
	}
	return rapid.OneOf(leaf,
		rapid.Custom(func(t *rapid.T) string { return "not (" + next.Draw(t, "term") + ")" }),
		rapid.Custom(func(t *rapid.T) string { return "(" + next.Draw(t, "a") + ") and (" + next.Draw(t, "b") + ")" }),
		rapid.Custom(func(t *rapid.T) string { return "(" + next.Draw(t, "a") + ") or (" + next.Draw(t, "b") + ")" }),
		rapid.Custom(func(t *rapid.T) string {
			list := rapid.SampledFrom(lists).Draw(t, "list")
			inner := compare(s.entries[list])
			joint := rapid.SampledFrom([]string{" and ", " or "}).Draw(t, "joint")
			return list + "[" + inner.Draw(t, "a") + joint + "not (" + inner.Draw(t, "b") + ")]"
		}))
}

func TestTheDatabasesAnswerAFilterAsTheDocumentsDo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		populate(t, s)
		registry, err := new(push.Registries).Of(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range searchedTypes {
			all := documents(t, s, kind.endpoint)
			view := registry.View(kind.of)
			rapid.Check(t, func(rt *rapid.T) {
				asked := kind.filters(all, 3).Draw(rt, "filter")
				parsed, err := filter.Parse(asked)
				if err != nil {
					rt.Fatal(err)
				}
				bound, err := filter.Bind(parsed, view)
				if err != nil {
					return // such as an order of booleans
				}
				var want []string
				for _, d := range all {
					if filter.Match(bound, view, d) {
						want = append(want, d["id"].(string))
					}
				}
				r := s.send(t, s.directory.ID, s.read, "GET", kind.endpoint+"?attributes=id&count=1000&filter="+url.QueryEscape(asked), "")
				var got struct {
					TotalResults int
					Resources    []struct{ ID string }
				}
				if err := json.Unmarshal(r.body, &got); err != nil || r.status != 200 {
					rt.Fatalf("%s: %d %s", asked, r.status, r.body)
				}
				var ids []string
				for _, one := range got.Resources {
					ids = append(ids, one.ID)
				}
				if diff := cmp.Diff(want, ids); diff != "" || got.TotalResults != len(want) {
					rt.Fatalf("%s: %d results (-documents +database):\n%s", asked, got.TotalResults, diff)
				}
			})
		}
	})
}
