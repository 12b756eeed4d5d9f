package main_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scimbridge/store/storetest"
)

// TestMistakesAtTheStart: whatever is wrong is said at once and clearly, without
// telling a secret, and the program ends with code 1.
func TestMistakesAtTheStart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	url := "sqlite://" + filepath.Join(folder, "x.db")
	good := newSettings(url)
	for name, tc := range map[string]struct {
		settings  settings
		arguments []string
		says      []string
		lines     int // of the message; 1 unless said
	}{
		"nothing is set": {
			settings: settings{},
			says:     []string{"SCIMBRIDGE_ADMIN_TOKEN is empty; make one with", "SCIMBRIDGE_SECRET_KEY is empty; make one with"},
			lines:    3,
		},
		"everything is wrong": {
			settings: settings{
				"SCIMBRIDGE_LISTEN": "here", "SCIMBRIDGE_PUBLIC_URL": "bridge.example.com",
				"SCIMBRIDGE_DATABASE_URL": "mysql://bob:planted@h/x", "SCIMBRIDGE_ADMIN_TOKEN": "planted", "SCIMBRIDGE_SECRET_KEY": "planted",
				"SCIMBRIDGE_TLS_CERT": "cert.pem", "SCIMBRIDGE_LOG_LEVEL": "loud", "SCIMBRIDGE_LOG_FORMAT": "xml",
			},
			says: []string{
				"SCIMBRIDGE_LISTEN", "SCIMBRIDGE_PUBLIC_URL", "SCIMBRIDGE_DATABASE_URL", "SCIMBRIDGE_ADMIN_TOKEN is shorter",
				"SCIMBRIDGE_SECRET_KEY", "SCIMBRIDGE_TLS_CERT and SCIMBRIDGE_TLS_KEY are needed together", "SCIMBRIDGE_LOG_LEVEL", "SCIMBRIDGE_LOG_FORMAT",
			},
			lines: 9,
		},
		"the certificate is not there": {
			settings: good.with("SCIMBRIDGE_TLS_CERT", folder+"/none.pem").with("SCIMBRIDGE_TLS_KEY", folder+"/none.pem"),
			says:     []string{"SCIMBRIDGE_TLS_CERT", "none.pem: no such file"},
			lines:    2,
		},
		"the configuration file is not there": {
			settings: good, arguments: []string{"--config", folder + "/none.conf"},
			says: []string{"none.conf: no such file"},
		},
		"the configuration file has mistakes": {
			settings:  good,
			arguments: []string{"--config", write("bad.conf", "SCIMBRIDGE_LISTN=127.0.0.1:1\nplanted\n")},
			says:      []string{`line 1: there is no setting "SCIMBRIDGE_LISTN"`, "line 2 is not of the form NAME=value"},
			lines:     3,
		},
		"nobody listens where the database should be": {
			settings: good.with("SCIMBRIDGE_DATABASE_URL", "postgres://bob:planted@127.0.0.1:1/x"),
			says:     []string{"postgres://bob:xxxxx@127.0.0.1:1/x cannot be opened", "connection refused"},
		},
		"the folder of the database is not there": {
			settings: good.with("SCIMBRIDGE_DATABASE_URL", "sqlite://"+folder+"/none/x.db"),
			says:     []string{"cannot be opened", "no such file or directory"},
		},
		"the database is something else": {
			settings: good.with("SCIMBRIDGE_DATABASE_URL", "sqlite://"+write("letter.txt", strings.Repeat("Dear Bob, ", 1000))),
			says:     []string{"letter.txt cannot be opened", "not a database"},
		},
		"the port is taken": {
			settings: good.with("SCIMBRIDGE_LISTEN", taken.Addr().String()),
			says:     []string{taken.Addr().String() + " is taken by another program", "SCIMBRIDGE_LISTEN=127.0.0.1:8081"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := run(t, tc.settings, folder, append([]string{"serve"}, tc.arguments...)...)
			o.isAMistake(t, max(tc.lines, 1), tc.says...)
		})
	}
}

func TestADatabaseOfANewerProgramIsLeftAlone(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		execute(t, databaseURL, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, "+truthIn(databaseURL)+")")
		before := dump(t, databaseURL, "goose_db_version", "directories")
		for _, command := range []string{"serve", "migrate"} {
			run(t, newSettings(databaseURL), t.TempDir(), command).isAMistake(t, 1, "schema 9999", "run the newer scimbridge, or restore a backup")
		}
		before.equal(t, dump(t, databaseURL, "goose_db_version", "directories"))
		o := run(t, newSettings(databaseURL), t.TempDir(), "doctor")
		if o.code != 1 || !strings.Contains(o.output, "✗ database\n  schema 9999") {
			t.Errorf("doctor ended with code %d:\n%s", o.code, o.output)
		}
	})
}

// truthIn is "true" as the database writes it.
func truthIn(databaseURL string) string {
	if strings.HasPrefix(databaseURL, "sqlite://") {
		return "1"
	}
	return "true"
}

func (o outcome) isAMistake(t *testing.T, lines int, says ...string) {
	t.Helper()
	if o.code != 1 {
		t.Errorf("the program ended with code %d", o.code)
	}
	for _, text := range says {
		if !strings.Contains(o.output, text) {
			t.Errorf("it does not say %q", text)
		}
	}
	if got := strings.Count(o.output, "\n"); got != lines || !strings.HasPrefix(o.output, "scimbridge: ") {
		t.Errorf("it says %d lines, want %d", got, lines)
	}
	if strings.Contains(o.output, "planted") {
		t.Error("it tells a secret")
	}
	if t.Failed() {
		t.Logf("it says:\n%s", o.output)
	}
}
