package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestConfigIsReadFromFileAndEnvironment(t *testing.T) {
	defaults := Config{
		Listen: "127.0.0.1:8080", DatabaseURL: "sqlite://scimbridge.db", LogLevel: "info", LogFormat: "json", KeepAudit: 9600 * time.Hour,
	}
	for name, tc := range map[string]struct {
		file        string
		environment map[string]string
		want        func(*Config)
	}{
		"what nobody says has a default": {
			want: func(*Config) {},
		},
		"the file speaks": {
			file: "SCIMBRIDGE_LISTEN=:1\n  # SCIMBRIDGE_LOG_LEVEL=debug\nSCIMBRIDGE_LOG_FORMAT = text\n",
			want: func(c *Config) { c.Listen, c.LogFormat = ":1", "text" },
		},
		"the environment overrules the file": {
			file:        "SCIMBRIDGE_LISTEN=:1",
			environment: map[string]string{"SCIMBRIDGE_LISTEN": " :2 "},
			want:        func(c *Config) { c.Listen = ":2" },
		},
		"an empty variable overrules nothing": {
			file:        "SCIMBRIDGE_LISTEN=:1",
			environment: map[string]string{"SCIMBRIDGE_LISTEN": "", "SCIMBRIDGE_DATABASE_URL": " "},
			want:        func(c *Config) { c.Listen = ":1" },
		},
		"quotes and export are those of a shell": {
			file: "export SCIMBRIDGE_ADMIN_TOKEN=\"it's=a#token\"\nSCIMBRIDGE_SECRET_KEY='a'\nSCIMBRIDGE_PUBLIC_URL='x\"",
			want: func(c *Config) { c.AdminToken, c.SecretKey, c.PublicURL = "it's=a#token", "a", `'x"` },
		},
		"audit events may be kept for ever": {
			environment: map[string]string{"SCIMBRIDGE_KEEP_AUDIT": "0"},
			want:        func(c *Config) { c.KeepAudit = 0 },
		},
		"other names of the environment are others' business": {
			environment: map[string]string{"SCIMBRIDGE_SERVICE_HOST": "10.0.0.1", "SCIMBRIDGE_PORT": "tcp://10.0.0.1:80"},
			want:        func(*Config) {},
		},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := parseLines(tc.file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := merge(lines, tc.environment)
			if err != nil {
				t.Fatal(err)
			}
			want := defaults
			tc.want(&want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("config differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAddressesAndOrigins(t *testing.T) {
	for text, ok := range map[string]bool{
		"127.0.0.1:8080": true, ":8080": true, "[::1]:0": true, "bridge:http": true,
		"8080": false, "127.0.0.1": false, "127.0.0.1:": true, "127.0.0.1:99999": false, "::1:80": false,
	} {
		if isAddress(text) != ok {
			t.Errorf("isAddress(%q) is %v", text, !ok)
		}
	}
	for text, ok := range map[string]bool{
		"https://bridge.example.com": true, "http://localhost:8080/": true,
		"bridge.example.com": false, "https://": false, "ftp://x": false, "https://x/scim": false,
		"https://x?a=b": false, "https://bob:secret@x": false, "": false,
	} {
		if isOrigin(text) != ok {
			t.Errorf("isOrigin(%q) is %v", text, !ok)
		}
	}
}

func TestClientsAreToldAnAddressThatTheyCanReach(t *testing.T) {
	for name, tc := range map[string]struct {
		config  Config
		address string
		want    string
	}{
		"the configured one":                   {Config{PublicURL: "https://bridge.example.com/"}, "127.0.0.1:1", "https://bridge.example.com"},
		"where the server listens":             {Config{}, "10.0.0.7:8080", "http://10.0.0.7:8080"},
		"loopback, if it listens everywhere":   {Config{}, "[::]:8080", "http://127.0.0.1:8080"},
		"loopback, if that is written with 0s": {Config{TLSCert: "x"}, "0.0.0.0:8443", "https://127.0.0.1:8443"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.config.publicURL(tc.address); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
