package graph

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
)

// newOfficeOfToday is an office by the real time of day: assertions are signed with it.
func newOfficeOfToday(t *testing.T, app graphemu.App) *office {
	t.Helper()
	o := newOffice(t, graphemu.Demo, graphemu.Config{App: app})
	o.clock.at = time.Now()
	return o
}

// pemOf is a certificate for signing in, with its key, and the certificate alone.
func pemOf(t *testing.T, ends time.Time) ([]byte, *x509.Certificate) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "scimbridge"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})...), certificate
}

func (o *office) signsInWith(t *testing.T, kind models.CredentialKind, c models.Credential) error {
	t.Helper()
	connection := o.connection()
	connection.ClientSecret, connection.Settings.Credential, connection.Credential = "", kind, c
	source, err := o.dialer.Dial(connection)
	if err == nil {
		_, err = source.UsersDelta(t.Context(), "")
	}
	if err == nil && source.Usage().SignIns != 1 {
		t.Errorf("%d sign-ins were counted", source.Usage().SignIns)
	}
	return err
}

func TestACertificateSignsIn(t *testing.T) {
	text, certificate := pemOf(t, time.Now().Add(time.Hour))
	pfx, err := os.ReadFile("testdata/certificate.pfx")
	if err != nil {
		t.Fatal(err)
	}
	aes, err := os.ReadFile("testdata/certificate-aes.pfx")
	if err != nil {
		t.Fatal(err)
	}
	ofPFX, _, err := azidentity.ParseCertificates(pfx, []byte("harbour"))
	if err != nil {
		t.Fatal(err)
	}
	strange, _ := pemOf(t, time.Now().Add(time.Hour))
	ended, _ := pemOf(t, time.Now().Add(-time.Minute))
	mixed := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}), strange[bytes.Index(strange, []byte("-----BEGIN PRIVATE")):]...)
	for name, tc := range map[string]struct {
		credential models.Credential
		want       string // code and what the message says
	}{
		"PEM":                        {models.Credential{Certificate: text}, ""},
		"PEM, with its chain":        {models.Credential{Certificate: text, SendChain: true}, ""},
		"PFX":                        {models.Credential{Certificate: pfx, Password: "harbour"}, ""},
		"PFX, a wrong password":      {models.Credential{Certificate: pfx, Password: "x"}, "settings: the password does not open the certificate"},
		"PFX of a newer kind":        {models.Credential{Certificate: aes, Password: "harbour"}, "settings: the certificate and its private key cannot be read"},
		"none":                       {models.Credential{}, "settings: the certificate is missing"},
		"not registered":             {models.Credential{Certificate: strange}, "AADSTS700027: the certificate is not registered"},
		"another certificate's key":  {models.Credential{Certificate: mixed}, "settings: the private key does not belong"},
		"a certificate that ended":   {models.Credential{Certificate: ended}, "settings: the certificate ended on "},
		"a certificate without key":  {models.Credential{Certificate: text[:bytes.Index(text, []byte("-----BEGIN PRIVATE"))]}, "settings: the certificate and its"},
		"something else, of secrets": {models.Credential{Certificate: []byte("s3cr3t")}, "settings: the certificate and its"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOfficeOfToday(t, graphemu.App{Certificates: []*x509.Certificate{certificate, ofPFX[0]}})
			err := o.signsInWith(t, models.CertificateCredential, tc.credential)
			if tc.want == "" {
				o.must(t, err)
			} else if e := sourceError(t, err); !strings.HasPrefix(e.Error(), tc.want) || e.Hint == "" || strings.Contains(e.Error()+e.Hint, "s3cr3t") {
				t.Errorf("got %v (%s), want %s", e, e.Hint, tc.want)
			}
		})
	}
}

// assertion is a token of a cluster; its signature is the cluster's affair.
func assertion(subject string) string {
	payload := fmt.Sprintf(`{"iss":"https://cluster.example","sub":%q,"aud":"api://AzureADTokenExchange","exp":%d}`, subject, time.Now().Add(time.Hour).Unix())
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}

