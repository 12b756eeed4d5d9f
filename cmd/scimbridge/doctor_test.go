package main_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	if o := run(t, settings{}, t.TempDir(), "version"); o.code != 0 || o.output != "scimbridge v0.0.0-test\n" {
		t.Errorf("code %d: %s", o.code, o.output)
	}
}

// TestDoctor asks a running server as a container's health check does, over HTTP and
// HTTPS, and finds it gone when it has ended.
func TestDoctor(t *testing.T) {
	t.Parallel()
	cert, key := newCertificate(t)
	for name, s := range map[string]settings{
		"http":  newSettings("sqlite://" + filepath.Join(t.TempDir(), "x.db")),
		"https": newSettings("sqlite://"+filepath.Join(t.TempDir(), "y.db")).with("SCIMBRIDGE_TLS_CERT", cert).with("SCIMBRIDGE_TLS_KEY", key),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, s)
			p.log.forgive("not ready")
			s = s.with("SCIMBRIDGE_LISTEN", strings.TrimPrefix(p.url, "http://"))
			// Without a public address, which nobody has. A certificate that ends soon is hinted at.
			o := run(t, s.with("SCIMBRIDGE_PUBLIC_URL", ""), t.TempDir(), "doctor")
			if o.code != 0 || !strings.HasPrefix(o.output, "✓ configuration\n✓ database\n✓ secret key\n✓ clock\n") || !strings.Contains(o.output, "✓ server\n") {
				t.Errorf("doctor ended with code %d:\n%s", o.code, o.output)
			}
			if o := run(t, s, t.TempDir(), "doctor", "--ready"); o.code != 0 || o.output != "" {
				t.Errorf("doctor --ready ended with code %d:\n%s", o.code, o.output)
			}
			execute(t, s["SCIMBRIDGE_DATABASE_URL"], "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
			run(t, s, t.TempDir(), "doctor", "--ready").isAMistake(t, 1, "answers 503: not ready")
			p.stop(t)
			run(t, s, t.TempDir(), "doctor", "--ready").isAMistake(t, 1, "is scimbridge serve running?")
		})
	}
}

// TestDoctorTouchesNothing: it does not make the database that it looks for.
func TestDoctorTouchesNothing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	o := run(t, newSettings("sqlite://x.db"), folder, "doctor")
	if o.code != 1 || !strings.Contains(o.output, "there is no such file yet; scimbridge serve makes it") {
		t.Errorf("code %d:\n%s", o.code, o.output)
	}
	if found, err := os.ReadDir(folder); err != nil || len(found) > 0 {
		t.Errorf("the folder holds %v, %v", found, err)
	}
}

func TestTheFileIsReadAndTheEnvironmentOverrulesIt(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := newSettings("sqlite://x.db")
	text := "# a comment\n\nexport SCIMBRIDGE_LISTEN = \"nowhere\"\r\n"
	for name, value := range s {
		if name != "SCIMBRIDGE_LISTEN" {
			text += name + "='" + value + "'\n"
		}
	}
	file := filepath.Join(folder, "bridge.conf")
	must(t, os.WriteFile(file, []byte(text), 0o600))
	for name, tc := range map[string]struct {
		settings  settings
		arguments []string
		says      string
	}{
		"the file by flag":      {settings{}, []string{"--config", file}, `SCIMBRIDGE_LISTEN "nowhere"`},
		"the file by variable":  {settings{"SCIMBRIDGE_CONFIG": file}, nil, `SCIMBRIDGE_LISTEN "nowhere"`},
		"the environment over":  {settings{"SCIMBRIDGE_LISTEN": "127.0.0.1:1"}, []string{"--config", file}, "✓ configuration"},
		"an empty variable not": {settings{"SCIMBRIDGE_LISTEN": ""}, []string{"--config", file}, `SCIMBRIDGE_LISTEN "nowhere"`},
	} {
		t.Run(name, func(t *testing.T) {
			if o := run(t, tc.settings, folder, append([]string{"doctor"}, tc.arguments...)...); !strings.Contains(o.output, tc.says) {
				t.Errorf("doctor does not say %q:\n%s", tc.says, o.output)
			}
		})
	}
}

// newCertificate makes files of a certificate for nobody's name.
func newCertificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"bridge.example.com"}}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	must(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	folder := t.TempDir()
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	must(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), 0o600))
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}), 0o600))
	return cert, key
}
