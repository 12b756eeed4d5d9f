package access

import (
	"context"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// GateConfig is what a gate is told.
type GateConfig struct {
	// Rate is how many requests a second one token may send, and Strangers how many an
	// address may send whose token is not known.
	Rate, Strangers float64
	// Trusted are the proxies whose X-Forwarded-For is believed.
	Trusted []netip.Prefix
	Now     func() time.Time
	// Slows tells which requests wait after failed sign-ins. It must not be those of a
	// door that many customers come to from one address, as with Entra's service: one
	// would lock the others out. Tokens of such a door cannot be guessed.
	Slows func(*http.Request) bool
	// Failed is told of failed sign-ins, but of no more than one address may make.
	Failed func(context.Context, Failure)
	// Refuse answers 429; Retry-After is already set.
	Refuse func(http.ResponseWriter, *http.Request)
}

// Failure is a failed sign-in.
type Failure struct {
	Request *http.Request
	Address string
}

// Gate stands before all doors: it finds out where a request comes from, limits how many
// there are, and slows those down who try one credential after the other. What is inside
// says by 401 that a credential is wrong, and by NoteAdmitted that it is good.
type Gate struct {
	GateConfig
	tokens    *buckets
	strangers *buckets
	failures  *buckets

	mu    sync.Mutex
	known map[string]time.Time // digests of credentials that were good, and when last
}

// How failed sign-ins are slowed down: so many at once, then one every few seconds.
const (
	failuresAtOnce  = 10
	failuresASecond = 1.0 / 6
	rememberGood    = time.Hour
	mostCredentials = 50_000
	burstSeconds    = 2
)

// NewGate makes a gate.
func NewGate(c GateConfig) *Gate {
	return &Gate{
		GateConfig: c,
		tokens:     newBuckets(c.Rate, c.Rate*burstSeconds),
		strangers:  newBuckets(c.Strangers, c.Strangers*burstSeconds),
		failures:   newBuckets(failuresASecond, failuresAtOnce),
		known:      make(map[string]time.Time),
	}
}

// Protect puts the gate before a handler.
func (g *Gate) Protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address := addressOf(r, g.Trusted)
		v := &visit{address: address.String()}
		if !address.IsValid() {
			v.address = ""
		}
		r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
		key, home, now := credential(r), neighbourhood(address), g.Now()
		known := g.isGood(key, now)
		if wait, ok := g.mayPass(r, key, home, known, now); !ok {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(max(1, wait.Seconds())))))
			g.Refuse(w, r)
			return
		}
		answer := &statusKeeper{ResponseWriter: w}
		next.ServeHTTP(answer, r)
		switch {
		case v.admitted:
			g.remember(key, now)
		case answer.status == http.StatusUnauthorized && (key != "" || g.Slows(r)):
			g.forget(key)
			if _, ok := g.failures.take(home, now); ok {
				g.Failed(r.Context(), Failure{Request: r, Address: v.address})
			}
		}
	})
}

// mayPass: a credential that is known to be good is limited by itself, so that customers
// behind one address do not hinder each other; all others by where they come from.
func (g *Gate) mayPass(r *http.Request, key, home string, known bool, now time.Time) (wait time.Duration, ok bool) {
	if known {
		return g.tokens.take(key, now)
	}
	if g.Slows(r) && (key != "" || r.Method != http.MethodGet) {
		if wait, empty := g.failures.empty(home, now); empty {
			return wait, false
		}
	}
	return g.strangers.take(home, now)
}

// credential names what a request signs in with, without keeping it.
func credential(r *http.Request) string {
	header := r.Header.Get("Authorization")
	if header == "" {
		return ""
	}
	return Hash(header)
}

func (g *Gate) isGood(key string, now time.Time) bool {
	if key == "" {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	at, there := g.known[key]
	return there && now.Sub(at) < rememberGood
}

func (g *Gate) remember(key string, now time.Time) {
	if key == "" {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.known) >= mostCredentials {
		clear(g.known) // all are found to be good again by their next request
	}
	g.known[key] = now
}

func (g *Gate) forget(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.known, key)
}

// statusKeeper remembers the status of an answer.
type statusKeeper struct {
	http.ResponseWriter
	status int
}

func (s *statusKeeper) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusKeeper) Write(body []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusKeeper) Unwrap() http.ResponseWriter { return s.ResponseWriter }
