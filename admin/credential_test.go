package admin_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scimbridge/admin"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// withoutSecret is how a tenant is reached, but for the credential.
var withoutSecret = strings.Replace(graphBody, `,"clientSecret":"planted~secret"`, "", 1)

const pemText = "-----BEGIN CERTIFICATE-----\nplanted~key\n-----END CERTIFICATE-----\n"

// stored is the credential of a directory, opened.
func (b *bridge) storedCredential(t *testing.T, directory string) (models.GraphSettings, models.Credential) {
	t.Helper()
	settings, err := b.store.GraphSettings(context.Background(), idOf(directory))
	if err != nil {
		t.Fatal(err)
	}
	if settings.SealedSecret == "" {
		return settings, models.Credential{}
	}
	material, err := b.sealer.Open(settings.SealedSecret, settings.SealContext())
	if err != nil {
		t.Fatal(err)
	}
	credential, err := models.ReadCredential(settings.Credential, string(material))
	if err != nil {
		t.Fatal(err)
	}
	return settings, credential
}

func (b *bridge) putGraph(t *testing.T, directory, over string) admin.Graph {
	t.Helper()
	var shown admin.Graph
	if err := json.Unmarshal(b.must(t, 200, "PUT", directory+"/graph", merged(t, withoutSecret, over)).body, &shown); err != nil {
		t.Fatal(err)
	}
	return shown
}

func TestACertificateGoesInAndOnlyItsFaceComesOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		ends := time.Date(2031, 5, 1, 0, 0, 0, 0, time.UTC)
		b.graph.certificate = models.Certificate{Thumbprint: "AB12", Subject: "CN=bridge", EndsAt: models.At(ends)}

		shown := b.putGraph(t, directory, `{"certificate":"`+strings.ReplaceAll(pemText, "\n", `\n`)+`","sendChain":true}`)
		want := &admin.Certificate{Thumbprint: "AB12", Subject: "CN=bridge", EndsAt: ends, SendChain: true}
		if diff := cmp.Diff(want, shown.Certificate); diff != "" || shown.Credential != admin.CredentialKindCertificate || !shown.CredentialEndsAt.Equal(ends) {
			t.Errorf("shows %+v (-want +got):\n%s", shown, diff)
		}
		_, credential := b.storedCredential(t, directory)
		if diff := cmp.Diff(models.Credential{Certificate: []byte(pemText), SendChain: true}, credential); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}

		// It stays, and only the chain is told to stay at home.
		shown = b.putGraph(t, directory, `{"sendChain":false}`)
		want.SendChain = false
		if diff := cmp.Diff(want, shown.Certificate); diff != "" {
			t.Errorf("shows (-want +got):\n%s", diff)
		}
		if _, credential = b.storedCredential(t, directory); credential.SendChain || string(credential.Certificate) != pemText {
			t.Errorf("stored %+v", credential)
		}

		// A PFX file comes in base64, with its password.
		pfx := []byte("planted~pfx\x00")
		b.putGraph(t, directory, `{"credential":"certificate","certificate":"`+base64.StdEncoding.EncodeToString(pfx)+`","password":"planted~password"}`)
		if _, credential = b.storedCredential(t, directory); string(credential.Certificate) != string(pfx) || credential.Password != "planted~password" {
			t.Errorf("stored %+v", credential)
		}

		// Back to a secret, of which nothing is known.
		shown = b.putGraph(t, directory, `{"clientSecret":"planted~secret"}`)
		if shown.Certificate != nil || shown.CredentialEndsAt != nil || shown.Credential != admin.CredentialKindClientSecret {
			t.Errorf("shows %+v", shown)
		}
		b.refused(t, 400, "invalid", "certificate", "PUT", directory+"/graph", merged(t, withoutSecret, `{"credential":"certificate"}`))
		if said := b.said(); strings.Contains(said, "planted") || strings.Contains(said, base64.StdEncoding.EncodeToString(pfx)) {
			t.Errorf("a secret came out:\n%s", said)
		}
	})
}

