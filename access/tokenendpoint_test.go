package access_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// office is a token endpoint on a real database, with one directory and a clock.
type office struct {
	t         *testing.T
	url       string
	store     *store.Store
	endpoint  *access.TokenEndpoint
	authority *authority
	directory models.Directory
	log       *bytes.Buffer
	ahead     *atomic.Int64 // how far the clock has been set forward
}

func eachOffice(t *testing.T, f func(*office)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := &office{t: t, authority: newAuthority(t), log: &bytes.Buffer{}, ahead: &atomic.Int64{}}
		o.store = storetest.Open(t, databaseURL, store.Options{Now: func() models.Instant { return models.At(o.now()) }})
		var err error
		if o.directory, err = o.store.CreateDirectory(context.Background(), "Contoso", models.DefaultSettings()); err != nil {
			t.Fatal(err)
		}
		o.endpoint = &access.TokenEndpoint{Clients: o.store, Verifier: verifierOf(o.authority, o.now), Log: slog.New(slog.NewTextHandler(o.log, nil))}
		server := httptest.NewServer(o.endpoint)
		t.Cleanup(server.Close)
		o.url = server.URL
		f(o)
	})
}

func (o *office) now() time.Time { return time.Now().Add(time.Duration(o.ahead.Load())) }

// client registers a client.
func (o *office) client(kind models.ClientKind) models.ScimClient {
	o.t.Helper()
	c := models.ScimClient{DirectoryID: o.directory.ID, Name: "Entra", Kind: kind, Access: models.WriteAccess, TokenMinutes: 60}
	if kind != models.SecretClient {
		c.Federation = o.authority.federation()
	}
	if kind == models.EntraTokenClient {
		c.Federation.Subject = ""
	}
	c, err := o.store.CreateScimClient(context.Background(), c)
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}

