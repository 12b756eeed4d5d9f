package graph

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"scimbridge/models"
	"scimbridge/pull"
)

// refusedToken is a body as section 4.3 shows it.
func refusedToken(kind string, code int, text string) string {
	return fmt.Sprintf(`{"error":%q,"error_description":"AADSTS%[2]d: %[3]s Trace ID: 11111111-aaaa-4bbb-8ccc-dddddddd0000 Correlation ID: 22222222-aaaa-4bbb-8ccc-dddddddd0000 Timestamp: 2026-03-02 06:15:09Z","error_codes":[%[2]d],"timestamp":"2026-03-02 06:15:09Z","trace_id":"11111111-aaaa-4bbb-8ccc-dddddddd0000","correlation_id":"22222222-aaaa-4bbb-8ccc-dddddddd0000"}`, kind, code, text)
}

func TestRefusedSignIns(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		want   pull.SourceError
	}{
		"wrong secret": {401, refusedToken("invalid_client", 7000215, "Invalid client secret provided."),
			pull.SourceError{Code: "AADSTS7000215", Message: "the client secret is wrong"}},
		"expired secret": {401, refusedToken("invalid_client", 7000222, "The provided client secret keys are expired."),
			pull.SourceError{Code: "AADSTS7000222", Message: "the client secret has expired"}},
		"unknown application": {400, refusedToken("unauthorized_client", 700016, "Application not found."),
			pull.SourceError{Code: "AADSTS700016", Message: "the application is not known in this tenant"}},
		"a code we do not know": {400, refusedToken("invalid_request", 999999, `Something\n  new.`),
			pull.SourceError{Code: "AADSTS999999", Message: "Microsoft Entra refused the sign-in with status 400: Something new."}},
		"transient": {400, refusedToken("invalid_request", 90033, "A transient error has occurred."),
			pull.SourceError{Code: "AADSTS90033", Message: "Microsoft Entra is not available for the moment", Passing: true}},
		"unavailable, as HTML": {503, "<html>Trace ID: 1</html>",
			pull.SourceError{Code: "sign-in", Message: "Microsoft Entra refused the sign-in with status 503", Passing: true}},
		"throttled": {429, "{}",
			pull.SourceError{Code: "sign-in", Message: "Microsoft Entra refused the sign-in with status 429", Passing: true}},
		"not a token": {200, "<html>secret=" + stubSecret + "</html>",
			pull.SourceError{Code: "sign-in", Message: "the sign-in host did not answer as Microsoft Entra does", Passing: true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStub(t, nil)
			s.signIn = refuse(tc.status, tc.body)
			source, _ := s.dial(t)
			_, err := source.UsersDelta(t.Context(), "")
			got := sourceError(t, err)
			if got.Code != tc.want.Code || got.Message != tc.want.Message || got.Passing != tc.want.Passing || got.Hint == "" {
				t.Errorf("got  %q %q passing=%v hint=%q\nwant %q %q passing=%v", got.Code, got.Message, got.Passing, got.Hint, tc.want.Code, tc.want.Message, tc.want.Passing)
			}
			for at := err; at != nil; at = unwrap(at) {
				for _, leak := range []string{stubSecret, "Trace ID", "11111111-aaaa", "22222222-aaaa"} {
					if strings.Contains(at.Error(), leak) {
						t.Errorf("%q shows in %q", leak, at.Error())
					}
				}
			}
			if source.Usage().Requests != 0 {
				t.Errorf("Graph was asked %d times without a token", source.Usage().Requests)
			}
		})
	}
}

func unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}

func TestUnknownTenantIsNamedAtDiscovery(t *testing.T) {
	server := httptest.NewTLSServer(refuse(400, refusedToken("invalid_tenant", 90002, "Tenant not found.")))
	defer server.Close()
	s := &stub{Server: server}
	source, _ := s.dial(t)
	_, err := source.UsersDelta(t.Context(), "")
	if e := sourceError(t, err); e.Code != "AADSTS90002" || e.Passing {
		t.Errorf("got %+v", e)
	}
}

func TestHostsThatCannotBeReached(t *testing.T) {
	s := newStub(t, nil)
	closed := unusedOrigin(t)
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for name, tc := range map[string]struct {
		roots   *x509.CertPool
		setting func(*models.GraphSettings)
		code    string
		passing bool
		message string
	}{
		"sign-in certificate not trusted": {x509.NewCertPool(), nil, codeCertificate, false, "does not trust"},
		"sign-in host refuses": {s.rootPool(), func(g *models.GraphSettings) { g.AuthorityHost = closed },
			codeUnreachable, true, "the sign-in host " + strings.TrimPrefix(closed, "https://") + " refuses connections"},
		"Graph host refuses": {s.rootPool(), func(g *models.GraphSettings) { g.GraphHost = closed },
			codeUnreachable, true, "refuses connections"},
		"Graph host has no name": {s.rootPool(), func(g *models.GraphSettings) { g.GraphHost = "https://graph.invalid" },
			codeUnreachable, true, "graph.invalid cannot be resolved"},
		"Graph host has another certificate": {s.rootPool(), func(g *models.GraphSettings) {
			g.GraphHost = strings.Replace(g.GraphHost, "127.0.0.1", "localhost", 1)
		}, codeCertificate, false, "another name"},
		"Graph host without TLS": {s.rootPool(), func(g *models.GraphSettings) {
			g.GraphHost = strings.Replace(plain.URL, "http:", "https:", 1)
		}, codeNoTLS, false, "does not speak TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.connection()
			if tc.setting != nil {
				tc.setting(&c.Settings)
			}
			_, err := dial(t, newFakeClock().dialer(tc.roots), c).UsersDelta(t.Context(), "")
			e := sourceError(t, err)
			if e.Code != tc.code || e.Passing != tc.passing || !strings.Contains(e.Message, tc.message) || e.Hint == "" {
				t.Errorf("got %q %q passing=%v hint=%q", e.Code, e.Message, e.Passing, e.Hint)
			}
		})
	}
}

// unusedOrigin is a port on which nobody listens.
func unusedOrigin(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return "https://" + listener.Addr().String()
}

func TestMistakesInTheSettings(t *testing.T) {
	s := newStub(t, nil)
	for name, change := range map[string]func(*pull.Connection){
		"no tenant":                 func(c *pull.Connection) { c.Settings.TenantID = "" },
		"a tenant with a slash":     func(c *pull.Connection) { c.Settings.TenantID = "a/b" },
		"no client":                 func(c *pull.Connection) { c.Settings.ClientID = " " },
		"no secret":                 func(c *pull.Connection) { c.ClientSecret = "" },
		"sign-in without TLS":       func(c *pull.Connection) { c.Settings.AuthorityHost = "http://127.0.0.1" },
		"Graph without TLS":         func(c *pull.Connection) { c.Settings.GraphHost = "http://127.0.0.1" },
		"Graph host with a path":    func(c *pull.Connection) { c.Settings.GraphHost += "/v1.0" },
		"Graph host with a login":   func(c *pull.Connection) { c.Settings.GraphHost = "https://a:b@graph.example" },
		"custom hosts left empty":   func(c *pull.Connection) { c.Settings.GraphHost = "" },
		"a host that is not a host": func(c *pull.Connection) { c.Settings.GraphHost = "https://" },
	} {
		t.Run(name, func(t *testing.T) {
			c := s.connection()
			change(&c)
			_, err := newFakeClock().dialer(nil).Dial(c)
			if e := sourceError(t, err); e.Code != codeSettings || e.Hint == "" || e.Passing {
				t.Errorf("got %+v", e)
			}
		})
	}
}
