package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata" // time zones are checked, also on a machine that has none

	"scimbridge/access"
	"scimbridge/admin"
	"scimbridge/admin/client"
	"scimbridge/internal/logging"
	"scimbridge/internal/seal"
	"scimbridge/models"
	"scimbridge/push"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

const (
	adminToken = "the-operators-token"
	bodyLimit  = 4 << 10
	watchFor   = time.Second
	nowhere    = "00000000-0000-7000-8000-00000000ffff" // an id that nothing has
)

// bridge is the API over real HTTP, and all that it has put out.
type bridge struct {
	url    string
	store  *store.Store
	sealer *seal.Sealer
	graph  *fakeTenants
	client *client.ClientWithResponses

	mu     sync.Mutex
	output bytes.Buffer // every answer with its header, and every log line
}

func newBridge(t testing.TB, s *store.Store) *bridge {
	t.Helper()
	b := &bridge{store: s, sealer: seal.NewSealer(seal.NewKey()), graph: &fakeTenants{}}
	log, err := logging.New(b, logging.JSON, slog.LevelDebug)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(admin.New(admin.Config{
		Store: s, SignIn: access.NewAdmins(adminToken, s), Sealer: b.sealer, Runs: runs{s}, Tenants: b.graph, CheckExtensions: push.CheckExtensions,
		PublicURL: "https://bridge.example/", Log: log, BodyLimit: bodyLimit, WatchFor: watchFor,
	}))
	t.Cleanup(server.Close)
	b.url = server.URL
	b.client, err = client.NewClientWithResponses(b.url, client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+adminToken)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// steady opens a store whose clock and ids always give the same, for golden files.
func steady(t testing.TB, databaseURL string) *store.Store {
	t.Helper()
	var ticks, ids atomic.Int64
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return storetest.Open(t, databaseURL, store.Options{
		Now:   func() models.Instant { return models.At(start.Add(time.Duration(ticks.Add(1)) * time.Second)) },
		NewID: func() string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", ids.Add(1)) },
	})
}

// Write collects log lines.
func (b *bridge) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.output.Write(line)
}

func (b *bridge) said() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.output.String()
}

// fatal is a *testing.T or a *rapid.T.
type fatal interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// answer is what came back on one request.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request as the operator; changes alter it before it is sent.
func (b *bridge) ask(t fatal, method, path, body string, changes ...func(*http.Request)) answer {
	t.Helper()
	r, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatalf("%s %q: %v", method, path, err)
	}
	r.Header.Set("Authorization", "Bearer "+adminToken)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, change := range changes {
		change(r)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	fmt.Fprintf(b, "%v\n%s\n", response.Header, text)
	return answer{response.StatusCode, response.Header, text}
}

// must asks, and fails the test unless the answer has the status.
func (b *bridge) must(t testing.TB, status int, method, path, body string, changes ...func(*http.Request)) answer {
	t.Helper()
	got := b.ask(t, method, path, body, changes...)
	if got.status != status {
		t.Fatalf("%s %s: status %d, not %d: %s", method, path, got.status, status, got.body)
	}
	return got
}

// refused asks, and fails the test unless the answer is a problem of the kind that
// names the field.
func (b *bridge) refused(t testing.TB, status int, kind, field, method, path, body string, changes ...func(*http.Request)) admin.Problem {
	t.Helper()
	got := b.must(t, status, method, path, body, changes...)
	problem := got.problem(t)
	named := ""
	if problem.Field != nil {
		named = *problem.Field
	}
	if problem.Type != "urn:scimbridge:problem:"+kind || named != field {
		t.Errorf("%s %s %s: problem %s of field %q, not %s of %q: %s", method, path, body, problem.Type, named, kind, field, problem.Detail)
	}
	return problem
}

