package graph

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"scimbridge/pull"
)

// credential signs in. It keeps its tokens for as long as the source lives, since
// azidentity caches them per object (section 5.4), and can be made to forget them.
type credential struct {
	proof proof

	mu      sync.Mutex
	current azcore.TokenCredential
}

// proof is one way to prove who the application is.
type proof struct {
	make func() (azcore.TokenCredential, error)
	// ends is when the proof ends by itself, as a certificate does; zero if unknown.
	ends time.Time
	// hint is the beginning of a client secret, by which Entra lists it.
	hint string
	// refusal is what an admin hears when azidentity takes none of it: its own words
	// could quote what was entered.
	refusal error
}

func newCredential(p proof) (*credential, error) {
	c := &credential{proof: p}
	if err := c.forget(); err != nil {
		return nil, p.refusal
	}
	return c, nil
}

// GetToken implements azcore.TokenCredential.
func (c *credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	current := c.current
	c.mu.Unlock()
	return current.GetToken(ctx, o)
}

// forget drops every token, so that the next request fetches a new one: the only way
// to a token that knows of a new consent, too (section 5.2).
func (c *credential) forget() error {
	fresh, err := c.proof.make()
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = fresh
	return nil
}

// signInTransport counts sign-ins, and remembers why one could not be sent: azidentity
// keeps the text of such an error but not the error (its errors.go, v1.15.0).
type signInTransport struct {
	next  http.RoundTripper
	meter *meter
}

func (t signInTransport) Do(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodPost || req.URL.Scheme == "http" { // a token, not what leads there
		t.meter.add(pull.Usage{SignIns: 1})
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		attemptOf(req.Context()).signIn = err
	}
	return resp, err
}
