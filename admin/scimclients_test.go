package admin_test

import (
	"strings"
	"testing"
	"time"

	"scimbridge/access"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

const federation = `{"tenantId":"11111111-2222-3333-4444-555555555555","subject":"66666666-7777-8888-9999-aaaaaaaaaaaa","audiences":["api://scimbridge"]}`

func TestAClientHasSecretsThatAreShownOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		made := b.must(t, 201, "POST", b.newDirectory(t)+"/scim-clients", `{"name":"Entra","kind":"secret","tokenMinutes":120}`)
		path := made.header.Get("Location")
		if made.read(t, "tokenUrl") != "https://bridge.example/oauth2/token" || made.read(t, "access") != "write" {
			t.Errorf("made %s", made.body)
		}
		first := b.must(t, 201, "POST", path+"/secrets", `{}`)
		second := b.must(t, 201, "POST", path+"/secrets", `{"expiresAt":"`+time.Now().AddDate(2, 0, 0).Format(time.RFC3339)+`"}`)
		text := first.read(t, "clientSecret")
		if !strings.HasPrefix(text, "sbs_") || text == second.read(t, "clientSecret") {
			t.Errorf("secrets %s and %s", first.body, second.body)
		}
		b.must(t, 204, "DELETE", path+"/secrets/"+first.read(t, "id"), "")
		b.refused(t, 404, "not-found", "", "DELETE", path+"/secrets/"+first.read(t, "id"), "")
		read := string(b.must(t, 200, "GET", path, "").body)
		if strings.Contains(read, text) || strings.Contains(read, access.Hash(text)) {
			t.Errorf("a secret is shown again: %s", read)
		}
		if strings.Count(read, `"revokedAt":null`) != 2 { // the client's and the second secret's
			t.Errorf("read %s", read)
		}
		b.must(t, 204, "DELETE", path, "")
		b.refused(t, 404, "not-found", "", "POST", path+"/secrets", `{}`)
		b.refused(t, 400, "invalid", "expiresAt", "POST", path+"/secrets", `{"expiresAt":"2999-01-01T00:00:00Z"}`)
	})
}

func TestAClientIsRenamedInTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		made := b.must(t, 201, "POST", b.newDirectory(t)+"/scim-clients", `{"name":"Entra","kind":"secret"}`)
		path, first := made.header.Get("Location"), made.header.Get("ETag")
		b.must(t, 201, "POST", path+"/secrets", `{}`) // what it has is no version of it
		changed := b.must(t, 200, "PATCH", path, `{"name":"Entra, Europe","tokenMinutes":90}`, ifMatch(first), mergePatch)
		read := b.must(t, 200, "GET", path, "")
		if string(changed.body) != string(read.body) || changed.header.Get("ETag") != read.header.Get("ETag") || read.header.Get("ETag") == first {
			t.Errorf("changed to %s\nreads %s", changed.body, read.body)
		}
		if text := string(read.body); !strings.Contains(text, `"name":"Entra, Europe"`) || !strings.Contains(text, `"tokenMinutes":90`) || !strings.Contains(text, `"secrets":[{`) {
			t.Errorf("reads %s", text)
		}
		b.refused(t, 412, "changed-meanwhile", "If-Match", "PATCH", path, `{"name":"Mine"}`, ifMatch(first))
		b.refused(t, 412, "changed-meanwhile", "If-Match", "DELETE", path, "", ifMatch(first))
		b.refused(t, 400, "invalid", "tokenMinutes", "PATCH", path, `{"tokenMinutes":5}`)
		b.refused(t, 400, "invalid", "name", "PATCH", path, `{"name":" "}`)
		b.refused(t, 400, "invalid", "kind", "PATCH", path, `{"kind":"federation"}`)
		told := b.events(t, "action=scim-client.updated")
		if len(told) != 1 || (*told[0].Before)["name"] != "Entra" || (*told[0].After)["name"] != "Entra, Europe" {
			t.Errorf("told of %+v", told)
		}
		b.must(t, 204, "DELETE", path, "", ifMatch(read.header.Get("ETag")))
		b.refused(t, 404, "not-found", "", "PATCH", path, `{"name":"Late"}`)
	})
}

func TestAFederatedClientSaysWhomItTrusts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		path := b.newDirectory(t) + "/scim-clients"
		made := b.must(t, 201, "POST", path, `{"name":"Entra","kind":"federation","federation":`+federation+`}`)
		if !strings.Contains(string(made.body), `"authorityHost":"https://login.microsoftonline.com"`) {
			t.Errorf("made %s", made.body)
		}
		b.refused(t, 409, "takes-no-secret", "", "POST", made.header.Get("Location")+"/secrets", `{}`)
		b.must(t, 201, "POST", path, `{"name":"Entra","kind":"entra-token","federation":{"tenantId":"11111111-2222-3333-4444-555555555555"}}`)
		if got := b.walk(t, path, 1); len(got) != 2 {
			t.Errorf("clients %v", got)
		}
	})
}

func TestBadClientsAreNotRegistered(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	path := b.newDirectory(t) + "/scim-clients"
	for body, field := range map[string]string{
		`{"name":"x"}`:                                                                                                       "kind",
		`{"name":"x","kind":"password"}`:                                                                                     "kind",
		`{"name":"","kind":"secret"}`:                                                                                        "name",
		`{"name":"x","kind":"secret","tokenMinutes":59}`:                                                                     "tokenMinutes",
		`{"name":"x","kind":"secret","tokenMinutes":361}`:                                                                    "tokenMinutes",
		`{"name":"x","kind":"secret","access":"admin"}`:                                                                      "access",
		`{"name":"x","kind":"secret","federation":` + federation + `}`:                                                       "federation",
		`{"name":"x","kind":"federation"}`:                                                                                   "federation",
		`{"name":"x","kind":"entra-token"}`:                                                                                  "federation",
		`{"name":"x","kind":"entra-token","federation":{}}`:                                                                  "federation.tenantId",
		`{"name":"x","kind":"entra-token","federation":{"tenantId":"common"}}`:                                               "federation.tenantId",
		`{"name":"x","kind":"federation","federation":` + without("subject") + `}`:                                           "federation.subject",
		`{"name":"x","kind":"federation","federation":` + without("audiences") + `}`:                                         "federation.audiences",
		`{"name":"x","kind":"federation","federation":` + with(`"audiences":[""]`) + `}`:                                     "federation.audiences[0]",
		`{"name":"x","kind":"federation","federation":` + with(`"subject":"me"`) + `}`:                                       "federation.subject",
		`{"name":"x","kind":"federation","federation":` + with(`"authorityHost":"http://a.example","audiences":["a"]`) + `}`: "federation.authorityHost",
	} {
		b.refused(t, 400, "invalid", field, "POST", path, body)
	}
}

// with is a federation with a member that is not right, without one that lacks it.
func with(member string) string {
	rest := federation
	for _, name := range []string{"subject", "audiences"} {
		if strings.Contains(member, `"`+name+`"`) {
			rest = cutMember(rest, name)
		}
	}
	return strings.Replace(rest, "{", "{"+member+",", 1)
}

func without(name string) string { return cutMember(federation, name) }

func cutMember(object, name string) string {
	from := strings.Index(object, `,"`+name+`"`)
	to := strings.Index(object[from+1:], `,"`)
	if to < 0 {
		return object[:from] + "}"
	}
	return object[:from] + object[from+1+to:]
}
