package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestADirectoryFromFirstToLast(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		made := b.must(t, 201, "POST", "/api/v1/directories", `{"name":"  Contoso Ltd.  ","settle":"90s","schedule":{"enabled":false}}`)
		path := made.header.Get("Location")
		if made.read(t, "name") != "Contoso Ltd." || made.read(t, "settle") != "1m30s" || made.read(t, "mode") != "test" {
			t.Errorf("made %s", made.body)
		}
		read := b.must(t, 200, "GET", path, "")
		if string(read.body) != string(made.body) || read.header.Get("ETag") != made.header.Get("ETag") {
			t.Errorf("read %s\nmade %s", read.body, made.body)
		}
		b.must(t, 204, "DELETE", path, "")
		for _, method := range []string{"GET", "DELETE"} {
			b.refused(t, 404, "not-found", "", method, path, "")
		}
		b.refused(t, 404, "not-found", "", "PATCH", path, `{}`)
	})
}

func TestAPatchChangesWhatItNamesAndNothingElse(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		path := b.newDirectory(t)
		want := map[string]string{"name": "Contoso", "mode": "test", "settle": "30m", "userNameFrom": "userPrincipalName"}
		for _, step := range [][2]string{{"mode", "production"}, {"settle", "2h"}, {"name", "Ünïcode 世界"}, {"userNameFrom", "mail"}, {"settle", "0s"}} {
			want[step[0]] = step[1]
			b.must(t, 200, "PATCH", path, fmt.Sprintf(`{%q:%q}`, step[0], step[1]))
			read := b.must(t, 200, "GET", path, "")
			for member, text := range want {
				if got := read.read(t, member); got != text {
					t.Errorf("after %v: %s is %q, not %q", step, member, got, text)
				}
			}
		}
		// A member with parts is replaced as a whole: what is left out takes its default.
		b.must(t, 200, "PATCH", path, `{"schedule":{"at":"23:59","timeZone":"Asia/Tokyo"},"guard":{"users":{"max":1,"percent":2,"ceiling":3},"expireAfter":"36h"}}`)
		body := string(b.must(t, 200, "PATCH", path, `{"schedule":{"enabled":false},"guard":{}}`, mergePatch).body)
		b.must(t, 200, "PATCH", path, `{"retention":{"runs":"24h"}}`)
		for _, part := range []string{`"retention":{"changes":"9600h","removed":"2160h","runs":"2160h"}`, `{"at":"02:00","enabled":false,"timeZone":"UTC"}`, `"users":{"ceiling":500,"max":10,"percent":10}`} {
			if !strings.Contains(body, part) {
				t.Errorf("%s not in %s", part, body)
			}
		}
	})
}

func mergePatch(r *http.Request) {
	r.Header.Set("Content-Type", "application/merge-patch+json; charset=utf-8")
}

func TestAChangeMeantForAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		path := b.newDirectory(t)
		first := b.must(t, 200, "GET", path, "").header.Get("ETag")
		second := b.must(t, 200, "PATCH", path, `{"name":"Mine"}`, ifMatch(first)).header.Get("ETag")
		b.refused(t, 412, "changed-meanwhile", "If-Match", "PATCH", path, `{"name":"Yours"}`, ifMatch(first))
		b.must(t, 200, "PATCH", path, `{"name":"Mine again"}`, ifMatch(`"x", W/`+second))
		b.must(t, 200, "PATCH", path, `{"name":"Whatever"}`, ifMatch("*"))
	})
}

func TestDirectoriesComeInPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		var want []string
		for range 7 {
			want = append(want, idOf(b.newDirectory(t)))
		}
		if got := b.walk(t, "/api/v1/directories", 3); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("pages of 3 list %v, not %v", got, want)
		}
		if got := b.walk(t, "/api/v1/directories", 7); len(got) != 7 {
			t.Errorf("one full page lists %v", got)
		}
	})
}

