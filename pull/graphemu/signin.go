package graphemu

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The sign-in service: as much of OpenID Connect and OAuth 2.0 as client
// credentials need.
//
// Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow

// maxBody bounds what the emulator reads of a request.
const maxBody = 4 << 20

// graphApp is Graph's own application id, which may stand for it in a scope.
const graphApp = "00000003-0000-0000-c000-000000000000"

// jsonAnswer is an answer of the sign-in service, where speed does not matter.
func jsonAnswer(status int, body any) *answer {
	a := newAnswer(status)
	text, err := json.Marshal(body)
	if err != nil {
		panic("graphemu: " + err.Error())
	}
	a.body = append(a.body, text...)
	a.header.Set("Content-Type", "application/json; charset=utf-8")
	a.header.Set("Cache-Control", "no-store, no-cache")
	return a
}

// openIDConfiguration is what azidentity reads first. The issuer must have the
// scheme, host and port of the authority.
func openIDConfiguration(c *call) (*answer, error) {
	id := c.args["tenant"]
	if id != "common" && id != "organizations" {
		t, err := c.tenantOfPath()
		if err != nil {
			return nil, err
		}
		id = t.id
	}
	authority := c.origin + "/" + id
	return jsonAnswer(200, map[string]any{
		"issuer":                                authority + "/v2.0",
		"authorization_endpoint":                authority + "/oauth2/v2.0/authorize",
		"token_endpoint":                        authority + "/oauth2/v2.0/token",
		"jwks_uri":                              authority + "/discovery/v2.0/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"tenant_region_scope":                   "EU",
		"cloud_instance_name":                   "microsoftonline.com",
		"msgraph_host":                          strings.TrimPrefix(strings.TrimPrefix(c.origin, "https://"), "http://"),
	}), nil
}

// instanceDiscovery says that this authority may be trusted. Clients with
// DisableInstanceDiscovery never ask.
func instanceDiscovery(c *call) (*answer, error) {
	host := strings.TrimPrefix(strings.TrimPrefix(c.origin, "https://"), "http://")
	return jsonAnswer(200, map[string]any{
		"tenant_discovery_endpoint": c.origin + "/" + c.emulator.tenants[0].id + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []map[string]any{{
			"preferred_network": host, "preferred_cache": host, "aliases": []string{host},
		}},
	}), nil
}

// signingKeys are none: tokens for Graph are for Graph alone to check.
func signingKeys(*call) (*answer, error) {
	return jsonAnswer(200, map[string]any{"keys": []any{}}), nil
}

func (c *call) tenantOfPath() (*Tenant, error) {
	key := c.args["tenant"]
	if key == "common" || key == "organizations" || key == "consumers" {
		return nil, signInError(9001023, "")
	}
	if strings.Trim(key, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-") != "" {
		return nil, signInError(900023, key)
	}
	t := c.emulator.tenant(key)
	if t == nil {
		return nil, signInError(90002, key)
	}
	return t, nil
}

// token issues an access token for client credentials.
func token(c *call) (*answer, error) {
	t, err := c.tenantOfPath()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, c.request.Body, maxBody))
	if err != nil {
		return nil, signInError(900144, "grant_type")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, signInError(900144, "grant_type")
	}
	if err := c.checkGrant(form); err != nil {
		return nil, err
	}
	if err := c.checkCredential(t, form); err != nil {
		return nil, err
	}
	lifetime := c.config.TokenLifetime
	return jsonAnswer(200, map[string]any{
		"token_type": "Bearer", "expires_in": int(lifetime.Seconds()), "ext_expires_in": int(lifetime.Seconds()),
		"access_token": c.accessToken(t, lifetime),
	}), nil
}

