package admin_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// property is everything that a directory can have, and where it is.
type property struct {
	directory string // its path
	ids       map[string]string
}

const secretName = "Acquisition of Fabrikam" // nobody but A's admins may ever read it

func (b *bridge) newProperty(t *testing.T) property {
	t.Helper()
	p := property{directory: b.must(t, 201, "POST", "/api/v1/directories", `{"name":"`+secretName+`"}`).header.Get("Location")}
	b.must(t, 200, "PUT", p.directory+"/graph", graphBody)
	client := b.must(t, 201, "POST", p.directory+"/scim-clients", `{"name":"`+secretName+`","kind":"secret"}`).read(t, "id")
	p.ids = map[string]string{
		"{directory}": idOf(p.directory),
		"{client}":    client,
		"{secret}":    b.must(t, 201, "POST", p.directory+"/scim-clients/"+client+"/secrets", `{}`).read(t, "id"),
		"{run}":       b.must(t, 202, "POST", p.directory+"/sync-runs", `{"kind":"full"}`).read(t, "id"),
		"{token}":     b.must(t, 201, "POST", p.directory+"/scim-tokens", `{"name":"`+secretName+`","access":"write"}`).read(t, "id"),
		"{urn}":       badgeURN,
		"{user}":      annID,
		"{group}":     salesID,
		"{member}":    annID,
	}
	b.must(t, 200, "PUT", p.directory+"/extensions/"+badgeURN, badgeBody)
	storeRecords(t, b.store, idOf(p.directory))
	p.ids["{storm}"] = b.newStorm(t, p.directory)
	return p
}

// newStorm stores a storm in which nothing was lost.
func (b *bridge) newStorm(t *testing.T, directory string) string {
	t.Helper()
	storm := models.Storm{DirectoryID: idOf(directory), ID: b.store.NewID(), Reasons: models.Texts{secretName}}
	change := models.Change{DirectoryID: storm.DirectoryID, Kind: "storm", RecordID: storm.ID, Action: models.Began, By: models.Push}
	if opened, err := b.store.OpenStorm(t.Context(), storm, change); err != nil || !opened {
		t.Fatal(opened, err)
	}
	return storm.ID
}

// of is an operation's path in a directory.
func (p property) of(o operation, adminToken string) string {
	path := o.path
	if strings.HasPrefix(path, "/api/v1/admin-tokens/") {
		return strings.Replace(path, "{token}", adminToken, 1)
	}
	for name, id := range p.ids {
		path = strings.Replace(path, name, id, 1)
	}
	if left := inBraces.FindString(path); left != "" {
		panic("newProperty must make a " + left)
	}
	return path
}

// asker is who walks through the API.
type asker struct {
	name, token string
	// of tells what A's operation answers to them.
	of func(operation) int
}

const served = 0 // whatever the operation answers to one who may

func onBridge(o operation) bool { return !strings.Contains(o.path, "{directory}") }

func ownList(o operation) bool {
	return o.id == "listDirectories" || o.id == "listAuditEvents" || o.id == "exportAuditEvents"
}

func always(status int) func(operation) int { return func(operation) int { return status } }

func operatorReading(o operation) int {
	if o.method == http.MethodGet {
		return served
	}
	return http.StatusForbidden
}

func adminOfA(o operation) int {
	if onBridge(o) && !ownList(o) || o.id == "deleteDirectory" {
		return http.StatusForbidden
	}
	return served
}

func readerOfA(o operation) int {
	if o.method != http.MethodGet {
		return http.StatusForbidden
	}
	return adminOfA(o)
}

func adminOfB(o operation) int {
	switch {
	case ownList(o):
		return served
	case onBridge(o):
		return http.StatusForbidden
	}
	return http.StatusNotFound
}

