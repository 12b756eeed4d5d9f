package main_test

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"scimbridge/internal/seal"
	"scimbridge/pull/graphemu"
	"scimbridge/store/storetest"
)

func TestFailedSignInsAreToldAndSlowedDown(t *testing.T) {
	t.Parallel()
	p := start(t, newSettings(storetest.SQLite(t)))
	var last reply
	for range 12 {
		last = p.ask(t, "wrong", "GET", "/api/v1/directories", "")
	}
	wait, err := strconv.Atoi(last.header.Get("Retry-After"))
	if last.status != http.StatusTooManyRequests || err != nil || wait < 1 || last.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("the twelfth failure: %d %v %s", last.status, last.header, last.body)
	}
	const directory = "00000000-0000-7000-8000-000000000001"
	p.ask(t, "wrong", "GET", "/scim/"+directory+"/v2/Users", "")
	s := commandSettings(p)
	eventually(t, "the address may sign in again", func() bool {
		return run(t, s, t.TempDir(), "audit", "list").code == 0
	})
	o := run(t, s, t.TempDir(), "audit", "list", "--action", "sign-in.failed", "-o", "json")
	var events []struct {
		Actor     struct{ Kind string }
		Address   string
		RequestID string
		Target    string
	}
	if err := json.Unmarshal([]byte(o.output), &events); err != nil || len(events) < 10 {
		t.Fatalf("%v: %s", err, o.output)
	}
	for _, e := range events {
		if e.Actor.Kind != "nobody" || e.Address != "127.0.0.1" || e.RequestID == "" || e.Target == "" {
			t.Errorf("told of %+v", e)
		}
	}
	if strings.Contains(o.output, "wrong") {
		t.Errorf("the trail has what was tried: %s", o.output)
	}
}

func TestBrowsersAreKeptOut(t *testing.T) {
	t.Parallel()
	p := start(t, newSettings(storetest.SQLite(t)))
	for _, path := range []string{"/", "/api/v1/openapi.json", "/api/v1/directories", "/scim/x/v2/Users", "/oauth2/token", "/nothing"} {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			r, err := http.NewRequest(method, p.url+path, nil)
			must(t, err)
			r.Header.Set("Origin", "https://evil.example")
			r.Header.Set("Access-Control-Request-Method", "POST")
			answer, err := http.DefaultClient.Do(r)
			must(t, err)
			answer.Body.Close()
			for name := range answer.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s %s answers %s", method, path, name)
				}
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
				"Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000", "Cache-Control": "no-store",
			} {
				if got := answer.Header.Get(name); got != want {
					t.Errorf("%s %s: %s is %q", method, path, name, got)
				}
			}
			if !strings.Contains(answer.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
				t.Errorf("%s %s: no Content-Security-Policy", method, path)
			}
		}
	}
}

