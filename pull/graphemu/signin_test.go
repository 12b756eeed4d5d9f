package graphemu_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"scimbridge/pull/graphemu"
)

func TestDiscoveryNamesTheTokenEndpointOfTheSameOrigin(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	_, c := serve(t, tenant, graphemu.Config{})
	for _, key := range []string{tenant.ID(), "contoso.example"} {
		r := c.get(c.origin + "/" + key + "/v2.0/.well-known/openid-configuration")
		got := r.json()
		want := map[string]any{
			"issuer":                 c.origin + "/" + tenant.ID() + "/v2.0",
			"authorization_endpoint": c.origin + "/" + tenant.ID() + "/oauth2/v2.0/authorize",
			"token_endpoint":         c.origin + "/" + tenant.ID() + "/oauth2/v2.0/token",
		}
		for name := range want {
			same(t, name, want[name], got[name])
		}
	}
}

func TestSignInIsRefusedInAADSTSWords(t *testing.T) {
	t.Parallel()
	now := newClock()
	expired := graphemu.Secret{Value: "old", Expires: now.Now()}
	config := graphemu.Config{App: graphemu.App{Secrets: []graphemu.Secret{{Value: graphemu.ClientSecret}, expired}}}
	tenant := village(t, now.Now)
	emu, c := serve(t, tenant, config)
	emu.Inject(graphemu.Fault{Route: "POST /{tenant}/oauth2/v2.0/token", After: 11, Effect: graphemu.SignIn(53003)})
	other := "11111111-2222-4333-8444-555555555555"

	for _, tc := range []struct {
		name   string
		tenant string
		change url.Values
		status int
		oauth  string
		code   float64
	}{
		{"an unknown tenant", other, nil, 400, "invalid_request", 90002},
		{"a tenant that is no name", "con toso", nil, 400, "invalid_request", 900023},
		{"common, which has no application", "common", nil, 400, "invalid_request", 9001023},
		{"an unknown application", "", url.Values{"client_id": {other}}, 400, "unauthorized_client", 700016},
		{"a wrong secret", "", url.Values{"client_secret": {"x"}}, 401, "invalid_client", 7000215},
		{"an expired secret", "", url.Values{"client_secret": {"old"}}, 401, "invalid_client", 7000222},
		{"no secret", "", url.Values{"client_secret": nil}, 401, "invalid_client", 7000218},
		{"no scope", "", url.Values{"scope": nil}, 400, "invalid_request", 900144},
		{"a scope of one permission", "", url.Values{"scope": {"https://graph.microsoft.com/User.Read.All"}}, 400, "invalid_scope", 70011},
		{"the Graph of another cloud", "", url.Values{"scope": {"https://graph.microsoft.us/.default"}}, 400, "invalid_resource", 500011},
		{"another grant", "", url.Values{"grant_type": {"password"}}, 400, "unsupported_grant_type", 70003},
		{"conditional access", "", nil, 400, "invalid_grant", 53003},
	} {
		form := credentials()
		for name, values := range tc.change {
			form[name] = values
		}
		if tc.tenant == "" {
			tc.tenant = tenant.ID()
		}
		r := c.postForm("/"+url.PathEscape(tc.tenant)+"/oauth2/v2.0/token", form)
		got := r.json()
		same(t, tc.name, []any{tc.status, tc.oauth, []any{tc.code}}, []any{r.status, got["error"], got["error_codes"]})
		if prefix := fmt.Sprintf("AADSTS%.0f: ", tc.code); !strings.HasPrefix(got["error_description"].(string), prefix) {
			t.Errorf("%s: description %q does not begin with %q", tc.name, got["error_description"], prefix)
		}
		for _, field := range []string{"timestamp", "trace_id", "correlation_id", "error_uri"} {
			if got[field] == nil {
				t.Errorf("%s: no %s", tc.name, field)
			}
		}
	}
}

