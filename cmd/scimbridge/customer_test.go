package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scimbridge/pull/graphemu"
)

// tenant is a company in Microsoft Graph, served over TLS.
type tenant struct {
	*graphemu.Tenant
	emulator *graphemu.Emulator
	server   *graphemu.Server
	roots    string // file with the certificate
}

// company is small and comes in many pages.
func company(t *testing.T) *tenant {
	t.Helper()
	size := graphemu.Size{Users: 120, Groups: 24, GroupsPerUser: 3, Depth: 4}
	c := &tenant{Tenant: graphemu.Company(7, size, time.Now)}
	c.emulator = graphemu.New(graphemu.Config{
		UsersPerDeltaPage: 37, GroupsPerDeltaPage: 7, MembersPerDeltaPage: 100, MembersPerSlice: 20, EmptyPageEvery: 5,
	}, c.Tenant)
	var err error
	if c.server, err = graphemu.Listen(c.emulator, "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.server.Close() })
	c.roots = filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(c.roots, c.server.RootsPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// customer is one directory of a running bridge, and the tenant that it is pulled from.
type customer struct {
	*program
	settings    settings
	tenant      *tenant
	id          string
	write, read string // tokens of Entra and of the product
}

// newCustomer starts a bridge that trusts a company's certificate, and sets up a
// directory in production whose settling time is over at once.
func newCustomer(t *testing.T, databaseURL string) *customer {
	t.Helper()
	c := newTestModeCustomer(t, databaseURL)
	c.admin(t, http.StatusOK, "PATCH", c.path(""), `{"mode":"production","settle":"0s"}`)
	return c
}

// newTestModeCustomer sets up a directory as it is when new.
func newTestModeCustomer(t *testing.T, databaseURL string) *customer {
	t.Helper()
	c := &customer{tenant: company(t)}
	c.settings = newSettings(databaseURL).with("SSL_CERT_FILE", c.tenant.roots).with("TMPDIR", t.TempDir())
	c.program = start(t, c.settings)
	c.setUp(t)
	c.admin(t, http.StatusOK, "PUT", c.path("/graph"), graphSettings(c.tenant.server.URL, c.tenant.ID(), graphemu.ClientSecret))
	return c
}

// setUp creates a directory and its tokens.
func (c *customer) setUp(t *testing.T) {
	t.Helper()
	made := c.admin(t, http.StatusCreated, "POST", "/directories", `{"name":"Contoso"}`)
	c.id = made["id"].(string)
	if want := publicURL + "/scim/" + c.id + "/v2"; made["scimBaseUrl"] != want || made["mode"] != "test" {
		t.Errorf("the new directory is %v, want the SCIM address %s and mode test", made, want)
	}
	c.write, c.read = c.token(t, "Entra", "write"), c.token(t, "Product", "read")
}

func (c *customer) token(t *testing.T, name, access string) string {
	t.Helper()
	made := c.admin(t, http.StatusCreated, "POST", c.path("/scim-tokens"), fmt.Sprintf(`{"name":%q,"access":%q}`, name, access))
	token := made["token"].(string)
	c.log.mustNotTell(token, graphemu.ClientSecret)
	return token
}

func graphSettings(origin, tenantID, secret string) string {
	return fmt.Sprintf(`{"tenantId":%q,"clientId":%q,"clientSecret":%q,"cloud":"custom","authorityHost":%q,"graphHost":%q}`,
		tenantID, graphemu.ClientID, secret, origin, origin)
}

// restart starts the bridge again, on the same database and another port.
func (c *customer) restart(t *testing.T) {
	t.Helper()
	if c.runs() {
		c.stop(t)
	}
	c.program = start(t, c.settings)
	c.log.mustNotTell(c.write, c.read, graphemu.ClientSecret)
}

// path is one of the directory's in the admin API.
func (c *customer) path(rest string) string { return "/directories/" + c.id + rest }

// reply is an answer that has been read.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// object is the body as a JSON object.
func (r reply) object(t *testing.T) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(r.body, &object); err != nil {
		t.Fatalf("status %d, the body is no JSON object: %v\n%s", r.status, err, r.body)
	}
	return object
}

// ask sends a request with a token.
func (p *program) ask(t *testing.T, token, method, path, body string) reply {
	t.Helper()
	r, err := p.tryAsk(token, method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tryAsk is ask for those that ask from goroutines of their own.
func (p *program) tryAsk(token, method, path, body string) (reply, error) {
	request, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	return reply{answer.StatusCode, answer.Header, bytes.TrimSpace(content)}, err
}

var client = &http.Client{Timeout: patience}

// admin asks the admin API and demands a status.
func (c *customer) admin(t *testing.T, status int, method, path, body string) map[string]any {
	t.Helper()
	r := c.ask(t, adminToken, method, "/api/v1"+path, body)
	if r.status != status {
		t.Fatalf("%s %s: status %d, want %d: %s", method, path, r.status, status, r.body)
	}
	return r.object(t)
}

// scim asks the directory as Entra does.
func (c *customer) scim(t *testing.T, method, path, body string) reply {
	t.Helper()
	return c.ask(t, c.write, method, "/scim/"+c.id+"/v2"+path, body)
}

// pull performs a run to its end, which must be a success.
func (c *customer) pull(t *testing.T) map[string]any {
	t.Helper()
	return c.ended(t, c.startRun(t), "succeeded")
}

func (c *customer) startRun(t *testing.T) (id string) {
	t.Helper()
	return c.admin(t, http.StatusAccepted, "POST", c.path("/sync-runs"), `{"kind":"full"}`)["id"].(string)
}

// ended waits for the end of a run, which must be in a state.
func (c *customer) ended(t *testing.T, run, state string) map[string]any {
	t.Helper()
	var found map[string]any
	eventually(t, "the run ends", func() bool {
		found = c.admin(t, http.StatusOK, "GET", c.path("/sync-runs/"+run), "")
		return found["state"] != "queued" && found["state"] != "running"
	})
	if found["state"] != state {
		t.Fatalf("the run ended %v, want %s: %v\n%s", found["state"], state, found["error"], c.log)
	}
	return found
}

// items are what a run says it has done.
func (c *customer) items(t *testing.T, run string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for from := ""; ; {
		page := c.admin(t, http.StatusOK, "GET", c.path("/sync-runs/"+run+"/items?limit=100"+from), "")
		for _, item := range page["items"].([]any) {
			all = append(all, item.(map[string]any))
		}
		next, more := page["nextCursor"].(string)
		if !more {
			return all
		}
		from = "&cursor=" + next
	}
}

// eventually looks until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for wait := 20 * time.Millisecond; !so(); wait += wait / 4 { // a look may be a whole command
		select {
		case <-time.After(wait):
		case <-deadline:
			t.Fatalf("it never came to this: %s", what)
		}
	}
}

// count is a number in nested objects, such as counts.users.created.
func count(t *testing.T, object map[string]any, path ...string) int {
	t.Helper()
	var value any = object
	for _, name := range path {
		value = value.(map[string]any)[name]
	}
	number, isNumber := value.(float64)
	if !isNumber {
		t.Fatalf("%s is not a number in %v", strings.Join(path, "."), object)
	}
	return int(number)
}
