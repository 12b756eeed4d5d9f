package push_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/access"
	"scimbridge/models"
)

// expectError checks a SCIM error: its scimType, and what its detail must speak of.
func expectError(t *testing.T, r reply, scimType, about string) {
	t.Helper()
	body := string(r.body)
	if !strings.Contains(body, `"scimType":"`+scimType+`"`) || !strings.Contains(body, about) {
		t.Errorf("status %d: %s\nwant scimType %s and %s in the detail", r.status, body, scimType, about)
	}
}

// numberedBody fills a body's %d, if it has one.
func numberedBody(body string, i int) string {
	if strings.Contains(body, "%d") {
		return fmt.Sprintf(body, i)
	}
	return body
}

func TestATokenOpensItsDirectoryAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id := s.named(t, "mira@contoso.example")
		_, otherWrite, otherRead := directory(t, s.store, models.DefaultSettings())
		for what, token := range map[string]string{
			"of another directory":          otherWrite,
			"of another directory, to read": otherRead,
			"that is unknown":               "scb_unknown",
			"that is the hash of one":       access.Hash(s.write),
			"that is none":                  "",
			"that has expired":              ended(t, s, func(k *models.Token) { k.ExpiresAt = 1 }),
			"that is revoked":               ended(t, s, nil),
		} {
			for _, request := range []string{"GET /Users", "GET /Users/" + id, "POST /Users", "DELETE /Users/" + id, "GET /Schemas"} {
				method, path, _ := strings.Cut(request, " ")
				if r := s.send(t, s.directory.ID, token, method, path, ""); r.status != http.StatusUnauthorized {
					t.Errorf("a token %s: %s is answered %d: %s", what, request, r.status, r.body)
				}
			}
		}
		if r := s.send(t, "no-directory", s.write, "GET", "/Users", ""); r.status != http.StatusUnauthorized {
			t.Errorf("a directory that is none is answered %d", r.status)
		}
		s.get(t, "/Users/"+id)
	})
}

// ended is the text of a token that no longer opens anything: one changed so, or revoked.
func ended(t *testing.T, s *server, change func(*models.Token)) string {
	t.Helper()
	text, hash := access.NewToken()
	token := models.Token{DirectoryID: s.directory.ID, Name: "old", Access: models.WriteAccess, Hash: hash}
	if change != nil {
		change(&token)
	}
	token, err := s.store.CreateToken(t.Context(), token)
	if err == nil && change == nil {
		err = s.store.RevokeToken(t.Context(), s.directory.ID, token.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestARecordOfAnotherDirectoryDoesNotExist(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		user, group := s.named(t, "mira@contoso.example"), s.group(t, "Grid")
		other, write, _ := directory(t, s.store, models.DefaultSettings())
		send := func(method, path, body string) reply { return s.send(t, other.ID, write, method, path, body) }
		for _, path := range []string{"/Users/" + user, "/Groups/" + group} {
			for method, body := range map[string]string{
				"GET": "", "DELETE": "",
				"PUT":   `{"userName":"x","displayName":"x"}`,
				"PATCH": patchBody(`{"op":"replace","path":"displayName","value":"x"}`),
			} {
				if r := send(method, path, body); r.status != http.StatusNotFound {
					t.Errorf("%s %s: %d %s", method, path, r.status, r.body)
				}
			}
		}
		if r := send("POST", "/Groups", fmt.Sprintf(`{"displayName":"Grid","members":%s}`, values(user))); r.status != http.StatusCreated || r.object(t)["members"] != nil {
			t.Errorf("a member of another directory: %d %s", r.status, r.body)
		}
		if r := send("POST", "/Users", `{"userName":"mira@contoso.example"}`); r.status != http.StatusCreated {
			t.Errorf("a name of another directory: %d %s", r.status, r.body)
		}
	})
}

func TestAReadTokenReadsAndDoesNotWrite(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id := s.named(t, "mira@contoso.example")
		send := func(method, path string) int {
			return s.send(t, s.directory.ID, s.read, method, path, `{"userName":"x","Operations":[{"op":"remove","path":"title"}]}`).status
		}
		got := map[string]int{}
		for _, request := range []string{"GET /Users", "GET /Users/" + id, "POST /Users/.search", "POST /Users", "PUT /Users/" + id, "PATCH /Users/" + id, "DELETE /Users/" + id, "POST /Bulk"} {
			method, path, _ := strings.Cut(request, " ")
			got[strings.ReplaceAll(request, id, "{id}")] = send(method, path)
		}
		want := map[string]int{
			"GET /Users": 200, "GET /Users/{id}": 200, "POST /Users/.search": 200,
			"POST /Users": 403, "PUT /Users/{id}": 403, "PATCH /Users/{id}": 403, "DELETE /Users/{id}": 403, "POST /Bulk": 403,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
	})
}

func TestWhatDoesNotExistIsNotFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		for _, id := range []string{"9a0e5d1c-22b8-4a37-8f0e-31d6c5b7a904", "0101010010101010", "no%20guid", "%00", "%FF", strings.Repeat("x", 36), "{9a0e5d1c-22b8-4a37-8f0e-31d6c5b7a904}"} {
			for method, body := range map[string]string{
				"GET": "", "DELETE": "",
				"PUT":   `{"userName":"x","displayName":"x"}`,
				"PATCH": patchBody(`{"op":"replace","path":"displayName","value":"x"}`),
			} {
				for _, of := range []string{"/Users/", "/Groups/"} {
					if r := s.do(t, method, of+id, body); r.status != http.StatusNotFound {
						t.Errorf("%s %s%s: %d %s", method, of, id, r.status, r.body)
					}
				}
			}
		}
	})
}

func TestAnIDIsFoundInCapitalsToo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		user := s.named(t, "mira@contoso.example")
		group := s.group(t, "Grid", strings.ToUpper(user))
		if diff := cmp.Diff([]string{user}, s.members(t, strings.ToUpper(group))); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
		s.patch(t, "/Groups/"+group, `{"op":"Remove","path":"members","value":[{"value":"`+strings.ToUpper(user)+`"}]}`)
		if got := s.members(t, group); len(got) != 0 {
			t.Errorf("members %v", got)
		}
		s.must(t, http.StatusNoContent, "DELETE", "/Users/"+strings.ToUpper(user), "")
	})
}

func TestATakenNameIsRefusedAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		const objectID = "4be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1"
		s.user(t, `{"userName":"taken@contoso.example","externalId":"`+objectID+`"}`)
		id := s.user(t, `{"userName":"mine@contoso.example","externalId":"mine","title":"before"}`)
		before := s.get(t, "/Users/"+id)
		for what, c := range map[string]struct{ method, body, about string }{
			"PATCH of the name":   {"PATCH", patchBody(`{"op":"replace","value":{"title":"after","userName":"Taken@contoso.example"}}`), "userName"},
			"PUT of the name":     {"PUT", `{"userName":"taken@contoso.example","title":"after"}`, "userName"},
			"PATCH of the object": {"PATCH", patchBody(`{"op":"replace","value":{"title":"after","externalId":"` + strings.ToUpper(objectID) + `"}}`), "externalId"},
			"PUT of the object":   {"PUT", `{"userName":"mine@contoso.example","title":"after","externalId":"` + objectID + `"}`, "externalId"},
		} {
			r := s.do(t, c.method, "/Users/"+id, c.body)
			if r.status != http.StatusConflict {
				t.Errorf("%s: status %d %s", what, r.status, r.body)
			}
			expectError(t, r, "uniqueness", c.about)
		}
		if diff := cmp.Diff(before, s.get(t, "/Users/"+id)); diff != "" {
			t.Errorf("the user has changed (-before +after):\n%s", diff)
		}
	})
}