func TestDiscoveryOfAnUnknownTenantIs90002(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{})
	r := c.get(c.origin + "/nobody.example/v2.0/.well-known/openid-configuration")
	same(t, "answer", []any{400, []any{90002.0}}, []any{r.status, r.json()["error_codes"]})
}

func TestAccessTokenTellsTenantAppAndRoles(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	_, c := serve(t, tenant, graphemu.Config{App: graphemu.App{Roles: []string{"User.Read.All"}}})
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(c.token, ".")[1])
	must(t, err)
	var got map[string]any
	must(t, json.Unmarshal(payload, &got))
	want := map[string]any{"tid": tenant.ID(), "appid": graphemu.ClientID, "idtyp": "app", "roles": []any{"User.Read.All"}}
	for name := range want {
		same(t, name, want[name], got[name])
	}
}

func TestAssertionsAreTakenByTheirStructure(t *testing.T) {
	t.Parallel()
	now := newClock()
	tenant := village(t, now.Now)
	_, c := serve(t, tenant, graphemu.Config{})
	audience := c.origin + "/" + tenant.ID() + "/oauth2/v2.0/token"
	for _, tc := range []struct {
		name   string
		claims map[string]any
		code   float64
	}{
		{"a certificate", map[string]any{"iss": graphemu.ClientID, "sub": graphemu.ClientID, "aud": audience}, 0},
		{"a federated credential", map[string]any{"iss": "https://cluster.example", "sub": "system:serviceaccount:a:b", "aud": "api://AzureADTokenExchange"}, 0},
		{"an assertion for somebody else", map[string]any{"iss": "https://cluster.example", "sub": "x", "aud": "api://other"}, 700213},
		{"an assertion of yesterday", map[string]any{"iss": graphemu.ClientID, "aud": audience, "exp": now.Now().Unix()}, 700024},
	} {
		if tc.claims["exp"] == nil {
			tc.claims["exp"] = now.Now().Add(time.Minute).Unix()
		}
		payload, err := json.Marshal(tc.claims)
		must(t, err)
		form := credentials()
		form.Del("client_secret")
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", "e30."+base64.RawURLEncoding.EncodeToString(payload)+".c2ln")
		r := c.postForm("/"+tenant.ID()+"/oauth2/v2.0/token", form)
		if tc.code == 0 {
			same(t, tc.name, 200, r.status)
			continue
		}
		same(t, tc.name, []any{tc.code}, r.json()["error_codes"])
	}
}

func TestAnAccessTokenEnds(t *testing.T) {
	t.Parallel()
	now := newClock()
	emu, c := serve(t, village(t, now.Now), graphemu.Config{TokenLifetime: time.Minute})
	same(t, "while it is valid", 200, c.get("/users").status)
	now.Advance(time.Minute)
	expired := c.get("/users")
	same(t, "when it is over", "Unauthorized: InvalidAuthenticationToken", expired.code())
	if !strings.HasPrefix(expired.header.Get("WWW-Authenticate"), `Bearer realm=""`) {
		t.Errorf("challenge is %q", expired.header.Get("WWW-Authenticate"))
	}
	c.signIn()
	same(t, "with a new one", 200, c.get("/users").status)

	emu.RevokeTokens()
	revoked := c.get("/users")
	same(t, "when it is revoked", 401, revoked.status)
	if !strings.Contains(revoked.header.Get("WWW-Authenticate"), `error="insufficient_claims", claims="`) {
		t.Errorf("no claims challenge in %q", revoked.header.Get("WWW-Authenticate"))
	}
	c.signIn()
	same(t, "after a revocation", 200, c.get("/users").status)
}

func TestATokenThatIsNotOursIsRefused(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{})
	genuine := c.token
	for _, token := range []string{"", "x", "a.b.c", genuine + "x", genuine[1:], strings.ToUpper(genuine)} {
		c.token = token
		same(t, "token "+token, 401, c.get("/users").status)
	}
}
