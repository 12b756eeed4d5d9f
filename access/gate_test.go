package access_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"scimbridge/access"
)

// gated is a gate before a door that knows one credential, with a clock that stands.
type gated struct {
	handler http.Handler
	mu      sync.Mutex
	now     time.Time
	failed  []access.Failure
	address string
}

const good, alsoGood = "Bearer good", "Bearer also-good"

func newGate(rate float64, trusted ...string) *gated {
	g := &gated{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	var prefixes []netip.Prefix
	for _, text := range trusted {
		prefixes = append(prefixes, netip.MustParsePrefix(text))
	}
	gate := access.NewGate(access.GateConfig{
		Rate: rate, Strangers: rate / 4, Trusted: prefixes,
		Now:    func() time.Time { g.mu.Lock(); defer g.mu.Unlock(); return g.now },
		Slows:  func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") },
		Failed: func(_ context.Context, f access.Failure) { g.failed = append(g.failed, f) },
		Refuse: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
	})
	g.handler = gate.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.address = access.Address(r.Context())
		switch header := r.Header.Get("Authorization"); {
		case r.URL.Path == "/open":
		case header == good || header == alsoGood:
			access.NoteAdmitted(r.Context())
		default:
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	return g
}

func (g *gated) ask(path, credential, from string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = from
	if credential != "" {
		r.Header.Set("Authorization", credential)
	}
	w := httptest.NewRecorder()
	g.handler.ServeHTTP(w, r)
	return w
}

// many asks n times and counts the answers by status.
func (g *gated) many(n int, path, credential, from string) map[int]int {
	got := make(map[int]int)
	for range n {
		got[g.ask(path, credential, from).Code]++
	}
	return got
}

func (g *gated) pass(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now = g.now.Add(d)
}

const (
	entra = "20.190.129.80:443"
	home  = "203.0.113.7:5000"
)

func TestATokenThatIsKnownIsLimitedByItself(t *testing.T) {
	t.Parallel()
	g := newGate(100)
	g.ask("/scim/x", good, entra)
	g.ask("/scim/x", alsoGood, entra)
	if got := g.many(300, "/scim/x", good, entra); got[200] != 200 || got[429] != 100 {
		t.Errorf("one token gets %v", got)
	}
	if got := g.many(100, "/scim/x", alsoGood, entra); got[200] != 100 {
		t.Errorf("another from the same address gets %v", got)
	}
	refused := g.ask("/scim/x", good, entra)
	if after, err := strconv.Atoi(refused.Header().Get("Retry-After")); err != nil || after < 1 {
		t.Errorf("Retry-After %q", refused.Header().Get("Retry-After"))
	}
	g.pass(time.Second)
	if got := g.many(200, "/scim/x", good, entra); got[200] != 100 {
		t.Errorf("a second later: %v", got)
	}
}

// Twenty directories that Entra writes to from one address at 25 requests a second each
// must never be slowed down, not even right after a start.
func TestTheLeastRateOfAllDirectoriesIsNeverLimited(t *testing.T) {
	t.Parallel()
	g := newGate(25)
	g.ask("/scim/x", good, entra)
	for range 100 {
		g.pass(40 * time.Millisecond)
		if code := g.ask("/scim/x", good, entra).Code; code != 200 {
			t.Fatalf("at 25 a second: %d", code)
		}
	}
}

func TestStrangersAreLimitedByWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	g := newGate(100)
	got := make(map[int]int)
	for i := range 100 { // another token each time
		got[g.ask("/scim/x", fmt.Sprint("Bearer ", i), home).Code]++
	}
	if got[401] != 50 || got[429] != 50 {
		t.Errorf("answered %v", got)
	}
	if code := g.ask("/scim/x", "Bearer x", "198.51.100.1:1").Code; code != 401 {
		t.Errorf("another address: %d", code)
	}
	six := newGate(100)
	for i := range 60 {
		six.ask("/scim/x", "Bearer x", fmt.Sprintf("[2001:db8::%x]:1", i+1))
	}
	if code := six.ask("/scim/x", "Bearer x", "[2001:db8::ffff]:1").Code; code != 429 {
		t.Errorf("one with 2^64 addresses: %d", code)
	}
}

func TestACredentialThatNobodyCheckedIsNotKnown(t *testing.T) {
	t.Parallel()
	g := newGate(100)
	got := make(map[int]int)
	for i := range 100 {
		got[g.ask("/open", fmt.Sprint("Bearer ", i), home).Code]++
	}
	if got[200] != 50 || got[429] != 50 {
		t.Errorf("answered %v", got)
	}
}

func TestFailedSignInsSlowAnAddressDown(t *testing.T) {
	t.Parallel()
	g := newGate(1000)
	if got := g.many(30, "/api/v1/directories", "Bearer wrong", home); got[401] != 10 || got[429] != 20 {
		t.Errorf("answered %v", got)
	}
	if len(g.failed) != 10 || g.failed[0].Address != "203.0.113.7" {
		t.Errorf("told of %d failures", len(g.failed))
	}
	if code := g.ask("/api/v1/directories", good, home).Code; code != 429 {
		t.Errorf("the right one among the wrong: %d", code)
	}
	if code := g.ask("/api/v1/directories", good, entra).Code; code != 200 {
		t.Errorf("from elsewhere: %d", code)
	}
	if code := g.ask("/api/v1/directories", good, home).Code; code != 200 {
		t.Errorf("a token that is known to be good, from the slow address: %d", code)
	}
	g.pass(7 * time.Second)
	if got := g.many(5, "/api/v1/directories", "Bearer wrong", home); got[401] != 1 || got[429] != 4 {
		t.Errorf("seven seconds later: %v", got)
	}
}

func TestFailuresAtADoorOfManyCustomersLockNobodyOut(t *testing.T) {
	t.Parallel()
	g := newGate(1000)
	if got := g.many(100, "/scim/x", "Bearer wrong", entra); got[401] != 100 || len(g.failed) != 10 {
		t.Errorf("answered %v, told of %d", got, len(g.failed))
	}
	if code := g.ask("/scim/x", good, entra).Code; code != 200 {
		t.Errorf("another customer: %d", code)
	}
}

func TestProxiesAreBelievedOnlyIfTheyAreTrusted(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		trusted   []string
		from      string
		forwarded []string
		want      string
	}{
		"no proxy":                        {nil, home, nil, "203.0.113.7"},
		"a header that anybody can write": {nil, home, []string{"1.2.3.4"}, "203.0.113.7"},
		"a trusted proxy":                 {[]string{"10.0.0.0/8"}, "10.1.2.3:1", []string{"203.0.113.9"}, "203.0.113.9"},
		"two of them":                     {[]string{"10.0.0.0/8"}, "10.1.2.3:1", []string{"203.0.113.9, 10.9.9.9"}, "203.0.113.9"},
		"two headers":                     {[]string{"10.0.0.0/8"}, "10.1.2.3:1", []string{"1.1.1.1", "203.0.113.9"}, "203.0.113.9"},
		"what the client wrote before it": {[]string{"10.0.0.0/8"}, "10.1.2.3:1", []string{"1.2.3.4, 203.0.113.9"}, "203.0.113.9"},
		"not an address":                  {[]string{"10.0.0.0/8"}, "10.1.2.3:1", []string{"203.0.113.9, unknown"}, "10.1.2.3"},
		"nothing said":                    {[]string{"10.0.0.0/8"}, "10.1.2.3:1", nil, "10.1.2.3"},
		"a proxy over IPv6":               {[]string{"fd00::/8"}, "[fd00::1]:1", []string{"2001:db8::1"}, "2001:db8::1"},
		"IPv4 written as IPv6":            {[]string{"10.0.0.0/8"}, "[::ffff:10.1.2.3]:1", []string{"203.0.113.9"}, "203.0.113.9"},
		"an address that is no address":   {nil, "pipe", nil, ""},
	} {
		g := newGate(100, tc.trusted...)
		r := httptest.NewRequest(http.MethodGet, "/open", nil)
		r.RemoteAddr = tc.from
		for _, header := range tc.forwarded {
			r.Header.Add("X-Forwarded-For", header)
		}
		g.handler.ServeHTTP(httptest.NewRecorder(), r)
		if g.address != tc.want {
			t.Errorf("%s: %q, not %q", name, g.address, tc.want)
		}
	}
}
