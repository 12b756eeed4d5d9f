package scim_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/scim"
)

// names are the top-level members of a resource, sorted, less schemas and id.
func names(resource map[string]any) string {
	var out []string
	for k := range resource {
		if k != "schemas" && k != "id" {
			out = append(out, strings.Replace(k, enterprise, "enterprise", 1))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestProjection(t *testing.T) {
	s := newServer(t, everything)
	id := s.user(t, mira)
	for query, want := range map[string]string{
		"":                                         "active displayName emails enterprise externalId meta name roles title userName",
		"attributes=userName":                      "userName",
		"attributes=USERNAME,Title":                "title userName",
		"attributes=userName&attributes=title":     "title userName",
		"attributes=nonsense":                      "",
		"attributes=" + enterprise:                 "enterprise",
		"attributes=" + enterprise + ":department": "enterprise",
		"attributes=urn:ietf:params:scim:schemas:core:2.0:User:title": "title",
		"attributes=meta.location":                                    "meta",
		"excludedAttributes=name,emails,roles,meta":                   "active displayName enterprise externalId title userName",
		"excludedAttributes=" + enterprise + ",meta,id,schemas":       "active displayName emails externalId name roles title userName",
		"excludedAttributes=nonsense,meta":                            "active displayName emails enterprise externalId name roles title userName",
	} {
		r := s.must(t, 200, "GET", "/Users/"+id+"?"+query, "").json(t)
		if got := names(r); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
		if r["id"] != id || r["schemas"] == nil {
			t.Errorf("%s: id and schemas are always returned (demand 74): %v", query, r)
		}
	}
	subs := s.must(t, 200, "GET", "/Users/"+id+"?attributes=emails.value,name.givenName", "").json(t)
	want := object(t, `{"emails":[{"value":"mira@contoso.example"},{"value":"m@home.example"}],"name":{"givenName":"Mira"}}`)
	delete(subs, "id")
	delete(subs, "schemas")
	if diff := cmp.Diff(want, subs); diff != "" {
		t.Errorf("sub-attributes differ (-want +got):\n%s", diff)
	}
	less := s.must(t, 200, "GET", "/Users/"+id+"?excludedAttributes=emails.value,emails.primary", "").json(t)
	if diff := cmp.Diff([]any{map[string]any{"type": "work"}, map[string]any{"type": "home"}}, less["emails"]); diff != "" {
		t.Errorf("e-mails differ (-want +got):\n%s", diff)
	}
}

func TestProjectionOnWrites(t *testing.T) {
	s := newServer(t)
	r := s.must(t, 201, "POST", "/Users?attributes=userName", `{"userName":"ann","title":"x"}`).json(t)
	if names(r) != "userName" {
		t.Errorf("POST shows %q (demand 73)", names(r))
	}
	id := r["id"].(string)
	if got := names(s.must(t, 200, "PUT", "/Users/"+id+"?excludedAttributes=meta", `{"userName":"ann","title":"y"}`).json(t)); got != "title userName" {
		t.Errorf("PUT shows %q", got)
	}
	if got := names(s.must(t, 200, "PATCH", "/Users/"+id+"?attributes=title", `{"Operations":[{"op":"add","path":"title","value":"z"}]}`).json(t)); got != "title" {
		t.Errorf("PATCH shows %q (demand 132)", got)
	}
}

func TestMembersThatAreNotShownAreNotRead(t *testing.T) {
	s := newServer(t)
	g := s.group(t, `{"displayName":"g","members":[{"value":"x"}]}`)
	for name, step := range map[string]func(){
		"GET": func() { s.must(t, 200, "GET", "/Groups/"+g+"?excludedAttributes=members", "") },
		"a list": func() {
			s.must(t, 200, "GET", "/Groups?excludedAttributes=members&filter=displayName+eq+%22g%22", "")
		},
		"PATCH": func() {
			s.must(t, 204, "PATCH", "/Groups/"+g, `{"Operations":[{"op":"add","path":"members","value":"y"}]}`)
		},
		"attributes": func() { s.must(t, 200, "GET", "/Groups/"+g+"?attributes=displayName", "") },
	} {
		s.memory.sawWant = nil
		step()
		last := s.memory.sawWant[len(s.memory.sawWant)-1]
		if last != (scim.Want{}) {
			t.Errorf("%s asked for %+v", name, last)
		}
	}
	s.memory.sawWant = nil
	s.must(t, 200, "GET", "/Groups/"+g+"?attributes=members.value", "")
	if got := s.memory.sawWant[0]; got != (scim.Want{Members: true}) {
		t.Errorf("members were asked for, and the backend for %+v", got)
	}
}

// found are the userNames (or displayNames) in a list.
func found(t *testing.T, list map[string]any) string {
	t.Helper()
	var out []string
	for _, r := range list["Resources"].([]any) {
		m := r.(map[string]any)
		name, ok := m["userName"].(string)
		if !ok {
			name, _ = m["displayName"].(string)
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

func TestFilters(t *testing.T) {
	s := newServer(t)
	boss := s.user(t, `{"userName":"Boss","externalId":"E1","active":true,"title":"Élan"}`)
	s.user(t, `{"userName":"ann","externalId":"e1","active":false,"title":"élan","name":{"familyName":"O\"Neil"},"emails":[{"type":"work","value":"ann@work.example","primary":true},{"type":"home","value":"ann@home.example"}],"`+enterprise+`":{"department":"Ops","manager":{"value":"`+boss+`"}}}`)
	s.user(t, `{"userName":"bob","emails":[{"type":"home","value":"bob@work.example"}]}`)
	for filter, want := range map[string]string{
		`userName eq "BOSS"`:           "Boss",
		`userName sw "b"`:              "Boss bob",
		`userName co "NN"`:             "ann",
		`userName ew "B"`:              "bob",
		`userName gt "b"`:              "Boss bob",
		`userName le "ann"`:            "ann",
		`userName ne "ann"`:            "Boss bob",
		`externalId eq "e1"`:           "ann", // case-exact
		`title eq "ÉLAN"`:              "Boss ann",
		`title pr`:                     "Boss ann",
		`title eq null`:                "bob",
		`title ne ""`:                  "Boss ann",
		`not (title pr)`:               "bob",
		`active eq true`:               "Boss",
		`active eq "False"`:            "ann",
		`active ne true`:               "ann bob",
		`name.familyName eq "O\"Neil"`: "ann",
		`emails pr`:                    "ann bob",
		`emails co "work.example"`:     "ann bob", // means .value
		`emails.type eq "work"`:        "ann",
		`emails[type eq "work" and value co "work.example"]`:           "ann", // the same entry (demand 86)
		`emails.type eq "work" and emails.value eq "ann@home.example"`: "ann", // any entries
		`emails[type eq "work"].value eq "ann@home.example"`:           "",
		`emails[type eq "work"].value eq "ann@work.example"`:           "ann",
		`emails[type eq "home"].value co "work"`:                       "bob",
		`emails[primary eq "True"]`:                                    "ann",
		`emails[not (type eq "home")]`:                                 "ann",
		`manager eq "` + boss + `"`:                                    "ann",
		`manager eq ` + boss:                                           "ann", // a bare GUID (Q23)
		enterprise + `:manager.value eq "` + boss + `"`:                "ann",
		`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ann"`: "ann",
		enterprise + `:department eq "ops" or userName eq "bob"`:       "ann bob",
		`id eq "` + boss + `" and (title pr or active eq false)`:       "Boss",
		`meta.created ge "2026-09-01T10:15:32+02:00"`:                  "ann bob", // as instants
		`meta.lastModified lt "2026-09-01T08:15:32"`:                   "Boss",
		`meta.resourceType eq "User" and userName eq "bob"`:            "bob",
		`schemas eq "` + enterprise + `"`:                              "ann", // demand 90
	} {
		list := s.must(t, 200, "GET", "/Users?filter="+url.QueryEscape(filter), "").json(t)
		if got := found(t, list); got != want {
			t.Errorf("%s: found %q, want %q", filter, got, want)
		}
	}
}

func TestSearchAndRoot(t *testing.T) {
	s := newServer(t, everything)
	ann := s.user(t, `{"userName":"ann","displayName":"Ann"}`)
	s.user(t, `{"userName":"bob"}`)
	s.group(t, `{"displayName":"crew","members":[{"value":"`+ann+`"}]}`)
	s.group(t, `{"displayName":"deck"}`)
	for name, tc := range map[string]struct {
		method, path, body string
		found              string
		total              float64
	}{
		"the root lists both types (demand 78)":           {"GET", "/", "", "ann bob crew deck", 4},
		"a page of the root spans types":                  {"GET", "/?startIndex=2&count=2", "", "bob crew", 4},
		"a page of the root behind the first type":        {"GET", "/?startIndex=4&count=2", "", "deck", 4},
		"the root counts":                                 {"GET", "/?count=0", "", "", 4},
		"an attribute of one type is absent in the other": {"GET", "/?filter=userName+pr", "", "ann bob", 2},
		"an absent attribute is not equal":                {"GET", "/?filter=userName+ne+%22ann%22", "", "bob crew deck", 3},
		"an attribute of both":                            {"GET", "/?filter=displayName+pr", "", "ann crew deck", 3},
		"the type as an attribute":                        {"GET", "/?filter=meta.resourceType+eq+%22Group%22", "", "crew deck", 2},
		"members at the root":                             {"GET", "/?filter=members+eq+%22" + ann + "%22+or+userName+eq+%22bob%22", "", "bob crew", 2},
		"a search at the root (demand 96)":                {"POST", "/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"displayName sw \"c\"","attributes":["displayName"]}`, "crew", 1},
		"a search of a type":                              {"POST", "/Users/.search", `{"filter":"userName pr","startIndex":2,"count":5}`, "bob", 2},
		"a search in descending order":                    {"POST", "/Users/.search", `{"sortBy":"userName","sortOrder":"descending"}`, "bob ann", 2},
		"a sorted list":                                   {"GET", "/Groups?sortBy=displayName&sortOrder=DESCENDING", "", "deck crew", 2},
	} {
		t.Run(name, func(t *testing.T) {
			list := s.must(t, 200, tc.method, tc.path, tc.body).json(t)
			if got := found(t, list); got != tc.found || list["totalResults"] != tc.total {
				t.Errorf("found %q of %v, want %q of %v", got, list["totalResults"], tc.found, tc.total)
			}
		})
	}
}

func TestCursors(t *testing.T) {
	s := newServer(t, everything)
	for i := range 5 {
		s.user(t, fmt.Sprintf(`{"userName":"u%d"}`, i))
	}
	s.group(t, `{"displayName":"g0"}`)
	s.group(t, `{"displayName":"g1"}`)
	for path, want := range map[string]string{"/Users": "u0 u1|u2 u3|u4", "/": "u0 u1|u2 u3|u4|g0 g1"} {
		var pages []string
		cursor := ""
		for range 10 {
			list := s.must(t, 200, "GET", path+"?count=2&cursor="+cursor, "").json(t)
			pages = append(pages, found(t, list))
			if _, ok := list["startIndex"]; ok {
				t.Errorf("%s: a page by cursor has a startIndex", path)
			}
			next, ok := list["nextCursor"].(string)
			if !ok {
				break // demand 99
			}
			cursor = next
		}
		if got := strings.Join(pages, "|"); got != want {
			t.Errorf("%s: pages %q, want %q", path, got, want)
		}
	}
	if list := s.must(t, 200, "GET", "/Users?cursor&count=0", "").json(t); list["totalResults"] != 5.0 || found(t, list) != "" {
		t.Errorf("count=0: %v (demand 101)", list)
	}
}

func TestListLimits(t *testing.T) {
	s := newServer(t, scim.WithLimits(scim.Limits{DefaultPage: 2, MaxPage: 3}))
	for i := range 5 {
		s.user(t, fmt.Sprintf(`{"userName":"u%d"}`, i))
	}
	for query, want := range map[string]string{"": "u0 u1", "count=9": "u0 u1 u2", "count=1&startIndex=-4": "u0", "startIndex=5": "u4"} {
		if got := found(t, s.must(t, 200, "GET", "/Users?"+query, "").json(t)); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

func TestDiscovery(t *testing.T) {
	s := newServer(t)
	list := s.must(t, 200, "GET", "/Schemas?startIndex=3&count=1", "").json(t) // demand 26
	if list["totalResults"] != 3.0 {
		t.Fatalf("totalResults is %v, want 3", list["totalResults"])
	}
	for _, r := range list["Resources"].([]any) {
		one := r.(map[string]any)
		if diff := cmp.Diff(one, s.must(t, 200, "GET", "/Schemas/"+one["id"].(string), "").json(t)); diff != "" {
			t.Errorf("schema differs from its own (-list +single):\n%s", diff)
		}
		checkDefinitions(t, one["id"].(string), one["attributes"].([]any))
	}
	if got := s.must(t, 200, "GET", "/ResourceTypes/User", "").json(t)["schema"]; got != "urn:ietf:params:scim:schemas:core:2.0:User" {
		t.Errorf("schema of User is %v", got)
	}
}

// checkDefinitions holds that every attribute has every characteristic (demand 29).
func checkDefinitions(t *testing.T, in string, attributes []any) {
	t.Helper()
	for _, a := range attributes {
		m := a.(map[string]any)
		for _, name := range []string{"name", "type", "multiValued", "description", "required", "caseExact", "mutability", "returned", "uniqueness"} {
			if _, ok := m[name]; !ok {
				t.Errorf("%s: %v has no %s", in, m["name"], name)
			}
		}
		subs, ok := m["subAttributes"].([]any)
		if ok != (m["type"] == "complex") {
			t.Errorf("%s: %v is %v and has sub-attributes: %t", in, m["name"], m["type"], ok)
		}
		checkDefinitions(t, in, subs)
	}
}

func BenchmarkRenderPage(b *testing.B) {
	r := scim.Resource{ID: "4be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1", Attributes: object(b, mira), Meta: scim.Meta{Version: "7"}}
	for range 10 {
		r.Groups = append(r.Groups, scim.GroupOf{Value: "f1c2d3b4-58aa-4c0e-9e77-a2b3c4d5e6f7", Display: "Grid Operations", Type: "direct"})
	}
	for name, render := range map[string]func() int{
		"100 users with 10 groups": func() int {
			x := scim.NewRenderer(standard, userType, base, scim.Projection{})
			var out []byte
			for range 100 {
				out = x.Append(out, r)
			}
			return len(out)
		},
		"the same by encoding/json, its floor": func() int {
			total := 0
			for range 100 {
				text, _ := json.Marshal(r.Attributes)
				groups, _ := json.Marshal(r.Groups)
				total += len(text) + len(groups)
			}
			return total
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.SetBytes(int64(render()))
			}
		})
	}
}
