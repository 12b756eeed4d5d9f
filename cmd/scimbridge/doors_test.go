package main_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"scimbridge/pull/graphemu"
	"scimbridge/store/storetest"
)

// TestBadInputAtTheDoors: each is answered in its door's own words, and nothing is
// stored.
func TestBadInputAtTheDoors(t *testing.T) {
	t.Parallel()
	databaseURL := "sqlite://" + filepath.Join(t.TempDir(), "x.db")
	c := &customer{settings: newSettings(databaseURL)}
	c.program = start(t, c.settings)
	c.setUp(t)
	other := *c
	other.setUp(t)
	users, directories := "/scim/"+c.id+"/v2/Users", "/api/v1/directories"
	large := fmt.Sprintf(`{"userName":"x","displayName":%q}`, strings.Repeat("x", 9<<20))
	before := dump(t, databaseURL, append(merged, "directories", "changes")...)
	const scim, problem = "application/scim+json", "application/problem+json"
	for name, tc := range map[string]struct {
		token, method, path, body string
		status                    int
		media, says               string
	}{
		"SCIM without a token":               {"", "GET", users, "", 401, scim, "token"},
		"SCIM with a token that is none":     {"scb_planted", "GET", users, "", 401, scim, "token"},
		"SCIM with another directory's":      {other.write, "GET", users, "", 401, scim, "token"},
		"SCIM with the admin's":              {adminToken, "GET", users, "", 401, scim, "token"},
		"SCIM of a directory that is none":   {c.write, "GET", "/scim/none/v2/Users", "", 401, scim, "token"},
		"a write with the product's token":   {c.read, "POST", users, `{"userName":"x"}`, 403, scim, "right to write"},
		"SCIM with half a body":              {c.write, "POST", users, `{"userName":`, 400, scim, "invalidSyntax"},
		"a user without a name":              {c.write, "POST", users, `{"displayName":"x"}`, 400, scim, "userName"},
		"a wrong type":                       {c.write, "POST", users, `{"userName":"x","active":{}}`, 400, scim, "active"},
		"a body over the limit":              {c.write, "POST", users, large, 413, scim, "bytes"},
		"a user who is not there":            {c.write, "GET", users + "/0196a2f4-0000-7000-8000-000000000000", "", 404, scim, "not found"},
		"an endpoint that is none":           {c.write, "GET", "/scim/" + c.id + "/v2/Printers", "", 404, scim, "Printers"},
		"a method that SCIM does not have":   {c.write, "PUT", users, "{}", 405, scim, "PUT"},
		"the admin API without a token":      {"", "GET", directories, "", 401, problem, "unauthorized"},
		"the admin API with a wrong token":   {"planted", "GET", directories, "", 401, problem, "unauthorized"},
		"the admin API with a SCIM token":    {c.write, "GET", directories, "", 401, problem, "unauthorized"},
		"the admin API with half a body":     {adminToken, "POST", directories, `{"name":`, 400, problem, "malformed-body"},
		"the admin API with an unknown name": {adminToken, "POST", directories, `{"name":"x","colour":"red"}`, 400, problem, "colour"},
		"a large body for the admin API":     {adminToken, "POST", directories, large, 413, problem, "body-too-large"},
		"a directory that is not there":      {adminToken, "GET", directories + "/0196a2f4-0000-7000-8000-000000000000", "", 404, problem, "not-found"},
		"a method that it does not have":     {adminToken, "PUT", directories, "{}", 405, problem, "method-not-allowed"},
		"a path of the API that is none":     {adminToken, "GET", "/api/v1/printers", "", 404, problem, "not-found"},
		"a path that is none at all":         {"", "GET", "/favicon.ico", "", 404, problem, "/api/v1"},
		"a method that health has not":       {"", "POST", "/healthz", "", 405, problem, "POST"},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.ask(t, tc.token, tc.method, tc.path, tc.body)
			if r.status != tc.status || !strings.Contains(string(r.body), tc.says) {
				t.Errorf("status %d, want %d and %q: %s", r.status, tc.status, tc.says, r.body)
			}
			if media := r.header.Get("Content-Type"); !strings.HasPrefix(media, tc.media) {
				t.Errorf("the answer is %s", media)
			}
			if r.header.Get("X-Request-Id") == "" {
				t.Error("the answer has no request id")
			}
			if r.status == http.StatusMethodNotAllowed && r.header.Get("Allow") == "" {
				t.Error("the answer does not say what is allowed")
			}
		})
	}
	before.equal(t, dump(t, databaseURL, append(merged, "directories", "changes")...))
	c.log.mustNotTell("planted", "scb_")
}