// problem reads an answer as a whole and correct problem.
func (a answer) problem(t fatal) admin.Problem {
	t.Helper()
	var p admin.Problem
	if err := json.Unmarshal(a.body, &p); err != nil {
		t.Fatalf("not a problem: %v: %s", err, a.body)
	}
	if media := a.header.Get("Content-Type"); media != "application/problem+json" {
		t.Errorf("a problem is %q", media)
	}
	if p.Status != a.status || p.Type == "" || p.Title == "" || p.Detail == "" {
		t.Errorf("status %d with the problem %s", a.status, a.body)
	}
	return p
}

// read reads a member of an answer that is a JSON object.
func (a answer) read(t testing.TB, member string) string {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(a.body, &object); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	text, ok := object[member].(string)
	if !ok {
		t.Fatalf("no text %q in %s", member, a.body)
	}
	return text
}

// newDirectory creates a directory and answers its path.
func (b *bridge) newDirectory(t testing.TB) string {
	t.Helper()
	return b.must(t, 201, "POST", "/api/v1/directories", `{"name":"Contoso"}`).header.Get("Location")
}

const graphBody = `{"tenantId":"11111111-2222-3333-4444-555555555555","clientId":"66666666-7777-8888-9999-aaaaaaaaaaaa","clientSecret":"planted~secret"}`

// newGraph creates a directory with Graph settings and answers its path.
func (b *bridge) newGraph(t testing.TB) string {
	t.Helper()
	directory := b.newDirectory(t)
	b.must(t, 200, "PUT", directory+"/graph", graphBody)
	return directory
}

// runs starts runs that nobody performs.
type runs struct{ store *store.Store }

func (r runs) Start(ctx context.Context, directoryID string, kind models.RunKind, dryRun bool) (models.SyncRun, error) {
	return r.store.CreateRun(ctx, models.SyncRun{DirectoryID: directoryID, Kind: kind, DryRun: dryRun, Trigger: models.ByAdmin},
		func(*store.Tx, models.SyncRun) error { return nil })
}

func (r runs) End(ctx context.Context, tx *store.Tx, directory models.Directory, kind models.RunKind) (models.SyncRun, error) {
	return tx.QueueRun(ctx, models.SyncRun{DirectoryID: directory.ID, Kind: kind, Trigger: models.ByAdmin},
		func(*store.Tx, models.SyncRun) error { return nil })
}

func (r runs) Cancel(ctx context.Context, directoryID, runID string) (models.SyncRun, error) {
	return r.store.CancelRun(ctx, directoryID, runID)
}

func (r runs) Decide(ctx context.Context, directoryID, runID string, decision models.Decision) (models.SyncRun, error) {
	return r.store.DecideRun(ctx, directoryID, runID, decision, func(*store.Tx, models.SyncRun) error { return nil })
}

// fakeTenants answers what the test wants, and remembers what it was given.
type fakeTenants struct {
	checks      []models.Check
	groups      []models.GroupChoice
	next        string // the cursor of what follows
	refusal     error
	material    string
	credential  models.Credential // that was to be read
	certificate models.Certificate
	asked       [2]string // search and cursor
	scope       string
	fault       string // what it panics with, if anything
}

func (f *fakeTenants) TestGraph(_ context.Context, d models.Directory, _ models.GraphSettings, material seal.Secret) []models.Check {
	if f.fault != "" {
		panic(f.fault)
	}
	f.material, f.scope = material.Reveal(), d.Settings.Scope.Kind
	return f.checks
}

func (f *fakeTenants) FindGroups(_ context.Context, _ models.Directory, _ models.GraphSettings, material seal.Secret, search, cursor string) ([]models.GroupChoice, string, error) {
	f.material, f.asked = material.Reveal(), [2]string{search, cursor}
	return f.groups, f.next, f.refusal
}

func (f *fakeTenants) ReadCertificate(_ context.Context, c models.Credential) (models.Certificate, error) {
	f.credential = c
	certificate := f.certificate
	certificate.SendChain = c.SendChain
	return certificate, f.refusal
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// serve asks a handler without a network, as some admin, and answers the status.
func serve(h http.Handler, method, path, body string) int {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer some-token")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}
