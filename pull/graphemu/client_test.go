package graphemu_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scimbridge/pull/graphemu"
)

// clock is a time that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 6, 15, 9, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// client talks to an emulator over TLS as a signed-in application.
type client struct {
	t      testing.TB
	http   *http.Client
	origin string
	tenant *graphemu.Tenant
	token  string
}

// serve starts an emulator and signs in to its tenant.
func serve(t testing.TB, tenant *graphemu.Tenant, config graphemu.Config) (*graphemu.Emulator, *client) {
	t.Helper()
	emu := graphemu.New(config, tenant)
	return emu, connect(t, emu, tenant)
}

func connect(t testing.TB, emu *graphemu.Emulator, tenant *graphemu.Tenant) *client {
	t.Helper()
	srv := httptest.NewUnstartedServer(emu)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	c := &client{t: t, http: srv.Client(), origin: srv.URL, tenant: tenant}
	c.signIn()
	return c
}

func (c *client) signIn() {
	c.t.Helper()
	r := c.postForm("/"+c.tenant.ID()+"/oauth2/v2.0/token", credentials())
	if r.status != 200 {
		c.t.Fatalf("signing in: %d %s", r.status, r.body)
	}
	c.token = r.json()["access_token"].(string)
}

func credentials() url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"},
		"client_id": {graphemu.ClientID}, "client_secret": {graphemu.ClientSecret},
	}
}

// response is a whole answer.
type response struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

func (c *client) postForm(path string, form url.Values) response {
	c.t.Helper()
	request, err := http.NewRequest(http.MethodPost, c.origin+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.send(request)
}

// get reads a path below /v1.0, or a whole link. Headers come as "Name: value".
func (c *client) get(link string, headers ...string) response {
	c.t.Helper()
	return c.send(c.request(http.MethodGet, link, nil, headers...))
}

func (c *client) post(link, body string, headers ...string) response {
	c.t.Helper()
	return c.send(c.request(http.MethodPost, link, strings.NewReader(body), headers...))
}

func (c *client) request(method, link string, body io.Reader, headers ...string) *http.Request {
	c.t.Helper()
	if strings.HasPrefix(link, "/") {
		link = c.origin + "/v1.0" + link
	}
	request, err := http.NewRequest(method, strings.ReplaceAll(link, " ", "%20"), body)
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Set(name, value)
	}
	return request
}

func (c *client) send(request *http.Request) response {
	c.t.Helper()
	answer, err := c.http.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response{t: c.t, status: answer.StatusCode, header: answer.Header, body: string(body)}
}

func (r response) json() map[string]any {
	r.t.Helper()
	var v map[string]any
	decoder := json.NewDecoder(bytes.NewReader([]byte(r.body)))
	if err := decoder.Decode(&v); err != nil {
		r.t.Fatalf("answer %d is no JSON: %v\n%s", r.status, err, r.body)
	}
	return v
}

// values are the objects of a page.
func (r response) values() []any {
	r.t.Helper()
	if r.status != 200 {
		r.t.Fatalf("want a page, not %d %s", r.status, r.body)
	}
	return r.json()["value"].([]any)
}

// link returns a link of a page, or "".
func (r response) link(name string) string {
	r.t.Helper()
	link, _ := r.json()["@odata."+name].(string)
	return link
}

// code is the status and code of a refusal, such as "400 Request_BadRequest".
func (r response) code() string {
	r.t.Helper()
	e, _ := r.json()["error"].(map[string]any)
	code, _ := e["code"].(string)
	return http.StatusText(r.status) + ": " + code
}

// all reads a listing or a round to its end and returns its objects and the
// delta link.
func (c *client) all(link string, headers ...string) (objects []any, deltaLink string) {
	c.t.Helper()
	for range 1000 {
		page := c.get(link, headers...)
		objects = append(objects, page.values()...)
		deltaLink, link = page.link("deltaLink"), page.link("nextLink")
		if link == "" {
			return objects, deltaLink
		}
	}
	c.t.Fatal("the listing does not end")
	return nil, ""
}

// same fails the test where two values differ.
func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}

// parse reads JSON as tests compare it.
func parse(t testing.TB, text string) []any {
	t.Helper()
	var v []any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// must takes the error off a change to a tenant.
func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// village is a tenant small enough to be written out: four people with ids for
// names, of whom bob manages ann, and three groups.
func village(t testing.TB, now func() time.Time) *graphemu.Tenant {
	t.Helper()
	tenant := graphemu.NewTenant(1, now)
	for _, said := range []graphemu.Properties{
		{"id": "ann", "userPrincipalName": "ann@contoso.example", "displayName": "Ann Öhman", "givenName": "Ann", "mail": "ann@contoso.example", "department": "Sales"},
		{"id": "bob", "userPrincipalName": "bob@contoso.example", "displayName": "Bob \"Buzz\"", "mail": nil, "accountEnabled": false},
		{"id": "cem", "userPrincipalName": "cem_partner.example#EXT#@contoso.example", "displayName": "Cem", "userType": "Guest", "otherMails": []string{"cem@partner.example"}},
		{"id": "dee", "userPrincipalName": "dee@contoso.example", "displayName": "Dee", "userType": nil},
	} {
		_, err := tenant.AddUser(said)
		must(t, err)
	}
	for _, said := range []graphemu.Properties{
		{"id": "crew", "displayName": "Crew"},
		{"id": "deck", "displayName": "Deck", "description": "below Crew"},
		{"id": "list", "displayName": "List", "securityEnabled": false, "mailEnabled": true, "mail": "list@contoso.example"},
	} {
		_, err := tenant.AddGroup(said)
		must(t, err)
	}
	must(t,
		tenant.SetManager("ann", "bob"),
		tenant.AddMember("crew", "ann"), tenant.AddMember("crew", "deck"),
		tenant.AddMember("deck", "bob"), tenant.AddMember("deck", "cem"),
	)
	return tenant
}