// TestAGraphThatCannotBeReadEndsTheRun: with Microsoft's code, what it means and what
// to do, and without a row written.
func TestAGraphThatCannotBeReadEndsTheRun(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		c := newCustomer(t, databaseURL)
		c.log.forgive("sync run failed")
		c.log.mustNotTell("planted-wrong-secret")
		stranger := company(t) // its certificate is not among the bridge's roots
		for name, tc := range map[string]struct {
			origin, tenantID, secret string
			code, hint               string
		}{
			"a wrong secret":            {c.tenant.server.URL, c.tenant.ID(), "planted-wrong-secret", "AADSTS7000215", "Certificates & secrets"},
			"a wrong tenant":            {c.tenant.server.URL, stranger.ID()[:35] + "0", graphemu.ClientSecret, "AADSTS90002", "Tenant ID"},
			"an untrusted certificate":  {stranger.server.URL, stranger.ID(), graphemu.ClientSecret, "certificate", "SSL_CERT_FILE"},
			"a door that speaks no TLS": {strings.Replace(c.url, "http:", "https:", 1), c.tenant.ID(), graphemu.ClientSecret, "no-tls", "port"},
		} {
			c.admin(t, http.StatusOK, "PUT", c.path("/graph"), graphSettings(tc.origin, tc.tenantID, tc.secret))
			fault, _ := c.ended(t, c.startRun(t), "failed")["error"].(map[string]any)
			if fault["code"] != tc.code || fault["message"] == "" || !strings.Contains(fmt.Sprint(fault["hint"]), tc.hint) {
				t.Errorf("%s: the run says %v, want the code %s", name, fault, tc.code)
			}
			if tested := c.admin(t, http.StatusOK, "POST", c.path("/graph/test"), "{}"); tested["ok"] != false || !strings.Contains(fmt.Sprint(tested), tc.code) {
				t.Errorf("%s: the test says %v", name, tested)
			}
		}
		for name, rows := range dump(t, databaseURL, append(merged, "changes")...) {
			if len(rows) > 0 {
				t.Errorf("%d rows of %s were written", len(rows), name)
			}
		}
	})
}

// TestAnUnreachableGraphIsWaitedForUntilSomebodyCancels: it may come back any moment.
func TestAnUnreachableGraphIsWaitedForUntilSomebodyCancels(t *testing.T) {
	t.Parallel()
	c := newCustomer(t, storetest.SQLite(t))
	c.admin(t, http.StatusOK, "PUT", c.path("/graph"), graphSettings("https://127.0.0.1:1", c.tenant.ID(), graphemu.ClientSecret))
	if tested := c.admin(t, http.StatusOK, "POST", c.path("/graph/test"), "{}"); tested["ok"] != false || !strings.Contains(fmt.Sprint(tested), "refuses connections") {
		t.Errorf("the test says %v", tested)
	}
	run := c.startRun(t)
	c.waitFor(t, "graph: trying again")
	if r := c.ask(t, adminToken, "POST", "/api/v1"+c.path("/sync-runs"), `{"kind":"full"}`); r.status != http.StatusConflict {
		t.Errorf("a second run got status %d: %s", r.status, r.body)
	}
	c.admin(t, http.StatusAccepted, "POST", c.path("/sync-runs/"+run+"/cancel"), "")
	c.ended(t, run, "cancelled")
}

// TestPushesAndAPullAtOnce: on SQLite there is one writer, and the job queue is another
// program to it. Nobody is turned away, and nothing is lost.
func TestPushesAndAPullAtOnce(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		c := newCustomer(t, databaseURL)
		const clients, each = 6, 25
		refused := make(chan string, clients*each)
		var pushing sync.WaitGroup
		for n := range clients {
			pushing.Go(func() {
				for i := range each {
					r, err := c.tryAsk(c.write, "POST", "/scim/"+c.id+"/v2/Users", fmt.Sprintf(`{"userName":"p%d-%d@push.example","active":true}`, n, i))
					if err != nil || r.status != http.StatusCreated {
						refused <- fmt.Sprintf("status %d, %v: %s", r.status, err, r.body)
					}
				}
			})
		}
		c.pull(t)
		c.pull(t)
		pushing.Wait()
		close(refused)
		for why := range refused {
			t.Error(why)
		}
		if got, want := len(c.list(t, "Users")), clients*each+len(c.tenant.Users()); got != want {
			t.Errorf("there are %d users, want %d", got, want)
		}
	})
}
