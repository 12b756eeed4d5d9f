package push_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/push"
	"scimbridge/scim"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// publicURL is where clients of the tests believe the server to be.
const publicURL = "https://bridge.fabrikam.example"

// server is the push path over real HTTP and a real database, with one directory.
type server struct {
	*httptest.Server
	store     *store.Store
	directory models.Directory
	write     string // a token of the provisioning client
	read      string // a token of the product
}

// each runs f with a server on either database.
func each(t *testing.T, f func(t *testing.T, s *server)) {
	t.Helper()
	eachWith(t, func() store.Options { return store.Options{} }, f)
}

func eachWith(t *testing.T, options func() store.Options, f func(t *testing.T, s *server)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		f(t, serve(t, storetest.Open(t, databaseURL, options()), models.DefaultSettings()))
	})
}

func serve(t testing.TB, db *store.Store, settings models.Settings) *server {
	t.Helper()
	return serveWatched(t, db, settings, nil)
}

// serveWatched is serve with a watch for storms.
func serveWatched(t testing.TB, db *store.Store, settings models.Settings, watch *push.StormWatch) *server {
	t.Helper()
	s := &server{store: db}
	s.directory, s.write, s.read = directory(t, db, settings)
	e := echo.New()
	opener := &push.Opener{Store: db, PublicURL: publicURL, Storms: watch,
		RequestID: func(context.Context) string { return "the request" }}
	scim.New(opener).Mount(e.Group("/scim/:tenant/v2"))
	s.Server = httptest.NewServer(e)
	t.Cleanup(s.Close)
	return s
}

// directory creates a customer with a token of each kind.
func directory(t testing.TB, db *store.Store, settings models.Settings) (d models.Directory, write, read string) {
	t.Helper()
	ctx := context.Background()
	d, err := db.CreateDirectory(ctx, "Contoso", settings)
	if err != nil {
		t.Fatal(err)
	}
	token := func(name string, may models.Access) string {
		text, hash := access.NewToken()
		if _, err := db.CreateToken(ctx, models.Token{DirectoryID: d.ID, Name: name, Access: may, Hash: hash}); err != nil {
			t.Fatal(err)
		}
		return text
	}
	return d, token("Entra", models.WriteAccess), token("Product", models.ReadAccess)
}

// reply is an answer that has been read.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// send sends a request with a token to a directory.
func (s *server) send(t testing.TB, directoryID, token, method, path, body string) reply {
	t.Helper()
	return s.ask(t, directoryID, token, method, path, body, nil)
}

// sendWith is do with headers.
func (s *server) sendWith(t testing.TB, method, path, body string, headers map[string]string) reply {
	t.Helper()
	return s.ask(t, s.directory.ID, s.write, method, path, body, headers)
}

func (s *server) ask(t testing.TB, directoryID, token, method, path, body string, headers map[string]string) reply {
	t.Helper()
	r, err := http.NewRequest(method, s.URL+"/scim/"+directoryID+"/v2"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	r.Header.Set("User-Agent", "") // Entra sends none
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header, bytes.TrimSpace(content)}
}

// do sends a request as the provisioning client.
func (s *server) do(t testing.TB, method, path, body string) reply {
	t.Helper()
	return s.send(t, s.directory.ID, s.write, method, path, body)
}

// must is do for a request that has to be answered with a status.
func (s *server) must(t testing.TB, status int, method, path, body string) reply {
	t.Helper()
	r := s.do(t, method, path, body)
	if r.status != status {
		t.Fatalf("%s %s: status %d, want %d\n%s\n%s", method, path, r.status, status, body, r.body)
	}
	return r
}

// object is the body as a JSON object.
func (r reply) object(t testing.TB) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(r.body, &out); err != nil {
		t.Fatalf("status %d, the body is no JSON object: %v\n%s", r.status, err, r.body)
	}
	return out
}

// user creates a user and returns the id.
func (s *server) user(t testing.TB, body string) string {
	t.Helper()
	return s.must(t, http.StatusCreated, "POST", "/Users", body).object(t)["id"].(string)
}

// named creates a user of whom only the userName matters.
func (s *server) named(t testing.TB, userName string) string {
	t.Helper()
	return s.user(t, fmt.Sprintf(`{"userName":%q,"active":true}`, userName))
}

// group creates a group with members and returns the id.
func (s *server) group(t testing.TB, displayName string, members ...string) string {
	t.Helper()
	body := fmt.Sprintf(`{"displayName":%q,"members":%s}`, displayName, values(members...))
	return s.must(t, http.StatusCreated, "POST", "/Groups", body).object(t)["id"].(string)
}

// values is a list of references as clients write it.
func values(ids ...string) string {
	var parts []string
	for _, id := range ids {
		parts = append(parts, fmt.Sprintf(`{"value":%q}`, id))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// patch sends operations to a resource.
func (s *server) patch(t testing.TB, path string, operations ...string) reply {
	t.Helper()
	return s.do(t, "PATCH", path, patchBody(operations...))
}

func patchBody(operations ...string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + strings.Join(operations, ",") + `]}`
}

// get reads a resource or a list.
func (s *server) get(t testing.TB, path string) map[string]any {
	t.Helper()
	return s.must(t, http.StatusOK, "GET", path, "").object(t)
}

// members are the ids of a group's members, in the answer's order.
func (s *server) members(t testing.TB, groupID string) []string {
	t.Helper()
	ids := []string{}
	list, _ := s.get(t, "/Groups/"+groupID)["members"].([]any)
	for _, m := range list {
		ids = append(ids, m.(map[string]any)["value"].(string))
	}
	return ids
}

// found is how many resources a list has, by its own count and by what is in it.
func (s *server) found(t testing.TB, path string) int {
	t.Helper()
	list := s.get(t, path)
	total, resources := int(list["totalResults"].(float64)), list["Resources"].([]any)
	if total != len(resources) {
		t.Errorf("%s: totalResults %d with %d resources", path, total, len(resources))
	}
	return total
}

// counting gives ids and times that count up, so that golden files keep theirs.
func counting() store.Options {
	var ids, seconds atomic.Int64
	start := models.At(time.Date(2026, 9, 1, 8, 15, 30, 0, time.UTC))
	return store.Options{
		NewID: func() string { return numbered(int(ids.Add(1))) },
		Now:   func() models.Instant { return start.Add(time.Duration(seconds.Add(1)) * time.Second) },
	}
}

// numbered is the nth id of counting.
func numbered(n int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", n) }