func TestUsersMayShareAnExternalIDThatIsNoObjectID(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		s.user(t, `{"userName":"one@contoso.example","externalId":"mira"}`)
		s.user(t, `{"userName":"two@contoso.example","externalId":"mira"}`)
		if n := s.found(t, "/Users?filter=externalId+eq+%22mira%22"); n != 2 {
			t.Errorf("%d found", n)
		}
	})
}

func TestOddInputIsRefusedAlikeOnBothDatabases(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id, group := s.named(t, "mira@contoso.example"), s.group(t, "Grid")
		for _, c := range []struct{ request, body string }{
			{"POST /Users", `{`},
			{"POST /Users", `[]`},
			{"POST /Users", `{"displayName":"nobody"}`},
			{"POST /Users", `{"userName":""}`},
			{"POST /Users", `{"userName":7}`},
			{"POST /Users", `{"userName":"nul\u0000@contoso.example"}`},
			{"POST /Users", `{"userName":"nul@contoso.example","title":"a\u0000b"}`},
			{"POST /Users", `{"userName":"nul@contoso.example","emails":[{"type":"a\u0000b","value":"x"}]}`},
			{"POST /Groups", `{"displayName":"a\u0000b"}`},
			{"POST /Groups", `{"members":[]}`},
			{"PUT /Users/" + id, `{"userName":"mira@contoso.example","nickName":"a\u0000b"}`},
			{"PATCH /Users/" + id, patchBody(`{"op":"replace","path":"title","value":"a\u0000b"}`)},
			{"PATCH /Users/" + id, patchBody(`{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"a\u0000b"}`)},
			{"PATCH /Users/" + id, patchBody(`{"op":"replace","path":"userName","value":""}`)},
			{"PATCH /Users/" + id, patchBody(`{"op":"replace","path":"active","value":"perhaps"}`)},
			{"PATCH /Users/" + id, patchBody(`{"op":"replace","path":"noSuchThing","value":"x"}`)},
			{"PATCH /Groups/" + group, patchBody(`{"op":"remove","path":"displayName"}`)},
			{"GET /Users?filter=" + url.QueryEscape(`userName eq "a`+`\u0000"`), ""},
			{"GET /Users?filter=" + url.QueryEscape(`title eq "a`+`\u0000"`), ""},
			{"GET /Groups?filter=" + url.QueryEscape(`displayName eq "a`+`\u0000"`), ""},
			{"GET /Users?filter=userName+eq+%22%FF%22", ""},
			{"GET /Users?filter=userName+eq+%22%00%22", ""},
			{"GET /Users?filter=userName+xx+%22x%22", ""},
			{"GET /Users?filter=noSuchThing+eq+%22x%22", ""},
			{"GET /Users?count=many", ""},
		} {
			method, path, _ := strings.Cut(c.request, " ")
			if r := s.do(t, method, path, c.body); r.status != http.StatusBadRequest {
				t.Errorf("%s %s: status %d %s", c.request, c.body, r.status, r.body)
			}
		}
		if n := s.found(t, "/Users"); n != 1 {
			t.Errorf("%d users, of whom one was created", n)
		}
	})
}

func TestAValueTooLongToBeFoundByIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id, group := s.named(t, "mira@contoso.example"), s.group(t, "Grid")
		var text strings.Builder
		for i := range 2000 { // what compresses well would fit
			fmt.Fprintf(&text, "%x", i*i*2654435761)
		}
		long, longer := text.String()[:2000], text.String()[:2001]
		for _, attribute := range []string{"userName", "externalId", "displayName"} {
			path := "/Users/" + id
			if attribute == "displayName" {
				path = "/Groups/" + group
			}
			operation := func(value string) string {
				return fmt.Sprintf(`{"op":"replace","path":%q,"value":%q}`, attribute, value)
			}
			if r := s.patch(t, path, operation(long)); r.status/100 != 2 {
				t.Errorf("%s of 2,000 bytes: %d %s", attribute, r.status, r.body)
			}
			r := s.patch(t, path, operation(longer))
			if r.status != http.StatusBadRequest {
				t.Errorf("%s of 2,001 bytes: %d", attribute, r.status)
			}
			expectError(t, r, "invalidValue", attribute)
		}
		if r := s.patch(t, "/Users/"+id, fmt.Sprintf(`{"op":"replace","path":"title","value":%q}`, text.String())); r.status != http.StatusOK {
			t.Errorf("a long title: %d", r.status)
		}
		s.found(t, "/Users?filter=userName+eq+%22"+longer+"%22")
	})
}

