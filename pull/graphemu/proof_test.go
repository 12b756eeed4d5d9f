package graphemu_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"testing"
	"time"

	"scimbridge/pull/graphemu"
)

// signedBy is an assertion of the application, signed with a key under a certificate's name.
func signedBy(t *testing.T, key *rsa.PrivateKey, as *x509.Certificate, claims map[string]any) string {
	t.Helper()
	sum := sha256.Sum256(as.Raw)
	encode := func(v any) string {
		text, err := json.Marshal(v)
		must(t, err)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signed := encode(map[string]any{"alg": "RS256", "x5t#S256": base64.StdEncoding.EncodeToString(sum[:])}) + "." + encode(claims)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	must(t, err)
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func newCertificate(t *testing.T, ends time.Time) (*rsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	certificate, err := x509.ParseCertificate(der)
	must(t, err)
	return key, certificate
}

func TestARegisteredCertificateIsChecked(t *testing.T) {
	t.Parallel()
	now := newClock()
	key, certificate := newCertificate(t, now.Now().Add(time.Hour))
	stranger, unregistered := newCertificate(t, now.Now().Add(time.Hour))
	tenant := village(t, now.Now)
	_, c := serve(t, tenant, graphemu.Config{App: graphemu.App{
		Certificates: []*x509.Certificate{certificate},
		Federations:  []graphemu.Federation{{Issuer: "https://cluster.example", Subject: "bridge"}},
	}})
	claims := map[string]any{"iss": graphemu.ClientID, "aud": c.origin + "/" + tenant.ID() + "/oauth2/v2.0/token", "exp": now.Now().Add(time.Minute).Unix()}
	foreign := func(subject string) string {
		return signedBy(t, stranger, unregistered, map[string]any{"iss": "https://cluster.example", "sub": subject,
			"aud": "api://AzureADTokenExchange", "exp": now.Now().Add(time.Minute).Unix()})
	}
	for name, tc := range map[string]struct {
		assertion string
		code      any
	}{
		"signed with it":             {signedBy(t, key, certificate, claims), nil},
		"signed with another key":    {signedBy(t, stranger, certificate, claims), 700027.0},
		"with another certificate":   {signedBy(t, stranger, unregistered, claims), 700027.0},
		"a token that is trusted":    {foreign("bridge"), nil},
		"a token of another subject": {foreign("stranger"), 700213.0},
	} {
		form := credentials()
		form.Del("client_secret")
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", tc.assertion)
		r := c.postForm("/"+tenant.ID()+"/oauth2/v2.0/token", form)
		if tc.code == nil {
			same(t, name, 200, r.status)
			continue
		}
		same(t, name, []any{tc.code}, r.json()["error_codes"])
	}
}

func TestAMachineHasAnIdentity(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	emu, c := serve(t, tenant, graphemu.Config{})
	endpoint := c.origin + "/metadata/identity/oauth2/token"
	query := "?api-version=2018-02-01&resource=https://graph.microsoft.com"
	same(t, "without one", 404, c.get(endpoint+query, "Metadata: true").status)
	emu.Configure(func(config *graphemu.Config) { config.App.ManagedIdentity = true })
	for link, status := range map[string]int{
		query: 200, query + "&client_id=" + graphemu.ClientID: 200,
		query + "&client_id=11111111-2222-4333-8444-555555555555": 400, "?api-version=2018-02-01": 400,
	} {
		same(t, link, status, c.get(endpoint+link, "Metadata: true").status)
	}
	same(t, "without the header", 400, c.get(endpoint+query).status)
	c.token = c.get(endpoint+query, "Metadata: true").json()["access_token"].(string)
	same(t, "with its token", 200, c.get("/users").status)
}