// askers are all kinds of token that there are, for directories a and b.
func (b *bridge) askers(t *testing.T, a, other property) []asker {
	t.Helper()
	issue := func(access models.Access, directory string, expires models.Instant) (string, models.AdminToken) {
		text, hash := newAdminToken()
		issued, err := b.store.CreateAdminToken(context.Background(), models.AdminToken{
			Name: "a token", DirectoryID: models.Optional(directory), Access: access, Hash: hash, ExpiresAt: expires,
		})
		if err != nil {
			t.Fatal(err)
		}
		return text, issued
	}
	live := func(access models.Access, directory string) string {
		text, _ := issue(access, directory, 0)
		return text
	}
	expired, _ := issue(models.WriteAccess, "", 1)
	revoked, row := issue(models.WriteAccess, "", 0)
	b.must(t, 204, "DELETE", "/api/v1/admin-tokens/"+row.ID, "")
	scim := func(access string) string {
		return b.must(t, 201, "POST", a.directory+"/scim-tokens", `{"name":"x","access":"`+access+`"}`).read(t, "token")
	}
	clientSecret := b.must(t, 201, "POST", a.directory+"/scim-clients/"+a.ids["{client}"]+"/secrets", `{}`).read(t, "clientSecret")
	unknown, _ := newAdminToken()
	return []asker{
		{"nobody", "", always(401)},
		{"a wrong token", "wrong", always(401)},
		{"a token that nobody issued", unknown, always(401)},
		{"an expired token", expired, always(401)},
		{"a revoked token", revoked, always(401)},
		{"a SCIM token that writes", scim("write"), always(401)},
		{"a SCIM token that reads", scim("read"), always(401)},
		{"a client secret", clientSecret, always(401)},
		{"the operator", adminToken, always(served)},
		{"another operator", live(models.WriteAccess, ""), always(served)},
		{"an operator who reads", live(models.ReadAccess, ""), operatorReading},
		{"an admin of A", live(models.WriteAccess, idOf(a.directory)), adminOfA},
		{"a reader of A", live(models.ReadAccess, idOf(a.directory)), readerOfA},
		{"an admin of B", live(models.WriteAccess, idOf(other.directory)), adminOfB},
		{"a reader of B", live(models.ReadAccess, idOf(other.directory)), adminOfB},
	}
}

func newAdminToken() (text, hash string) { return access.AdminToken.New() }

// Every route of the API is walked with every kind of token.
func TestNobodyGetsFurtherThanTheirTokenReaches(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		a, other := b.newProperty(t), b.newDirectory(t)
		before := b.must(t, 200, "GET", a.directory, "").body
		askers := b.askers(t, a, property{directory: other})
		for _, o := range b.operations(t) {
			for _, who := range askers {
				want := who.of(o)
				p, admins, text := a, nowhere, who.token
				if want == served {
					admins = b.newAdminTokenID(t)
				}
				if waits := o.id == "streamSyncRun"; want == served && (waits || o.method != http.MethodGet) {
					p = b.newProperty(t) // what it does must not spoil A
					text = b.sameFor(t, who, p)
					if waits { // for the run to end
						b.ask(t, "POST", p.directory+"/sync-runs/"+p.ids["{run}"]+"/cancel", "")
					}
				}
				got := b.ask(t, o.method, p.of(o, admins), validBodies[o.id], token(bearerOf(text)))
				b.checkVisit(t, o, who, want, got)
				if strings.HasSuffix(who.name, "of B") && !o.open && strings.Contains(string(got.body), secretName) {
					t.Errorf("%s: %s reads of A: %s", o.id, who.name, got.body)
				}
			}
		}
		if after := b.must(t, 200, "GET", a.directory, "").body; !strings.Contains(string(after), secretName) || len(after) != len(before) {
			t.Errorf("somebody changed A:\n%s\n%s", before, after)
		}
	})
}

// sameFor gives who is for A alone the same rights on p.
func (b *bridge) sameFor(t *testing.T, who asker, p property) string {
	t.Helper()
	if !strings.HasSuffix(who.name, "of A") {
		return who.token
	}
	may := map[bool]string{true: "read", false: "write"}[strings.HasPrefix(who.name, "a reader")]
	return b.must(t, 201, "POST", "/api/v1/admin-tokens", `{"name":"x","access":"`+may+`","directory":"`+idOf(p.directory)+`"}`).read(t, "token")
}

func (b *bridge) newAdminTokenID(t *testing.T) string {
	t.Helper()
	return b.must(t, 201, "POST", "/api/v1/admin-tokens", `{"name":"x","access":"read"}`).read(t, "id")
}

