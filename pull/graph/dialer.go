package graph

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"scimbridge/pull"
)

// Dialer opens tenants. Its zero value works; it must not be copied after first use.
type Dialer struct {
	// Roots are the certificates to trust, for sign-in and Graph; nil means the
	// system's.
	Roots *x509.CertPool
	// Proxy is http.ProxyFromEnvironment in the program, which alone reads the
	// environment; nil is none.
	Proxy func(*http.Request) (*url.URL, error)
	// Assertion is the server's own token, for directories whose credential is
	// federation; nil if it has none.
	Assertion Assertion
	Log       *slog.Logger
	Now       func() time.Time
	// Wait returns after d, or early with the context's error. Whoever replaces it
	// replaces Now too, and lets it advance.
	Wait   func(ctx context.Context, d time.Duration) error
	Limits Limits

	mu    sync.Mutex
	gates map[tenantApp]*gate
	// reading is held while a certificate is read that somebody enters.
	reading sync.Mutex
}

var _ pull.Dialer = (*Dialer)(nil)

// tenantApp is what Graph throttles by (section 3.1).
type tenantApp struct{ graphHost, tenant, app string }

// Dial prepares a source for a run. It asks nothing of the network; the first read
// signs in.
func (d *Dialer) Dial(c pull.Connection) (pull.Source, error) {
	client, err := d.client(c, d.Limits.withDefaults())
	if err != nil {
		return nil, err
	}
	client.isBackground = true
	return newSource(client, mapping{upnAsMail: c.Allow.UPNAsMail, selection: newSelection(c.Attributes)}), nil
}

// client builds what a source and a connection test have in common.
func (d *Dialer) client(c pull.Connection, limits Limits) (*client, error) {
	at, err := newTenant(c)
	if err != nil {
		return nil, err
	}
	made := &client{
		tenant: at,
		limits: limits,
		gate:   d.gate(at, limits),
		now:    d.now(),
		sleep:  d.wait(),
		log:    d.logger(),
		pages:  newPageSize(),
	}
	made.ends = made.now().Add(limits.Run)
	made.connections = newConnections(d.Roots, d.Proxy, limits)
	made.meter = &meter{next: made.connections, now: made.now}
	prover := prover{at: at, transport: signInTransport{made.connections, made.meter}, assertion: d.Assertion, now: made.now()}
	proof, err := prover.prove(c.Settings.Credential, credentialOf(c))
	if err != nil {
		return nil, err
	}
	if made.credential, err = newCredential(proof); err != nil {
		return nil, err
	}
	made.adapter, err = newAdapter(at, made.credential, made.meter)
	return made, err
}

// gate returns the one gate of an application in a tenant, whoever reads it.
func (d *Dialer) gate(at tenant, limits Limits) *gate {
	key := tenantApp{graphHost: at.graph.Host, tenant: at.id, app: at.clientID}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gates == nil {
		d.gates = make(map[tenantApp]*gate)
	}
	if d.gates[key] == nil {
		d.gates[key] = newGate(limits.Parallel)
	}
	return d.gates[key]
}

func (d *Dialer) now() func() time.Time {
	if d.Now == nil {
		return time.Now
	}
	return d.Now
}

func (d *Dialer) wait() func(context.Context, time.Duration) error {
	if d.Wait == nil {
		return waitFor
	}
	return d.Wait
}

func (d *Dialer) logger() *slog.Logger {
	if d.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return d.Log
}

func waitFor(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