func TestBadSettingsAreNamed(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	path := b.newDirectory(t)
	before := b.must(t, 200, "GET", path, "")
	group := `"3fa85f64-5717-4562-b3fc-2c963f66afa6"`
	for body, field := range map[string]string{
		`{"name":""}`: "name",
		`{"name":"` + strings.Repeat("ä", 201) + `"}`: "name",
		`{"name":"two\nlines"}`:                       "name",
		`{"name":7}`:                                  "name",
		`{"name":null}`:                               "name",
		`{"Name":"Contoso"}`:                          "Name",
		`{"name":"a","name":"b"}`:                     "name",
		`{"mode":"Production"}`:                       "mode",
		`{"id":"x"}`:                                  "id",

		`{"scope":{}}`:                  "scope.kind",
		`{"scope":"all"}`:               "scope",
		`{"scope":{"kind":"everyone"}}`: "scope.kind",
		`{"scope":{"kind":"groups"}}`:   "scope.includeGroups",
		`{"scope":{"kind":"all","includeGroups":[` + group + `]}}`:                    "scope.includeGroups",
		`{"scope":{"kind":"groups","includeGroups":[` + group + `,"Sales"]}}`:         "scope.includeGroups[1]",
		`{"scope":{"kind":"groups","includeGroups":[` + group + `,7]}}`:               "scope.includeGroups[1]",
		`{"scope":{"kind":"groups","includeGroups":{}}}`:                              "scope.includeGroups",
		`{"scope":{"kind":"all","excludeGroups":["x"]}}`:                              "scope.excludeGroups[0]",
		`{"scope":{"kind":"all","guests":"maybe"}}`:                                   "scope.guests",
		`{"scope":{"kind":"all","disabled":false}}`:                                   "scope.disabled",
		`{"attributes":{"users":["jobTitle","userPrincipalName"]}}`:                   "attributes.users[1]",
		`{"attributes":{"users":["shoeSize"]}}`:                                       "attributes.users[0]",
		`{"attributes":{"groups":["displayName"]}}`:                                   "attributes.groups[0]",
		`{"attributes":{"users":["jobTitle"]},"userNameFrom":"mail"}`:                 "attributes.users",
		`{"attributes":{"users":["mail"]},"scope":{"kind":"all","guests":"exclude"}}`: "attributes.users",
		`{"scope":{"kind":"all","except":[]}}`:                                        "scope.except",

		`{"schedule":{"at":"24:00"}}`:             "schedule.at",
		`{"schedule":{"at":"2:00"}}`:              "schedule.at",
		`{"schedule":{"at":"02:00:00"}}`:          "schedule.at",
		`{"schedule":{"timeZone":"Local"}}`:       "schedule.timeZone",
		`{"schedule":{"timeZone":""}}`:            "schedule.timeZone",
		`{"schedule":{"timeZone":"Mars/Phobos"}}`: "schedule.timeZone",
		`{"schedule":{"timeZone":"../../etc"}}`:   "schedule.timeZone",
		`{"schedule":{"enabled":"yes"}}`:          "schedule.enabled",

		`{"settle":"half an hour"}`: "settle",
		`{"settle":"-1m"}`:          "settle",
		`{"settle":"25h"}`:          "settle",
		`{"settle":30}`:             "settle",

		`{"guard":{"users":{"max":-1}}}`:            "guard.users.max",
		`{"guard":{"expireAfter":"a week"}}`:        "guard.expireAfter",
		`{"guard":{"expireAfter":"59m"}}`:           "guard.expireAfter",
		`{"retention":{"runs":"90d"}}`:              "retention.runs",
		`{"retention":{"changes":"87841h"}}`:        "retention.changes",
		`{"retention":{"removed":"0s"}}`:            "retention.removed",
		`{"guard":{"groups":{"percent":101}}}`:      "guard.groups.percent",
		`{"guard":{"memberships":{"max":1.5}}}`:     "guard.memberships.max",
		`{"guard":{"users":{"ceiling":9e9}}}`:       "guard.users.ceiling",
		`{"guard":{"users":{"ceiling":1e400}}}`:     "guard.users.ceiling",
		`{"guard":{"edges":{"max":1}}}`:             "guard.edges",
		`{"guard":{"users":{"max":1,"min":0}}}`:     "guard.users.min",
		`{"userNameFrom":"mailNickname"}`:           "userNameFrom",
		`{"upnAsMail":"false"}`:                     "upnAsMail",
		`[]`:                                        "body",
		`"text"`:                                    "body",
		`null`:                                      "body",
		`{"mode":"production","settle":"for ever"}`: "settle",
	} {
		b.refused(t, 400, "invalid", field, "PATCH", path, body)
	}
	if after := b.must(t, 200, "GET", path, ""); string(after.body) != string(before.body) {
		t.Errorf("refused, and yet changed:\n%s\n%s", before.body, after.body)
	}
	b.refused(t, 400, "invalid", "mode", "POST", "/api/v1/directories", `{"name":"Contoso","mode":"production"}`)
	problem := b.refused(t, 400, "invalid", "scope.kind", "PATCH", path, `{"scope":{"kind":"everyone"}}`)
	if !strings.Contains(problem.Detail, "one of all, groups") {
		t.Errorf("the problem does not say what there is: %s", problem.Detail)
	}
}
