package main_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scimbridge/pull/graphemu"
	"scimbridge/store/storetest"
)

// signInCertificate writes a certificate and its key as one PEM file.
func signInCertificate(t *testing.T) (file string, certificate *x509.Certificate) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "scimbridge"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, 5)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	certificate, err = x509.ParseCertificate(der)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	file = filepath.Join(t.TempDir(), "bridge.pem")
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})...)
	must(t, os.WriteFile(file, text, 0o600))
	return file, certificate
}

func TestADirectorySignsInWithACertificate(t *testing.T) {
	t.Parallel()
	c := newCustomer(t, storetest.SQLite(t))
	s, folder := commandSettings(c.program), t.TempDir()
	c.log.forgive("the credential for Microsoft Graph ends soon or has ended; make a new one and enter it in the Graph settings")
	file, certificate := signInCertificate(t)
	c.tenant.emulator.Configure(func(config *graphemu.Config) { config.App.Certificates = []*x509.Certificate{certificate} })
	pfx, err := filepath.Abs("../../pull/graph/testdata/certificate.pfx")
	must(t, err)

	run(t, s.with("SCIMBRIDGE_GRAPH_PASSWORD", "wrong"), folder, "directory", "graph", "set", "Contoso", "--certificate-file", pfx).
		says(t, 1, "password: the password does not open the certificate")
	set := run(t, s, folder, "directory", "graph", "set", "Contoso", "--certificate-file", file)
	set.says(t, 0, "CN=scimbridge")
	set.says(t, 0, certificate.NotAfter.UTC().Format(time.DateOnly))
	run(t, s, folder, "directory", "graph", "test", "Contoso").says(t, 0, "sign-in")
	run(t, s, folder, "sync", "Contoso").says(t, 0, "succeeded")
	run(t, s, folder, "directory", "show", "Contoso").says(t, 0, "The certificate that signs in to Microsoft Graph ends on")
	run(t, c.settings.with("SCIMBRIDGE_LISTEN", strings.TrimPrefix(c.url, "http://")), folder, "doctor").
		says(t, 0, "– warning of Contoso\n  The certificate that signs in to Microsoft Graph ends on")
	eventually(t, "the warning is told", func() bool {
		return len(run(t, s, folder, "audit", "list", "--action", "credential.ending").output) > 200
	})
}

func TestADirectorySignsInAsTheMachine(t *testing.T) {
	t.Parallel()
	c := newCustomer(t, storetest.SQLite(t))
	claims := fmt.Sprintf(`{"iss":"https://cluster.example","sub":"bridge","aud":"api://AzureADTokenExchange","exp":%d}`, time.Now().Add(time.Hour).Unix())
	file := filepath.Join(t.TempDir(), "token")
	must(t, os.WriteFile(file, []byte("e30."+base64.RawURLEncoding.EncodeToString([]byte(claims))+".c2ln\n"), 0o600))
	c.tenant.emulator.Configure(func(config *graphemu.Config) {
		config.App.Federations = []graphemu.Federation{{Issuer: "https://cluster.example", Subject: "bridge"}}
	})
	s, folder := commandSettings(c.program), t.TempDir()
	run(t, s, folder, "directory", "graph", "set", "Contoso", "--credential", "federation").says(t, 0, "of the machine that the bridge runs on")
	run(t, s, folder, "directory", "graph", "test", "Contoso").says(t, 1, "this server has no token of its own")

	c.settings = c.settings.with("AZURE_FEDERATED_TOKEN_FILE", file)
	c.restart(t)
	run(t, commandSettings(c.program), folder, "sync", "Contoso").says(t, 0, "succeeded")
}

func TestGroupsOfTheTenantAreFoundByCommand(t *testing.T) {
	t.Parallel()
	c := newCustomer(t, storetest.SQLite(t))
	s, folder := commandSettings(c.program), t.TempDir()
	group := c.tenant.Groups()[0]
	run(t, s, folder, "directory", "groups", "Contoso", "--search", group.DisplayName).says(t, 0, group.ID)
	run(t, s, folder, "directory", "groups", "Contoso", "--search", "no such group", "-o", "json").says(t, 0, "[]")
	c.tenant.emulator.Configure(func(config *graphemu.Config) { config.App.Disabled = true })
	run(t, s, folder, "directory", "groups", "Contoso").says(t, 1, "AADSTS7000112")
}
