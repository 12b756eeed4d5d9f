package access_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"scimbridge/models"
)

const (
	tenantID     = "11111111-2222-3333-4444-555555555555"
	otherTenant  = "99999999-2222-3333-4444-555555555555"
	principal    = "66666666-7777-8888-9999-aaaaaaaaaaaa"
	provisioning = "00000014-0000-0000-c000-000000000000"
	shared       = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
)

// authority is Entra as far as its keys go: it signs, and publishes the keys for it.
type authority struct {
	*httptest.Server
	mu      sync.Mutex
	keys    map[string]*rsa.PrivateKey
	current string
	asked   int
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{keys: make(map[string]*rsa.PrivateKey)}
	a.rotate(t)
	a.Server = httptest.NewTLSServer(http.HandlerFunc(a.publish))
	t.Cleanup(a.Close)
	return a
}

// rotate signs with a new key from now on; the earlier one stays published.
func (a *authority) rotate(t testing.TB) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.current = fmt.Sprintf("key-%d", len(a.keys)+1)
	a.keys[a.current] = key
}

// withdraw publishes the current key alone.
func (a *authority) withdraw() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.keys = map[string]*rsa.PrivateKey{a.current: a.keys[a.current]}
}

func (a *authority) publish(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/"+tenantID+"/discovery/v2.0/keys" {
		http.NotFound(w, r)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked++
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	for id, key := range a.keys {
		set.Keys = append(set.Keys, map[string]string{
			"kty": "RSA", "use": "sig", "kid": id, "n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes()),
		})
	}
	_ = json.NewEncoder(w).Encode(set)
}

func (a *authority) fetches() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// claims are those of a token.
type claims map[string]any

// with are the claims with one changed; nil leaves it out.
func (c claims) with(name string, value any) claims {
	changed := claims{}
	for n, v := range c {
		changed[n] = v
	}
	if changed[name] = value; value == nil {
		delete(changed, name)
	}
	return changed
}

// sign makes a token with the current key, or an algorithm that is none of ours.
func (a *authority) sign(t testing.TB, c claims) string {
	t.Helper()
	a.mu.Lock()
	id, key := a.current, a.keys[a.current]
	a.mu.Unlock()
	head := claims{"alg": "RS256", "typ": "JWT", "kid": id}
	return signWith(t, head, c, key)
}

func signWith(t testing.TB, head, c claims, key *rsa.PrivateKey) string {
	t.Helper()
	headText, err := json.Marshal(head)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	signed := encode(headText) + "." + encode(text)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + encode(signature)
}

// assertion are the claims of section 1.3 of the fact sheet.
func (a *authority) assertion(now time.Time) claims {
	return claims{
		"iss": a.URL + "/" + tenantID + "/v2.0", "sub": principal, "oid": principal, "aud": "api://scimbridge", "tid": tenantID,
		"azp": provisioning, "ver": "2.0", "iat": now.Add(-time.Minute).Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(),
	}
}

// entraToken are the claims of section 1.2 of the fact sheet.
func (a *authority) entraToken(now time.Time) claims {
	return claims{
		"iss": a.URL + "/" + tenantID + "/", "aud": shared, "appid": provisioning, "tid": tenantID,
		"iat": now.Add(-time.Minute).Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(),
	}
}

func (a *authority) federation() models.Federation {
	return models.Federation{TenantID: tenantID, Subject: principal, Audiences: []string{"api://scimbridge", "api://scimbridge/.default"}, AuthorityHost: a.URL}
}