func TestFederationSignsIn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		assertion Assertion
		token     string
		want      string
	}{
		"from a file":            {AssertionFromFile(file), assertion("bridge") + "\n", ""},
		"of another subject":     {AssertionFromFile(file), assertion("stranger"), "AADSTS700213: no federated credential"},
		"an empty file":          {AssertionFromFile(file), " \n", "sign-in: this server's own token"},
		"no file":                {AssertionFromFile(file + "x"), "", "sign-in: this server's own token"},
		"a callback that fails":  {func(context.Context) (string, error) { return "", errors.New("x") }, "", "sign-in: this server's own token"},
		"a server without token": {nil, "", "settings: this server has no token of its own"},
	} {
		t.Run(name, func(t *testing.T) {
			write(tc.token)
			o := newOfficeOfToday(t, graphemu.App{Federations: []graphemu.Federation{{Issuer: "https://cluster.example", Subject: "bridge"}}})
			o.dialer.Assertion = tc.assertion
			err := o.signsInWith(t, models.FederatedCredential, models.Credential{})
			if tc.want == "" {
				o.must(t, err)
			} else if e := sourceError(t, err); !strings.HasPrefix(e.Error(), tc.want) || e.Passing {
				t.Errorf("got %+v, want %s", e, tc.want)
			}
		})
	}
}

// The endpoint inside an Azure machine is reached through a proxy here.
func TestAManagedIdentitySignsIn(t *testing.T) {
	for name, tc := range map[string]struct {
		app      graphemu.App
		clientID string
		want     string
	}{
		"the machine's own":        {graphemu.App{ManagedIdentity: true}, "", ""},
		"one assigned by a user":   {graphemu.App{ManagedIdentity: true}, graphemu.ClientID, ""},
		"one that is not assigned": {graphemu.App{ManagedIdentity: true}, "11111111-2222-4333-8444-555555555555", "sign-in: "},
		"a machine without any":    {graphemu.App{}, "", "sign-in: "},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOfficeOfToday(t, tc.app)
			machine := httptest.NewServer(o.emu)
			t.Cleanup(machine.Close)
			o.dialer.Proxy = func(r *http.Request) (*url.URL, error) {
				if r.URL.Host == "169.254.169.254" {
					return url.Parse(machine.URL)
				}
				return nil, nil
			}
			connection := o.connection()
			connection.ClientSecret, connection.Settings.ClientID = "", tc.clientID
			connection.Settings.Credential = models.ManagedIdentityCredential
			source := dial(t, o.dialer, connection)
			_, err := source.UsersDelta(t.Context(), "")
			if tc.want == "" {
				o.must(t, err)
			} else if e := sourceError(t, err); !strings.HasPrefix(e.Error(), tc.want) {
				t.Errorf("got %+v, want %s", e, tc.want)
			}
		})
	}
}

func TestAnUnknownKindOfCredentialIsRefused(t *testing.T) {
	s := newStub(t, nil)
	c := s.connection()
	c.Settings.Credential = "handshake"
	_, err := newFakeClock().dialer(s.rootPool()).Dial(c)
	if e := sourceError(t, err); e.Code != codeSettings {
		t.Errorf("got %+v", e)
	}
}

func TestACertificateIsReadForWhomeverEntersIt(t *testing.T) {
	ends := time.Now().Add(time.Hour).Truncate(time.Second)
	text, certificate := pemOf(t, ends)
	pfx, err := os.ReadFile("testdata/certificate.pfx")
	if err != nil {
		t.Fatal(err)
	}
	d := &Dialer{}
	sum := sha1.Sum(certificate.Raw)
	want := models.Certificate{Thumbprint: fmt.Sprintf("%X", sum), Subject: "CN=scimbridge", EndsAt: models.At(ends), SendChain: true}
	got, err := d.ReadCertificate(t.Context(), models.Credential{Certificate: text, SendChain: true})
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for name, tc := range map[string]struct {
		credential models.Credential
		field      string
	}{
		"a wrong password": {models.Credential{Certificate: pfx, Password: "s3cr3t"}, "password"},
		"no password":      {models.Credential{Certificate: pfx}, "password"},
		"no certificate":   {models.Credential{Certificate: []byte("s3cr3t")}, "certificate"},
	} {
		_, err := d.ReadCertificate(t.Context(), tc.credential)
		var invalid *models.InvalidError
		if !errors.As(err, &invalid) || invalid.Attribute != tc.field || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Who makes a PFX file chooses how often its password is hashed.
func TestACertificateThatTakesForEverIsRefused(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	begun, end := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(end) })
	go func() {
		<-begun
		cancel()
	}()
	_, err := readInTime(ctx, time.Hour, func() (models.Certificate, error) {
		close(begun)
		<-end
		return models.Certificate{}, nil
	})
	var invalid *models.InvalidError
	if !errors.As(err, &invalid) || invalid.Attribute != "certificate" {
		t.Errorf("got %v", err)
	}
}
