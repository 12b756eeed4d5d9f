package graph

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
)

func TestTheEndOfACredential(t *testing.T) {
	in := func(days int) time.Time {
		return time.Now().Add(time.Duration(days) * 24 * time.Hour).Truncate(time.Second)
	}
	secret := func(value string, days int) graphemu.Secret { return graphemu.Secret{Value: value, Expires: in(days)} }
	const own = graphemu.ClientSecret
	mayRead := append([]string{"Application.Read.All"}, graphemu.DefaultRoles...)
	text, certificate := pemOf(t, in(5))
	for name, tc := range map[string]struct {
		app         graphemu.App
		kind        models.CredentialKind
		credential  models.Credential
		days        int // 0: not known
		isOK, shown bool
	}{
		"a secret that lasts":        {app: graphemu.App{Roles: mayRead, Secrets: []graphemu.Secret{secret(own, 90)}}, days: 90, isOK: true, shown: true},
		"among others":               {app: graphemu.App{Roles: mayRead, Secrets: []graphemu.Secret{secret("zzz", 3), secret(own, 20), secret("yyy", 90)}}, days: 20, isOK: true, shown: true},
		"of the same beginning":      {app: graphemu.App{Roles: mayRead, Secrets: []graphemu.Secret{secret(own, 90), secret("con~2", 40), secret("con~3", -9)}}, days: 40, isOK: true, shown: true},
		"in the last week":           {app: graphemu.App{Roles: mayRead, Secrets: []graphemu.Secret{secret(own, 6)}}, days: 6, shown: true},
		"without an end":             {app: graphemu.App{Roles: mayRead}, isOK: true, shown: true},
		"without the permission":     {app: graphemu.App{Secrets: []graphemu.Secret{secret(own, 90)}}, isOK: true, shown: true},
		"a certificate":              {app: graphemu.App{Certificates: []*x509.Certificate{certificate}}, kind: models.CertificateCredential, credential: models.Credential{Certificate: text}, days: 5, shown: true},
		"what does not end, a token": {app: graphemu.App{}, kind: models.FederatedCredential, isOK: true},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOfficeOfToday(t, tc.app)
			o.dialer.Assertion = AssertionFromFile("testdata/certificate.pfx")
			c := o.connection()
			c.Settings.Credential, c.Credential = tc.kind, tc.credential
			if tc.kind == models.FederatedCredential {
				source := dial(t, o.dialer, c)
				if _, known, err := source.(pull.Expirer).CredentialEnds(t.Context()); known || err != nil || source.Usage().Requests != 0 {
					t.Errorf("known %v, %v", known, err)
				}
				return
			}
			ends, known, err := dial(t, o.dialer, c).(pull.Expirer).CredentialEnds(t.Context())
			o.must(t, err)
			if known != (tc.days != 0) || known && !ends.Equal(in(tc.days)) && ends.Sub(in(tc.days)).Abs() > 2*time.Minute {
				t.Errorf("ends at %v, known %v; want in %d days", ends, known, tc.days)
			}
			checks := o.dialer.Test(t.Context(), c)
			last := checks[len(checks)-1]
			if last.Name != checkEnd || last.OK != tc.isOK || !last.Optional || known != (last.EndsAt != 0) || known && last.EndsAt != models.At(ends) {
				t.Errorf("got %+v", last)
			}
			if strings.Contains(last.Detail, own) || last.Detail == "" {
				t.Errorf("the detail is %q", last.Detail)
			}
		})
	}
}

func TestAFaultIsNotAnUnknownEnd(t *testing.T) {
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		isErr  bool
	}{
		"denied":               {refuse(403, `{"error":{"code":"Authorization_RequestDenied"}}`), false},
		"in another tenant":    {refuse(404, `{"error":{"code":"Request_ResourceNotFound"}}`), false},
		"down":                 {refuse(503, `{}`), true},
		"an answer of a proxy": {refuse(200, `{"ok":true}`), true},
		"no secrets":           {refuse(200, `{"passwordCredentials":[]}`), false},
		"a secret of old":      {refuse(200, `{"passwordCredentials":[{"hint":null,"endDateTime":null}]}`), false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStub(t, func(w http.ResponseWriter, r *http.Request) {
				if want := fmt.Sprintf("/v1.0/applications(appId='%s')", stubClient); r.URL.Path != want {
					t.Errorf("asked %s, want %s", r.URL.Path, want)
				}
				tc.answer(w, r)
			})
			source, _ := s.dial(t)
			_, known, err := source.(pull.Expirer).CredentialEnds(t.Context())
			if known || (err != nil) != tc.isErr {
				t.Errorf("known %v, %v", known, err)
			}
		})
	}
}
