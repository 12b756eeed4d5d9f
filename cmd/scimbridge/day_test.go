package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scimbridge/pull/graphemu"
	"scimbridge/store/storetest"
)

// The guide's day is played by the command line alone, as it stands in the guide.
func TestADayByTheCommandLineAlone(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		tenant := company(t)
		p := start(t, newSettings(databaseURL).with("SSL_CERT_FILE", tenant.roots))
		p.log.mustNotTell(graphemu.ClientSecret)
		script, err := filepath.Abs("../../docs/guides/a-day.sh")
		if err != nil {
			t.Fatal(err)
		}
		day := exec.Command("bash", script)
		day.Dir = t.TempDir()
		day.Env = append(commandSettings(p).with("TENANT", tenant.ID()).with("CLIENT", graphemu.ClientID).
			with("SCIMBRIDGE_GRAPH_SECRET", graphemu.ClientSecret).with("GRAPH_HOST", tenant.server.URL).environment(),
			"PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"))
		timer := time.AfterFunc(3*patience, func() { _ = day.Process.Kill() })
		defer timer.Stop()
		output, err := day.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		for _, said := range []string{"The admin token does not allow this", "Entra, next year", "directory.created", "sync-run.started", "succeeded",
			"120 minutes", "more than 20 and 5 %, or more than 200", "IN THE GROUP", "one path vouches for it, and the other has not spoken", "department (enterprise)", "client-secret.revoked"} {
			if !strings.Contains(string(output), said) {
				t.Errorf("the day does not say %q:\n%s", said, output)
			}
		}
		if strings.Contains(string(output), graphemu.ClientSecret) {
			t.Errorf("the client secret is printed:\n%s", output)
		}
		p.checkPeople(t, tenant)
	})
}

// commandSettings are the environment of a command that asks a server.
func commandSettings(p *program) settings {
	return settings{"SCIMBRIDGE_URL": p.url, "SCIMBRIDGE_TOKEN": adminToken}
}

// checkPeople compares what the day left with the tenant.
func (p *program) checkPeople(t *testing.T, c *tenant) {
	t.Helper()
	o := run(t, commandSettings(p), t.TempDir(), "user", "list", "Contoso", "--limit", "0", "-o", "json")
	var users []struct{ UserName string }
	if err := json.Unmarshal([]byte(o.output), &users); err != nil || o.code != 0 {
		t.Fatalf("%d %v: %s", o.code, err, o.output)
	}
	if len(users) != len(c.Users()) {
		t.Errorf("%d users, the tenant has %d", len(users), len(c.Users()))
	}
}
