package admin_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"scimbridge/access"
	"scimbridge/admin"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestEveryOperationRefusesWhatItMust(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := idOf(b.newDirectory(t))
		operations := b.operations(t)
		if len(operations) < 40 {
			t.Fatalf("only %d operations", len(operations))
		}
		for _, o := range operations {
			t.Run(o.id, func(t *testing.T) {
				if o.needsBody != (validBodies[o.id] != "") {
					t.Fatalf("it needs a body: %v; validBodies says otherwise", o.needsBody)
				}
				path := o.at(directory, nowhere)
				b.refusesMethod(t, o, path)
				if o.open {
					b.must(t, 200, o.method, path, "", token(""))
					return
				}
				b.refusesStrangers(t, o, path)
				b.refusesUnknownIDs(t, o)
				b.refusesBodies(t, o, path)
			})
		}
	})
}

func (b *bridge) refusesMethod(t *testing.T, o operation, path string) {
	t.Helper()
	for _, method := range []string{"PUT", "TRACE", "PROPFIND", "DELETE"} {
		got := b.ask(t, method, path, "")
		if got.status != http.StatusMethodNotAllowed {
			continue // another operation of the same path
		}
		got.problem(t)
		if allow := got.header.Get("Allow"); !strings.Contains(allow, o.method) {
			t.Errorf("%s %s is refused, allowed are %q", method, path, allow)
		}
	}
	b.refused(t, 405, "method-not-allowed", "", "PROPFIND", path, "")
}

func token(text string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del("Authorization")
		if text != "" {
			r.Header.Set("Authorization", text)
		}
	}
}

func (b *bridge) refusesStrangers(t *testing.T, o operation, path string) {
	t.Helper()
	for _, header := range []string{"", "Bearer", "Bearer wrong", "Basic " + adminToken, adminToken, "Bearer " + adminToken + "x"} {
		got := b.must(t, 401, o.method, path, "", token(header))
		got.problem(t)
		if challenge := got.header.Get("WWW-Authenticate"); !strings.HasPrefix(challenge, "Bearer ") {
			t.Errorf("Authorization %q: challenged with %q", header, challenge)
		}
	}
}

func (b *bridge) refusesUnknownIDs(t *testing.T, o operation) {
	t.Helper()
	if !strings.Contains(o.path, "{directory}") {
		return
	}
	for _, directory := range []string{nowhere, "x", "%00", "..", "%2e%2e%2f", "%C3%28", strings.Repeat("9", 36)} {
		got := b.ask(t, o.method, o.at(directory, nowhere), validBodies[o.id])
		if got.status != http.StatusNotFound {
			t.Errorf("%s of directory %q: %d %s", o.id, directory, got.status, got.body)
		}
	}
}

// validBodies are those that an operation takes, if the resources are there.
var validBodies = map[string]string{
	"createDirectory": `{"name":"Contoso"}`,
	"updateDirectory": `{"name":"Contoso"}`,
	"createScimToken": `{"name":"Entra","access":"read"}`,
	"setGraph":        graphBody,
	"setExtension":    badgeBody,

	"overruleUser":       `{"activity":"rule"}`,
	"overruleGroup":      `{"existence":"rule"}`,
	"overruleMembership": `{"membership":"rule"}`,
	"startSyncRun":       `{"kind":"full"}`,
	"eraseUser":          `{"confirm":"` + annID + `"}`,

	"createAdminToken":       `{"name":"Contoso","access":"read"}`,
	"createScimClient":       `{"name":"Entra","kind":"secret"}`,
	"createScimClientSecret": `{}`,
	"updateScimClient":       `{"name":"Entra"}`,
}

func (b *bridge) refusesBodies(t *testing.T, o operation, path string) {
	t.Helper()
	big := `{"name":"` + strings.Repeat("x", bodyLimit) + `"}`
	b.refused(t, 413, "body-too-large", "", o.method, path, big)
	if !o.body {
		return
	}
	chunked := func(r *http.Request) { r.ContentLength = -1 }
	b.refused(t, 413, "body-too-large", "", o.method, path, big, chunked)
	for _, body := range []string{`{`, `}`, `{"name":}`, "{}{}", "\x00", "{\"name\":\"\xff\"}", strings.Repeat("[", 2000)} {
		b.refused(t, 400, "malformed-body", "", o.method, path, body)
	}
	b.refused(t, 400, "invalid", "body", o.method, path, `[]`)
	b.refused(t, 400, "invalid", "isNotKnown", o.method, path, `{"isNotKnown":1}`)
	b.refused(t, 415, "unsupported-media-type", "Content-Type", o.method, path, `{}`, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	})
	if validBodies[o.id] != "" {
		b.refused(t, 400, "malformed-body", "", o.method, path, "")
	}
}

func TestUnknownPathsAreProblems(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	for _, path := range []string{"/api/v1/", "/api/v1/nothing", "/api/v1/directories/", "/api/v1/directories/" + nowhere + "/", "/"} {
		if got := b.ask(t, "GET", path, ""); got.status != 404 {
			t.Errorf("GET %s: %d", path, got.status)
		} else {
			got.problem(t)
		}
		b.refused(t, 401, "unauthorized", "", "GET", path, "", token(""))
	}
}

// lesser admits someone who may do nothing, or is not known because the look-up fails.
type lesser struct{ err error }

func (l lesser) Admit(context.Context, string) (access.Rights, error) { return access.Rights{}, l.err }

func TestRightsAreAskedForOnEveryOperation(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.SQLite(t), store.Options{})
	b := newBridge(t, s)
	directory := idOf(b.newGraph(t))
	for _, o := range b.operations(t) {
		if o.open {
			continue
		}
		for name, tc := range map[string]struct {
			admit lesser
			want  int
		}{
			"no rights":         {lesser{}, map[bool]int{true: 404, false: 403}[strings.Contains(o.path, "{directory}")]},
			"not known":         {lesser{models.ErrUnauthorized}, 401},
			"the look-up fails": {lesser{context.DeadlineExceeded}, 503},
		} {
			e := admin.New(admin.Config{Store: s, SignIn: tc.admit, Log: discard()})
			if got := serve(e, o.method, o.at(directory, nowhere), validBodies[o.id]); got != tc.want {
				t.Errorf("%s, %s: %d, not %d", o.id, name, got, tc.want)
			}
		}
	}
}

func TestAFaultIsLoggedAndNotExplained(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.SQLite(t), store.Options{})
	b := newBridge(t, s)
	directory := b.newGraph(t)
	b.graph.fault = "password=hunter2"
	got := b.must(t, 500, "POST", directory+"/graph/test", "")
	if p := got.problem(t); strings.Contains(string(got.body), "hunter2") || p.Type != "urn:scimbridge:problem:internal" {
		t.Errorf("answered %s", got.body)
	}
	if said := b.said(); !strings.Contains(said, "panic in the admin API") || !strings.Contains(said, `"directory":"`+idOf(directory)) {
		t.Errorf("logged %s", said)
	}
}