// Entra gets an access token with its client secret, and writes with it.
func TestAnAccessTokenOpensSCIM(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		c := &customer{settings: newSettings(databaseURL)}
		c.program = start(t, c.settings)
		c.setUp(t)
		client := c.admin(t, http.StatusCreated, "POST", c.path("/scim-clients"), `{"name":"Entra","kind":"secret"}`)
		id := client["id"].(string)
		secret := c.admin(t, http.StatusCreated, "POST", c.path("/scim-clients/"+id+"/secrets"), `{}`)
		text := secret["clientSecret"].(string)
		c.log.mustNotTell(text)
		answer, err := http.PostForm(c.url+"/oauth2/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {text}})
		must(t, err)
		defer answer.Body.Close()
		var granted struct {
			AccessToken string `json:"access_token"`
		}
		must(t, json.NewDecoder(answer.Body).Decode(&granted))
		c.log.mustNotTell(granted.AccessToken)
		c.write = granted.AccessToken
		made := c.scim(t, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@contoso.example"}`)
		if made.status != http.StatusCreated {
			t.Fatalf("%d %s", made.status, made.body)
		}
		if got := c.ask(t, adminToken, "DELETE", "/api/v1"+c.path("/scim-clients/"+id), ""); got.status != http.StatusNoContent {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if got := c.scim(t, "GET", "/Users", ""); got.status != http.StatusUnauthorized {
			t.Errorf("revoked, and yet: %d", got.status)
		}
	})
}

func TestACertificateIsRenewedWithoutARestart(t *testing.T) {
	t.Parallel()
	cert, key := newCertificate(t)
	p := start(t, newSettings(storetest.SQLite(t)).with("SCIMBRIDGE_TLS_CERT", cert).with("SCIMBRIDGE_TLS_KEY", key))
	address := strings.TrimPrefix(p.url, "http://")
	shown := func() string {
		connection, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		must(t, err)
		defer connection.Close()
		return string(connection.ConnectionState().PeerCertificates[0].Raw)
	}
	before := shown()
	newCert, newKey := newCertificate(t)
	must(t, os.Rename(newKey, key))
	must(t, os.Rename(newCert, cert))
	eventually(t, "the new certificate is shown", func() bool { return shown() != before })
}

func TestTheKeyIsRotatedWhileTheServerRuns(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		c := newCustomer(t, databaseURL)
		folder, older, newer := t.TempDir(), c.settings["SCIMBRIDGE_SECRET_KEY"], seal.NewKey().Reveal()
		c.settings = c.settings.with("SCIMBRIDGE_SECRET_KEY", newer+","+older)
		c.restart(t)
		c.pull(t)
		rotated := run(t, c.settings, folder, "key", "rotate")
		if rotated.code != 0 || !strings.Contains(rotated.output, "sealed anew: 1;") {
			t.Fatalf("%d %s", rotated.code, rotated.output)
		}
		if again := run(t, c.settings, folder, "key", "rotate"); !strings.Contains(again.output, "sealed anew: 0;") {
			t.Errorf("again: %s", again.output)
		}
		c.pull(t)
		c.settings = c.settings.with("SCIMBRIDGE_SECRET_KEY", newer)
		c.restart(t)
		c.pull(t)
		if shown := run(t, c.settings, folder, "key", "show"); shown.code != 0 || strings.Contains(shown.output, newer) {
			t.Errorf("%d %s", shown.code, shown.output)
		}
		lost := c.settings.with("SCIMBRIDGE_SECRET_KEY", older)
		run(t, lost, folder, "key", "show").says(t, 1, "not configured")
		run(t, lost, folder, "key", "rotate").says(t, 1, "sealed with another key")
		c.settings = lost
		c.stop(t)
		c.program = start(t, c.settings)
		c.log.forgive("a stored credential does not open; look at SCIMBRIDGE_SECRET_KEY")
		c.waitFor(t, "a stored credential does not open; look at SCIMBRIDGE_SECRET_KEY")
		c.log.mustNotTell(newer, older, graphemu.ClientSecret)
	})
}

// says checks how a command ended, and one thing that it printed.
func (o outcome) says(t *testing.T, code int, text string) {
	t.Helper()
	if o.code != code || !strings.Contains(o.output, text) {
		t.Errorf("code %d, not %d, or not %q: %s", o.code, code, text, o.output)
	}
}

func TestProtectionIsConfiguredWithinItsLimits(t *testing.T) {
	t.Parallel()
	s := newSettings("sqlite://"+filepath.Join(t.TempDir(), "x.db")).with("SCIMBRIDGE_RATE_LIMIT", "24").with("SCIMBRIDGE_TRUSTED_PROXIES", "10.0.0.0/8,proxy")
	o := run(t, s, t.TempDir(), "serve")
	o.says(t, 1, "SCIMBRIDGE_RATE_LIMIT 24 is less than 25")
	o.says(t, 1, `SCIMBRIDGE_TRUSTED_PROXIES: "proxy" is neither`)
}
