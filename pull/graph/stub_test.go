package graph

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
)

const (
	stubTenant = "8d7c6b5a-1111-4222-8333-444455556666"
	stubClient = "0a1b2c3d-7777-4888-9999-aaaabbbbcccc"
	stubSecret = "s3cr3t~value.never-to-be-shown"
)

// stub is a sign-in host and a Graph that answers what a test tells it to, where the
// emulator is too honest to.
type stub struct {
	*httptest.Server
	mu     sync.Mutex
	tokens int
	roles  []string
	expiry int // of a token, in seconds
	signIn http.HandlerFunc
	graph  http.HandlerFunc
}

func newStub(t *testing.T, graph http.HandlerFunc) *stub {
	t.Helper()
	s := &stub{graph: graph, expiry: 3600, roles: []string{"User.Read.All", "GroupMember.Read.All"}}
	s.Server = httptest.NewTLSServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/" + stubTenant + "/v2.0/.well-known/openid-configuration":
		reply(w, http.StatusOK, fmt.Sprintf(`{"issuer":"%[1]s/%[2]s/v2.0","authorization_endpoint":"%[1]s/%[2]s/authorize","token_endpoint":"%[1]s/%[2]s/token"}`, s.URL, stubTenant))
	case "/" + stubTenant + "/token":
		s.token(w, r)
	default:
		s.graph(w, r)
	}
}

func (s *stub) token(w http.ResponseWriter, r *http.Request) {
	if s.signIn != nil {
		s.signIn(w, r)
		return
	}
	s.mu.Lock()
	s.tokens++
	n := s.tokens
	s.mu.Unlock()
	reply(w, http.StatusOK, fmt.Sprintf(`{"token_type":"Bearer","expires_in":%d,"access_token":%q}`, s.expiry, s.jwt(n)))
}

func (s *stub) jwt(n int) string {
	payload, _ := json.Marshal(map[string]any{"tid": stubTenant, "roles": s.roles, "n": n})
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode(payload) + "." + encode([]byte("signature"))
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

func (s *stub) connection() pull.Connection {
	return pull.Connection{
		ClientSecret: stubSecret,
		Settings: models.GraphSettings{
			TenantID: stubTenant, ClientID: stubClient, Cloud: models.CloudCustom,
			AuthorityHost: s.URL, GraphHost: s.URL,
		},
	}
}

func (s *stub) rootPool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

// dial opens a source whose waiting takes no time.
func (s *stub) dial(t *testing.T) (pull.Source, *fakeClock) {
	t.Helper()
	clock := newFakeClock()
	return dial(t, clock.dialer(s.rootPool()), s.connection()), clock
}

func dial(t testing.TB, d *Dialer, c pull.Connection) pull.Source {
	t.Helper()
	source, err := d.Dial(c)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	return source
}

// fakeClock lets time pass when somebody waits, and remembers for how long.
type fakeClock struct {
	mu    sync.Mutex
	at    time.Time
	waits []time.Duration
}

func newFakeClock() *fakeClock {
	return &fakeClock{at: time.Date(2026, 3, 2, 6, 15, 9, 0, time.UTC)}
}

func (c *fakeClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *fakeClock) wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	c.waits = append(c.waits, d)
	return ctx.Err()
}

func (c *fakeClock) waited() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Duration(nil), c.waits...)
}

func (c *fakeClock) dialer(roots *x509.CertPool) *Dialer {
	return &Dialer{Roots: roots, Now: c.now, Wait: c.wait}
}
