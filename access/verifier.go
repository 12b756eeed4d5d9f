package access

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"scimbridge/models"
)

// Verifier checks tokens that Entra has signed.
type Verifier struct {
	// HTTP fetches Entra's keys.
	HTTP *http.Client
	Now  func() time.Time

	mu   sync.Mutex
	keys map[string]keySet
}

// keySet is the keys of one tenant. go-oidc asks anew when a token names a key that it
// does not have; we begin afresh now and then, so that a key that Entra has withdrawn is
// forgotten.
type keySet struct {
	keys  *oidc.RemoteKeySet
	since time.Time
}

const (
	keysLife = 6 * time.Hour
	// clockSkew is how far Entra's clock and ours may be apart.
	clockSkew = 2 * time.Minute
	keysTime  = 10 * time.Second
	// maxJWT bounds what is decoded before anything is known of it; Entra's have 2 KB.
	maxJWT = 16 << 10
)

// What Entra's own tokens for SCIM say when the secret token is left blank (fact sheet
// of SCIM clients, section 1.2).
const (
	sharedAudience = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
	provisioning   = "00000014-0000-0000-c000-000000000000"
)

// ClaimError says what about a token was not as it must be. It is for the log: whoever
// sent the token learns only that it was refused.
type ClaimError struct{ reason string }

func (e *ClaimError) Error() string { return e.reason }

func wrongClaim(format string, args ...any) error {
	return &ClaimError{fmt.Sprintf(format, args...)}
}

// Claims are what is read of a token.
type Claims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience audience `json:"aud"`
	Tenant   string   `json:"tid"`
	AppID    string   `json:"appid"`
	Expires  int64    `json:"exp"`
	Issued   int64    `json:"iat"`
}

// audience is one text or several (RFC 7519 section 4.1.3).
type audience []string

func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// Assertion checks the assertion of a federated client: issuer, audience, subject,
// tenant, time and signature. It answers a *ClaimError if one of them is wrong.
func (v *Verifier) Assertion(ctx context.Context, f models.Federation, token string) error {
	_, err := v.check(ctx, f, token, f.Authority()+"/"+f.TenantID+"/v2.0", func(c Claims) error {
		switch {
		case !strings.EqualFold(c.Subject, f.Subject):
			return wrongClaim("the subject is %q", c.Subject)
		case !anyOf(f.Audiences, c.Audience):
			return wrongClaim("the audience is %q", c.Audience)
		}
		return nil
	})
	return err
}

// EntraToken checks a token that Entra sends directly as bearer. Any tenant can get one
// for the audience that all non-gallery applications share, so the tenant must be ours.
func (v *Verifier) EntraToken(ctx context.Context, f models.Federation, token string) (Claims, error) {
	return v.check(ctx, f, token, issuerOfV1(f), func(c Claims) error {
		switch {
		case c.AppID != provisioning:
			return wrongClaim("the application %q is not Entra's provisioning service", c.AppID)
		case !anyOf(append([]string{sharedAudience}, f.Audiences...), c.Audience):
			return wrongClaim("the audience is %q", c.Audience)
		case f.Subject != "" && !strings.EqualFold(c.Subject, f.Subject):
			return wrongClaim("the subject is %q", c.Subject)
		}
		return nil
	})
}

// issuerOfV1 is who signs tokens of the first version: Microsoft's has a host of its own,
// another authority is taken to be its own issuer.
func issuerOfV1(f models.Federation) string {
	if f.AuthorityHost != "" {
		return f.AuthorityHost + "/" + f.TenantID + "/"
	}
	return "https://sts.windows.net/" + f.TenantID + "/"
}

func anyOf(accepted []string, given audience) bool {
	return slices.ContainsFunc(given, func(one string) bool { return slices.Contains(accepted, one) })
}

// check reads what the token claims before it asks for keys, so that a token that is not
// for us makes nobody fetch anything.
func (v *Verifier) check(ctx context.Context, f models.Federation, token, issuer string, claimed func(Claims) error) (Claims, error) {
	c, err := unverified(token)
	switch {
	case err != nil:
		return c, err
	case c.Issuer != issuer:
		return c, wrongClaim("the issuer is %q, not %q", c.Issuer, issuer)
	case !strings.EqualFold(c.Tenant, f.TenantID):
		return c, wrongClaim("the tenant is %q", c.Tenant)
	case c.Issued > v.Now().Add(clockSkew).Unix():
		return c, wrongClaim("it is issued in the future")
	}
	if err := claimed(c); err != nil {
		return c, err
	}
	verifier := oidc.NewVerifier(issuer, v.keysOf(f), &oidc.Config{
		SkipClientIDCheck:    true, // the audiences are checked above
		SupportedSigningAlgs: []string{oidc.RS256},
		Now:                  func() time.Time { return v.Now().Add(-clockSkew) },
	})
	ctx, cancel := context.WithTimeout(ctx, keysTime)
	defer cancel()
	if _, err := verifier.Verify(ctx, token); err != nil {
		return c, wrongClaim("it does not verify: %v", err)
	}
	return c, nil
}

// unverified reads what a token claims to be.
func unverified(token string) (Claims, error) {
	var c Claims
	parts := strings.Split(token, ".")
	if len(token) > maxJWT || len(parts) != 3 {
		return c, wrongClaim("it is not a JSON web token")
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(body, &c) != nil {
		return c, wrongClaim("it is not a JSON web token")
	}
	return c, nil
}

// LooksSigned tells whether a bearer token may be one that Entra has signed.
func LooksSigned(token string) bool {
	return strings.HasPrefix(token, "eyJ") && strings.Count(token, ".") == 2 && len(token) <= maxJWT
}

// keysOf are the keys of a tenant. Tokens of both versions are signed with the same.
func (v *Verifier) keysOf(f models.Federation) *oidc.RemoteKeySet {
	address := f.Authority() + "/" + f.TenantID + "/discovery/v2.0/keys"
	now := v.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	known, ok := v.keys[address]
	if ok && now.Sub(known.since) < keysLife {
		return known.keys
	}
	if v.keys == nil {
		v.keys = make(map[string]keySet)
	}
	// The context outlives the request: the keys are kept for later ones.
	known = keySet{oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), v.HTTP), address), now}
	v.keys[address] = known
	return known.keys
}