func (c *call) checkGrant(form url.Values) error {
	switch grant := form.Get("grant_type"); grant {
	case "":
		return signInError(900144, "grant_type")
	case "client_credentials":
	default:
		return signInError(70003, grant)
	}
	scope := form.Get("scope")
	if scope == "" {
		return signInError(900144, "scope")
	}
	// MSAL adds the scopes of OpenID Connect to what its caller asked for.
	resources := slices.DeleteFunc(strings.Fields(scope), func(s string) bool {
		return s == "openid" || s == "profile" || s == "offline_access"
	})
	if len(resources) != 1 || !strings.HasSuffix(resources[0], "/.default") {
		return signInError(70011, scope)
	}
	switch resource := strings.TrimSuffix(resources[0], "/.default"); resource {
	case "https://graph.microsoft.com", "https://graph.microsoft.com/", graphApp, c.origin, c.origin + "/":
		return nil
	default:
		return signInError(500011, resource)
	}
}

func (c *call) checkCredential(t *Tenant, form url.Values) error {
	app := c.config.App
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if basicID, basicSecret, ok := c.request.BasicAuth(); ok {
		id, secret = basicID, basicSecret
	}
	switch {
	case id == "":
		return signInError(900144, "client_id")
	case !strings.EqualFold(id, app.ID):
		return signInError(700016, id)
	case app.Disabled:
		return signInError(7000112, id)
	case form.Get("client_assertion") != "":
		return c.checkAssertion(t, form)
	case secret == "":
		return signInError(7000218, "")
	}
	return c.checkSecret(app, secret)
}

func (c *call) checkSecret(app App, secret string) error {
	for _, s := range app.Secrets {
		if s.Value != secret {
			continue
		}
		if !s.Expires.IsZero() && !c.now().Before(s.Expires) {
			return signInError(7000222, app.ID)
		}
		return nil
	}
	return signInError(7000215, app.ID)
}

// assertion is what a certificate credential or a foreign issuer signs.
type assertion struct {
	Audience string `json:"aud"`
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Start    int64  `json:"nbf"`
	Expires  int64  `json:"exp"`
}

// checkAssertion accepts an assertion by its structure. One signed by the
// application itself names the application as issuer and the token endpoint as
// audience; a federated one names its own subject and the exchange.
//
// Source: https://learn.microsoft.com/entra/identity-platform/certificate-credentials
func (c *call) checkAssertion(t *Tenant, form url.Values) error {
	if form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return signInError(900144, "client_assertion_type")
	}
	said, err := readAssertion(form.Get("client_assertion"))
	if err != nil {
		return signInError(50027, "")
	}
	if c.config.App.RefuseAssertions {
		return signInError(700027, "")
	}
	if now := c.now().Unix(); said.Expires <= now || said.Start > now+300 {
		return signInError(700024, "")
	}
	ownAudiences := []string{
		c.origin + "/" + t.id + "/oauth2/v2.0/token", c.origin + "/" + t.Domain + "/oauth2/v2.0/token",
		c.origin + "/" + t.id + "/v2.0",
	}
	own := strings.EqualFold(said.Issuer, c.config.App.ID) && slices.Contains(ownAudiences, said.Audience)
	switch {
	case own && !c.config.App.proves(form.Get("client_assertion")):
		return signInError(700027, "")
	case own:
		return nil
	case said.Audience != "api://AzureADTokenExchange", !c.config.App.trusts(said):
		return signInError(700213, said.Subject)
	}
	return nil
}

func readAssertion(jwt string) (assertion, error) {
	var said assertion
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return said, errNotSealed
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return said, err
	}
	return said, json.Unmarshal(payload, &said)
}

func (c *call) accessToken(t *Tenant, lifetime time.Duration) string {
	now := c.now()
	return c.emulator.signer.issue(claims{
		Audience: "https://graph.microsoft.com", Issuer: "https://sts.windows.net/" + t.id + "/",
		IssuedAt: now.Unix(), Start: now.Unix(), Expires: now.Add(lifetime).Unix(), Generation: c.emulator.tokenGeneration.Load(),
		App: c.config.App.ID, AppName: "scimbridge", Kind: "app", Object: c.config.App.ID,
		Roles: c.config.App.Roles, Tenant: t.id, Version: "1.0",
	})
}
