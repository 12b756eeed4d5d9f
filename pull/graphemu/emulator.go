package graphemu

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Emulator answers for tenants as login.microsoftonline.com and
// graph.microsoft.com would. It is an http.Handler and safe for concurrent use.
type Emulator struct {
	tenants []*Tenant
	now     func() time.Time
	config  atomic.Pointer[Config]
	faults  faultList
	meter   meter
	quota   quota
	signer  signer
	routes  []*route

	mu     sync.Mutex // guards random, and writers of config
	random *rand.Rand
	// Tokens of an earlier generation are refused.
	tokenGeneration atomic.Int64
	deltaGeneration atomic.Int64
}

// New returns an emulator for one or more tenants. The first one lends it its
// clock.
func New(config Config, tenants ...*Tenant) *Emulator {
	first := tenants[0]
	e := &Emulator{
		tenants: tenants,
		now:     first.now,
		routes:  routeTable(),
		random:  rand.New(rand.NewPCG(first.random.Uint64(), 0)),
	}
	e.signer = newSigner(e.random)
	config = config.withDefaults()
	e.config.Store(&config)
	return e
}

// Configure changes the configuration from the next request on.
func (e *Emulator) Configure(change func(*Config)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	config := *e.config.Load()
	config.App.Secrets = slices.Clone(config.App.Secrets)
	config.App.Roles = slices.Clone(config.App.Roles)
	change(&config)
	config = config.withDefaults()
	e.config.Store(&config)
}

// RevokeTokens makes all access tokens issued so far invalid, as continuous
// access evaluation does when a credential is removed.
func (e *Emulator) RevokeTokens() { e.tokenGeneration.Add(1) }

// tenant finds a tenant by id or domain.
func (e *Emulator) tenant(key string) *Tenant {
	for _, t := range e.tenants {
		if strings.EqualFold(key, t.id) || strings.EqualFold(key, t.Domain) {
			return t
		}
	}
	return nil
}

func (e *Emulator) newID() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return newID(e.random)
}

// ServeHTTP answers one request.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := e.newCall(r)
	a := e.answer(c)
	defer a.release()
	a.write(w, r)
}

// answer takes one request, of its own or out of a batch, through what every
// request meets: the log, the hook, latency, faults, and its handler.
func (e *Emulator) answer(c *call) *answer {
	c.requestID = e.newID()
	request := e.meter.count(c)
	if hook := c.config.OnRequest; hook != nil {
		hook(request)
		c.config = e.config.Load() // the hook may have changed it
	}
	if err := e.delay(c.ctx(), c.config); err != nil {
		return closedConnection()
	}
	a := e.faults.around(c, func() *answer { return c.serve() })
	c.stamp(a)
	e.meter.answered(c, a)
	return a
}

func (e *Emulator) delay(ctx context.Context, config *Config) error {
	if config.Latency <= 0 {
		return nil
	}
	return config.Wait(ctx, config.Latency)
}