func TestTheSearchKnowsWhatTheServerSaysOfAResource(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id := s.named(t, "mira@contoso.example")
		for _, filter := range []string{
			`id eq "` + id + `"`, `meta.resourceType eq "User"`, `meta.version eq "W/\"1\""`, `meta.created gt "2026-01-01T00:00:00Z"`,
			`meta.location eq "` + publicURL + "/scim/" + s.directory.ID + "/v2/Users/" + id + `"`, `active eq "True"`, `userName sw "MIRA"`, `not (title pr)`,
		} {
			if n := s.found(t, "/Users?filter="+url.QueryEscape(filter)); n != 1 {
				t.Errorf("%s finds %d", filter, n)
			}
		}
	})
}

func TestIndexPagesTileTheWhole(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		var want []string
		for i := range 11 {
			want = append(want, s.named(t, fmt.Sprintf("user%d@contoso.example", i)))
		}
		for _, filter := range []string{"", "&filter=userName+pr", "&filter=userName+sw+%22user%22"} {
			var got []string
			for start := 1; start <= 11; start += 5 {
				page := s.get(t, fmt.Sprintf("/Users?startIndex=%d&count=5%s", start, filter))
				resources := page["Resources"].([]any)
				if page["totalResults"] != 11.0 || page["startIndex"] != float64(start) || page["itemsPerPage"] != float64(len(resources)) {
					t.Errorf("page at %d%s: %v of %v, from %v", start, filter, page["itemsPerPage"], page["totalResults"], page["startIndex"])
				}
				for _, r := range resources {
					got = append(got, r.(map[string]any)["id"].(string))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("pages%s (-want +got):\n%s", filter, diff)
			}
		}
		for path, want := range map[string][2]float64{
			"/Users?count=0":                  {11, 0},
			"/Users?startIndex=12&count=5":    {11, 0},
			"/Users?startindex=0&count=5":     {11, 5},
			"/Users?startIndex=11":            {11, 1},
			"/Users?startIndex=7&count=5":     {11, 5},
			"/Users?count=-1":                 {11, 0},
			"/Users?startIndex=100&count=100": {11, 0},
		} {
			page := s.get(t, path)
			if got := [2]float64{page["totalResults"].(float64), page["itemsPerPage"].(float64)}; got != want {
				t.Errorf("%s: total and items %v, want %v", path, got, want)
			}
		}
	})
}

func TestOperationsOfABulkRequestKeepTheirOrder(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		user, group := s.named(t, "mira@contoso.example"), s.group(t, "Grid")
		operation := func(method, path, data string) string {
			return fmt.Sprintf(`{"method":%q,"path":%q,"data":%s}`, method, path, data)
		}
		add := operation("PATCH", "/Groups/"+group, patchBody(`{"op":"add","path":"members","value":`+values(user)+`}`))
		empty := operation("PATCH", "/Groups/"+group, patchBody(`{"op":"replace","path":"members","value":[]}`))
		for what, c := range map[string]struct {
			operations []string
			want       []string
		}{
			"add, then empty": {[]string{add, empty}, []string{}},
			"empty, then add": {[]string{empty, add}, []string{user}},
		} {
			body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[` + strings.Join(c.operations, ",") + `]}`
			s.must(t, http.StatusOK, "POST", "/Bulk", body)
			if got := s.members(t, group); !slices.Equal(got, c.want) {
				t.Errorf("%s: members %v, want %v", what, got, c.want)
			}
		}
	})
}