func TestABadCertificateNamesItsField(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	path := b.newDirectory(t) + "/graph"
	for name, tc := range map[string]struct {
		over    string
		refusal error
		field   string
	}{
		"it is neither PEM nor base64":    {`{"certificate":"s3cr3t!"}`, nil, "certificate"},
		"it is empty":                     {`{"certificate":""}`, nil, "certificate"},
		"it does not open":                {`{"certificate":"c2Vj"}`, &models.InvalidError{Attribute: "certificate", Reason: "cannot be read"}, "certificate"},
		"the password is wrong":           {`{"certificate":"c2Vj","password":"x"}`, &models.InvalidError{Attribute: "password", Reason: "does not open it"}, "password"},
		"the password is too long":        {`{"certificate":"c2Vj","password":"` + strings.Repeat("x", 1001) + `"}`, nil, "password"},
		"it comes with a secret":          {`{"certificate":"c2Vj","clientSecret":"x"}`, nil, "clientSecret"},
		"the secret is of another kind":   {`{"credential":"certificate","certificate":"c2Vj","clientSecret":"x"}`, nil, "clientSecret"},
		"the chain of a secret":           {`{"clientSecret":"x","sendChain":true}`, nil, "sendChain"},
		"the password of nothing":         {`{"password":"x"}`, nil, "password"},
		"a managed identity has no files": {`{"credential":"managedIdentity","certificate":"c2Vj"}`, nil, "certificate"},
	} {
		b.graph.refusal = tc.refusal
		if p := b.refused(t, 400, "invalid", tc.field, "PUT", path, merged(t, withoutSecret, tc.over)); strings.Contains(p.Detail, "s3cr3t") {
			t.Errorf("%s: the answer repeats it: %s", name, p.Detail)
		}
	}
	b.refused(t, 404, "not-found", "", "GET", path, "")
}

func TestOnlyTheOperatorLendsTheIdentityOfTheMachine(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		issued := b.must(t, 201, "POST", "/api/v1/admin-tokens", `{"name":"Contoso's IT","access":"write","directory":"`+idOf(directory)+`"}`)
		customer := token("Bearer " + issued.read(t, "token"))
		for _, kind := range []string{"federation", "managedIdentity"} {
			body := merged(t, withoutSecret, `{"credential":"`+kind+`"}`)
			p := b.refused(t, 403, "forbidden", "credential", "PUT", directory+"/graph", body, customer)
			if !strings.Contains(p.Detail, "signs in as the machine that the bridge runs on") {
				t.Errorf("%s: %s", kind, p.Detail)
			}
			b.must(t, 200, "PUT", directory+"/graph", body)
			// What leads nowhere new the customer's admin may still change.
			b.must(t, 200, "PUT", directory+"/graph", merged(t, withoutSecret, `{"applicationIdUri":"api://x"}`), customer)
			b.refused(t, 403, "forbidden", "credential", "PUT", directory+"/graph", merged(t, withoutSecret, `{"tenantId":"other.example"}`), customer)
			if settings, credential := b.storedCredential(t, directory); string(settings.Credential) != kind || settings.SealedSecret != "" || credential.ClientSecret != "" {
				t.Errorf("%s: stored %+v", kind, settings)
			}
			b.graph.checks, b.graph.material = []models.Check{{Name: "sign-in", OK: true}}, "not asked"
			b.must(t, 200, "POST", directory+"/graph/test", "")
			if b.graph.material != "" {
				t.Errorf("%s: tested with %q", kind, b.graph.material)
			}
		}
		machine := b.must(t, 200, "PUT", directory+"/graph", `{"tenantId":"contoso.example","credential":"managedIdentity"}`)
		if got := string(machine.body); !strings.Contains(got, `"clientId":""`) || !strings.Contains(got, `"consentUrl":null`) {
			t.Errorf("the machine's own identity shows %s", got)
		}
		b.refused(t, 400, "invalid", "clientId", "PUT", directory+"/graph", `{"tenantId":"contoso.example","clientSecret":"x"}`)
	})
}

func TestTheAddressOfConsentIsThatOfTheCloud(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	directory := b.newDirectory(t)
	const app = "66666666-7777-8888-9999-aaaaaaaaaaaa"
	for cloud, want := range map[string]string{
		"global":   "https://login.microsoftonline.com/contoso.example/v2.0/adminconsent?client_id=" + app + "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
		"usgovdod": "https://login.microsoftonline.us/contoso.example/v2.0/adminconsent?client_id=" + app + "&scope=https%3A%2F%2Fdod-graph.microsoft.us%2F.default",
		"china":    "https://login.chinacloudapi.cn/contoso.example/v2.0/adminconsent?client_id=" + app + "&scope=https%3A%2F%2Fmicrosoftgraph.chinacloudapi.cn%2F.default",
	} {
		shown := b.putGraph(t, directory, `{"tenantId":"contoso.example","clientSecret":"x","cloud":"`+cloud+`"}`)
		if shown.ConsentURL == nil || *shown.ConsentURL != want {
			t.Errorf("%s: consent at %v", cloud, shown.ConsentURL)
		}
	}
}

func TestGraphSettingsAreForgottenInTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	path := b.newGraph(t) + "/graph"
	tag := b.must(t, 200, "GET", path, "").header.Get("ETag")
	b.refused(t, 412, "changed-meanwhile", "If-Match", "DELETE", path, "", ifMatch(`"x"`))
	b.must(t, 202, "DELETE", path, "", ifMatch(tag))
}

func ifMatch(tag string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("If-Match", tag) }
}