func bearerOf(token string) string {
	if token == "" {
		return ""
	}
	return "Bearer " + token
}

func (b *bridge) checkVisit(t *testing.T, o operation, who asker, want int, got answer) {
	t.Helper()
	switch {
	case o.open:
		if got.status != 200 {
			t.Errorf("%s: %s gets %d", o.id, who.name, got.status)
		}
	case want == served:
		// 409 is what a run that is not held, or is under way, answers.
		if got.status >= 400 && got.status != http.StatusConflict {
			t.Errorf("%s: %s gets %d: %s", o.id, who.name, got.status, got.body)
		}
	case got.status != want:
		t.Errorf("%s: %s gets %d, not %d: %s", o.id, who.name, got.status, want, got.body)
	}
}

func TestAnAdminOfOneDirectoryListsItAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		first, mine, last := b.newDirectory(t), b.newDirectory(t), b.newDirectory(t)
		issued := b.must(t, 201, "POST", "/api/v1/admin-tokens", `{"name":"Contoso's IT","access":"write","directory":"`+idOf(mine)+`"}`)
		as := token("Bearer " + issued.read(t, "token"))
		body := string(b.must(t, 200, "GET", "/api/v1/directories", "", as).body)
		if !strings.Contains(body, idOf(mine)) || strings.Contains(body, idOf(first)) || strings.Contains(body, idOf(last)) {
			t.Errorf("lists %s", body)
		}
		events := string(b.must(t, 200, "GET", "/api/v1/audit-events", "", as).body)
		if !strings.Contains(events, idOf(mine)) || strings.Contains(events, idOf(first)) {
			t.Errorf("the trail shows %s", events)
		}
		b.refused(t, 404, "not-found", "", "GET", "/api/v1/audit-events?directory="+idOf(first), "", as)

		custom := strings.Replace(graphBody, `"clientId"`, `"cloud":"custom","authorityHost":"https://evil.example","graphHost":"https://evil.example","clientId"`, 1)
		b.refused(t, 403, "forbidden", "cloud", "PUT", mine+"/graph", custom, as)
		b.must(t, 200, "PUT", mine+"/graph", graphBody, as)
		b.refused(t, 403, "forbidden", "federation.authorityHost", "POST", mine+"/scim-clients",
			`{"name":"x","kind":"entra-token","federation":{"tenantId":"11111111-2222-3333-4444-555555555555","authorityHost":"https://evil.example"}}`, as)
		b.refused(t, 403, "forbidden", "", "DELETE", mine, "", as)

		b.must(t, 204, "DELETE", issued.header.Get("Location"), "")
		b.refused(t, 401, "unauthorized", "", "GET", mine, "", as)
	})
}

func TestAnAdminTokenIsShownOnceAndItsUseIsNoted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		issued := b.must(t, 201, "POST", "/api/v1/admin-tokens", `{"name":"script","access":"read","expiresAt":"2999-01-01T00:00:00Z"}`)
		text, path := issued.read(t, "token"), issued.header.Get("Location")
		if !strings.HasPrefix(text, "sba_") {
			t.Errorf("token %q has no prefix that scanners know", text)
		}
		b.must(t, 200, "GET", "/api/v1/directories", "", token("Bearer "+text))
		read := b.must(t, 200, "GET", path, "")
		read.read(t, "lastUsedAt")
		for _, body := range [][]byte{read.body, b.must(t, 200, "GET", "/api/v1/admin-tokens", "").body, b.must(t, 200, "GET", "/api/v1/audit-events", "").body} {
			if strings.Contains(string(body), text) || strings.Contains(string(body), access.Hash(text)) {
				t.Errorf("shown again: %s", body)
			}
		}
		b.refused(t, 400, "invalid", "directory", "POST", "/api/v1/admin-tokens", `{"name":"x","access":"read","directory":"`+nowhere+`"}`)
		b.refused(t, 400, "invalid", "directory", "POST", "/api/v1/admin-tokens", `{"name":"x","access":"read","directory":""}`)
		b.refused(t, 400, "invalid", "access", "POST", "/api/v1/admin-tokens", `{"name":"x","access":"all"}`)
	})
}
