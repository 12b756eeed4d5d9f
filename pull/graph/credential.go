package graph

import (
	"context"
	"net/http"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// credential signs in. It keeps its tokens for as long as the source lives, since
// azidentity caches them per object (section 5.4), and can be made to forget them.
type credential struct {
	make func() (azcore.TokenCredential, error)

	mu      sync.Mutex
	current azcore.TokenCredential
}

func newCredential(at tenant, secret string, transport policy.Transporter) (*credential, error) {
	options := &azidentity.ClientSecretCredentialOptions{
		ClientOptions: azcore.ClientOptions{
			Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: at.authority},
			Transport: transport,
			// Sign-in is tried again where Graph's own calls are (ask.go), with the same
			// clock and the same patience.
			Retry: policy.RetryOptions{MaxRetries: -1},
		},
		// A host of one's own is unknown to Microsoft's list of authorities, and asking
		// for that list needs the Internet (section 6.8).
		DisableInstanceDiscovery: at.isCustom,
	}
	c := &credential{make: func() (azcore.TokenCredential, error) {
		return azidentity.NewClientSecretCredential(at.id, at.clientID, secret, options)
	}}
	if err := c.forget(); err != nil {
		// azidentity's own words could quote what was entered.
		return nil, settingsError("the tenant id, client id or client secret cannot be used to sign in",
			"Enter all three again, as the Entra admin center shows them.")
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
	fresh, err := c.make()
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = fresh
	return nil
}

// signInTransport remembers why a sign-in could not be sent: azidentity keeps the
// text of such an error but not the error (its errors.go, v1.15.0).
type signInTransport struct{ next http.RoundTripper }

func (t signInTransport) Do(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		attemptOf(req.Context()).signIn = err
	}
	return resp, err
}