// secret issues one that lives for a while.
func (o *office) secret(c models.ScimClient, life time.Duration) (text string, row models.ScimClientSecret) {
	o.t.Helper()
	text, hash := access.ClientSecret.New()
	row, err := o.store.CreateClientSecret(context.Background(), models.ScimClientSecret{
		DirectoryID: c.DirectoryID, ClientID: c.ID, Hash: hash, ExpiresAt: models.At(o.now().Add(life)),
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return text, row
}

type grant struct {
	status           int
	AccessToken      string `json:"access_token"`
	TokenType        string `json:"token_type"`
	ExpiresIn        int    `json:"expires_in"`
	Error            string
	ErrorDescription string `json:"error_description"`
	header           http.Header
}

// ask sends a form; basic puts id and secret into the header.
func (o *office) ask(form url.Values, basic ...string) grant {
	o.t.Helper()
	r, err := http.NewRequest(http.MethodPost, o.url+access.TokenPath, strings.NewReader(form.Encode()))
	if err != nil {
		o.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if len(basic) == 2 {
		r.SetBasicAuth(basic[0], basic[1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	g := grant{status: response.StatusCode, header: response.Header}
	if err := json.NewDecoder(response.Body).Decode(&g); err != nil {
		o.t.Fatal(err)
	}
	return g
}

func credentials(pairs ...string) url.Values {
	form := url.Values{"grant_type": {"client_credentials"}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// opens tells whether a token opens the directory's SCIM endpoint.
func (o *office) opens(token string) bool {
	o.t.Helper()
	_, err := o.store.Admit(context.Background(), o.directory.ID, access.Hash(token))
	if err != nil && !errors.Is(err, models.ErrUnauthorized) {
		o.t.Fatal(err)
	}
	return err == nil
}

func TestASecretInHeaderOrBodyGetsAnAccessToken(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(o *office) {
		c := o.client(models.SecretClient)
		secret, _ := o.secret(c, 24*time.Hour)
		for name, g := range map[string]grant{
			"header": o.ask(credentials(), c.ID, secret),
			"body":   o.ask(credentials("client_id", c.ID, "client_secret", secret)),
			"both":   o.ask(credentials("client_id", c.ID, "client_secret", secret), c.ID, secret),
			"scope":  o.ask(credentials("scope", "scim.provision"), c.ID, secret),
		} {
			if g.status != 200 || g.TokenType != "Bearer" || g.ExpiresIn != 3600 || g.header.Get("Cache-Control") != "no-store" {
				o.t.Errorf("%s: %+v", name, g)
			}
			if !access.WellFormed(g.AccessToken) || !o.opens(g.AccessToken) {
				o.t.Errorf("%s: the token does not open", name)
			}
		}
		other, err := o.store.CreateDirectory(context.Background(), "Fabrikam", models.DefaultSettings())
		if err != nil {
			o.t.Fatal(err)
		}
		if _, err := o.store.Admit(context.Background(), other.ID, access.Hash(o.ask(credentials(), c.ID, secret).AccessToken)); !errors.Is(err, models.ErrUnauthorized) {
			o.t.Errorf("the token opens another directory: %v", err)
		}
	})
}

func TestWhoIsNotKnownGetsNothingAndLearnsNothing(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(o *office) {
		c, other := o.client(models.SecretClient), o.client(models.SecretClient)
		secret, _ := o.secret(c, 24*time.Hour)
		scimToken, _ := access.NewToken()
		unknown, _ := access.ClientSecret.New()
		for name, g := range map[string]grant{
			"an unknown client":          o.ask(credentials(), "00000000-0000-7000-8000-00000000ffff", secret),
			"no id":                      o.ask(credentials(), "", secret),
			"not an id":                  o.ask(credentials(), "' OR 1=1 \x00", secret),
			"a wrong secret":             o.ask(credentials(), c.ID, unknown),
			"no secret":                  o.ask(credentials("client_id", c.ID)),
			"the secret of another":      o.ask(credentials(), other.ID, secret),
			"a SCIM token for a secret":  o.ask(credentials(), c.ID, scimToken),
			"nothing":                    o.ask(credentials()),
			"a secret where none can be": o.ask(credentials(), o.client(models.EntraTokenClient).ID, secret),
		} {
			if g.status != 401 || g.Error != "invalid_client" || g.AccessToken != "" || !strings.HasPrefix(g.header.Get("WWW-Authenticate"), "Basic") {
				o.t.Errorf("%s: %+v", name, g)
			}
		}
		for name, g := range map[string]grant{
			"no grant":      o.ask(url.Values{}, c.ID, secret),
			"another grant": o.ask(url.Values{"grant_type": {"password"}}, c.ID, secret),
		} {
			if g.status != 400 || g.Error != "unsupported_grant_type" {
				o.t.Errorf("%s: %+v", name, g)
			}
		}
		for name, g := range map[string]grant{
			"two clients": o.ask(credentials("client_id", other.ID), c.ID, secret),
			"two secrets": o.ask(credentials("client_secret", unknown), c.ID, secret),
			"two ways":    o.ask(credentials("client_assertion", "x"), c.ID, secret),
			"twice":       o.ask(url.Values{"grant_type": {"client_credentials", "client_credentials"}}, c.ID, secret),
		} {
			if g.status != 400 || g.Error != "invalid_request" {
				o.t.Errorf("%s: %+v", name, g)
			}
		}
		if strings.Contains(o.log.String(), secret) {
			o.t.Errorf("the secret is logged: %s", o.log)
		}
	})
}

func TestSecretsAreChangedWithoutAGapAndRevokedAtOnce(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(o *office) {
		ctx := context.Background()
		c := o.client(models.SecretClient)
		first, row := o.secret(c, time.Hour)
		second, _ := o.secret(c, 48*time.Hour)
		byFirst, bySecond := o.ask(credentials(), c.ID, first), o.ask(credentials(), c.ID, second)
		if byFirst.status != 200 || bySecond.status != 200 {
			o.t.Fatalf("both live: %+v, %+v", byFirst, bySecond)
		}
		if err := o.store.RevokeClientSecret(ctx, c.DirectoryID, c.ID, row.ID); err != nil {
			o.t.Fatal(err)
		}
		if o.opens(byFirst.AccessToken) || !o.opens(bySecond.AccessToken) || o.ask(credentials(), c.ID, first).status != 401 {
			o.t.Error("a revoked secret lives on, or took the other one with it")
		}
		o.ahead.Store(int64(61 * time.Minute))
		if o.opens(bySecond.AccessToken) {
			o.t.Error("an access token outlives its time")
		}
		o.ahead.Store(int64(49 * time.Hour))
		if g := o.ask(credentials(), c.ID, second); g.status != 401 {
			o.t.Errorf("an expired secret gets %+v", g)
		}
		third, _ := o.secret(c, time.Hour)
		last := o.ask(credentials(), c.ID, third)
		if err := o.store.RevokeScimClient(ctx, c.DirectoryID, c.ID); err != nil {
			o.t.Fatal(err)
		}
		if o.opens(last.AccessToken) || o.ask(credentials(), c.ID, third).status != 401 {
			o.t.Error("a revoked client lives on")
		}
		if listed, err := o.store.Tokens(ctx, c.DirectoryID, "", 10); err != nil || len(listed) != 0 {
			o.t.Errorf("access tokens are listed among those that admins issue: %v, %v", listed, err)
		}
	})
}

func TestAnAssertionGetsAnAccessToken(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(o *office) {
		c := o.client(models.FederatedClient)
		ask := func(claims claims) grant {
			return o.ask(credentials("client_id", c.ID, "scope", "scim.provision",
				"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", o.authority.sign(o.t, claims)))
		}
		good := o.authority.assertion(o.now())
		if g := ask(good); g.status != 200 || !o.opens(g.AccessToken) {
			o.t.Errorf("got %+v", g)
		}
		if g := ask(good.with("sub", provisioning)); g.status != 401 || g.Error != "invalid_client" || strings.Contains(g.ErrorDescription, "subject") {
			o.t.Errorf("another subject: %+v", g)
		}
		if !strings.Contains(o.log.String(), "the subject is") {
			o.t.Errorf("the log does not say why: %s", o.log)
		}
		if strings.Contains(o.log.String(), "eyJ") {
			o.t.Error("the log has a token")
		}
		if g := o.ask(credentials("client_id", c.ID)); g.status != 400 || g.Error != "invalid_request" {
			o.t.Errorf("no assertion: %+v", g)
		}
	})
}

func TestATokenThatEntraSendsItselfOpensUntilItExpiresOrIsRevoked(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(o *office) {
		ctx := context.Background()
		tokens := &access.EntraTokens{Clients: o.store, Verifier: o.endpoint.Verifier, Log: o.endpoint.Log}
		take := func(directory, token string) error { return tokens.Take(ctx, directory, token) }
		good := o.authority.sign(o.t, o.authority.entraToken(o.now()))
		if err := take(o.directory.ID, good); !errors.Is(err, models.ErrUnauthorized) {
			o.t.Errorf("a directory that trusts nobody: %v", err)
		}
		c := o.client(models.EntraTokenClient)
		if err := take(o.directory.ID, good); err != nil || !o.opens(good) {
			o.t.Errorf("refused: %v", err)
		}
		if err := take(o.directory.ID, good); err != nil { // two requests at once
			o.t.Errorf("the second time: %v", err)
		}
		other, err := o.store.CreateDirectory(ctx, "Fabrikam", models.DefaultSettings())
		if err != nil {
			o.t.Fatal(err)
		}
		for name, err := range map[string]error{
			"another directory":       take(other.ID, good),
			"no directory":            take("x", good),
			"a token of another kind": take(o.directory.ID, o.authority.sign(o.t, o.authority.assertion(o.now()))),
			"a token that is not one": take(o.directory.ID, "scb_x"),
			"another tenant's":        take(o.directory.ID, o.authority.sign(o.t, o.authority.entraToken(o.now()).with("tid", otherTenant))),
		} {
			if !errors.Is(err, models.ErrUnauthorized) {
				o.t.Errorf("%s: %v", name, err)
			}
		}
		if err := o.store.RevokeScimClient(ctx, c.DirectoryID, c.ID); err != nil {
			o.t.Fatal(err)
		}
		if err := take(o.directory.ID, good); !errors.Is(err, models.ErrUnauthorized) || o.opens(good) {
			o.t.Errorf("revoked: %v", err)
		}
	})
}
