package graphemu

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzAnyRequestIsAnswered sends any path and query: the emulator answers with
// valid JSON or text, never with 500, and never panics.
func FuzzAnyRequestIsAnswered(f *testing.F) {
	now := func() time.Time { return time.Date(2026, 3, 2, 6, 15, 9, 0, time.UTC) }
	tenant := Company(1, Size{Users: 5, Groups: 3, GroupsPerUser: 1, Depth: 1}, now)
	emu := New(Config{}, tenant)
	bearer := "Bearer " + (&call{emulator: emu, config: emu.config.Load()}).accessToken(tenant, time.Hour)
	for _, seed := range []string{
		"/v1.0/users?$select=id&$top=5", "/v1.0/users/delta?$deltatoken=latest", "/v1.0/groups/delta()?$skiptoken=abc",
		"/v1.0/users?$filter=not (id in ('a','b''c') or startswith(displayName,'x'))&$count=true", "/v1.0/users('x')/manager",
		"/v1.0/users?$filter=otherMails/any(x:x eq 'y')", "/v1.0/users?$expand=manager($levels=max;$select=id)",
		"/v1.0/users?$search=\"displayName:a\" OR \"mail:b\"", "/v1.0/users?$orderby=displayName desc&%24top=1",
		"/v1.0/groups/x/members/microsoft.graph.user/$count", "/v1.0/users/delta?$filter=id eq 'x' or id eq 'y'",
		"//v2.0/.well-known/openid-configuration", "/", "", "/v1.0", "/v1.0/%zz?%zz=%",
	} {
		path, query, _ := strings.Cut(seed, "?")
		f.Add(path, query)
	}
	f.Fuzz(func(t *testing.T, path, query string) {
		for _, advanced := range []string{"", "eventual"} {
			w := httptest.NewRecorder()
			emu.ServeHTTP(w, &http.Request{
				Method: http.MethodGet, Host: "graph.example", URL: &url.URL{Path: path, RawQuery: query},
				Header: http.Header{"Authorization": {bearer}, "Consistencylevel": {advanced}},
			})
			isText := strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain")
			if w.Code >= 500 && w.Code != http.StatusNotImplemented || !isText && !json.Valid(w.Body.Bytes()) {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
	})
}

// FuzzTokensCannotBeMade opens whatever comes as a token.
func FuzzTokensCannotBeMade(f *testing.F) {
	s := newSigner(NewTenant(1, time.Now).random)
	f.Add(s.seal(pageToken{For: "x"})[1:])
	f.Add("")
	f.Add(s.issue(claims{Tenant: "x"}) + "x")
	f.Fuzz(func(t *testing.T, token string) {
		var page pageToken
		if s.open(token, &page) == nil {
			t.Fatalf("opened %q as %+v", token, page)
		}
		if c, ok := s.verify(token); ok {
			t.Fatalf("took %q for %+v", token, c)
		}
	})
}

// FuzzStringsComeBack compares our JSON strings with what encoding/json reads.
func FuzzStringsComeBack(f *testing.F) {
	for _, seed := range []string{"", "O'Brien", `"Buzz"\`, "a\x00\n\r\t\x1f\x7f", "𠮷田 Nguye\u0302\u0303n", "\u2028\ufffd", "bad\xff\xc3("} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		text := appendString(nil, s)
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%q becomes %s: %v", s, text, err)
		}
		if want := strings.ToValidUTF8(s, "\ufffd"); utf8.ValidString(s) && got != want {
			t.Fatalf("%q comes back as %q", want, got)
		}
	})
}
