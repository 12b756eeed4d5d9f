package main_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestTheDemoWorksTwiceInOneFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for range 2 {
		o := run(t, settings{}, folder, "demo", "--once", "--listen", "127.0.0.1:0")
		if o.code != 0 {
			t.Fatalf("the demo ended with code %d:\n%s", o.code, o.output)
		}
		for _, line := range []string{
			"✓ permissions",
			"✓ users        300 created",
			"PATCH /Users/{id}  deactivated (newer dialect)",
			"✓ users        1 adopted, 2 updated, 1 deactivated",
			"adopted      reports to Anna-Lena Schäfer       Noor Haddad",
			"updated      job title emptied                  Anna-Lena Schäfer",
			"deactivated  disabled in Entra                  王伟",
			"member       now in All Hands                   Grid Operations",
			"The directory now: 301 users, 41 groups",
			"curl -s -H 'Authorization: Bearer ",
		} {
			if !strings.Contains(o.output, line) {
				t.Errorf("the demo does not say %q:\n%s", line, o.output)
			}
		}
	}
}

// TestTheDemoEndsQuietlyOnCtrlC: in the middle of the story, and when it serves on.
func TestTheDemoEndsQuietlyOnCtrlC(t *testing.T) {
	t.Parallel()
	for _, moment := range []string{"First pull", "Serving until you press Ctrl-C"} {
		demo, printed := exec.Command(binary, "demo", "--listen", "127.0.0.1:0", "--folder", t.TempDir()), newLogbook()
		demo.Env, demo.Stdout, demo.Stderr = settings{}.environment(), printed, printed
		must(t, demo.Start())
		eventually(t, "the demo says "+moment, func() bool { return strings.Contains(printed.String(), moment) })
		must(t, demo.Process.Signal(os.Interrupt))
		if err := demo.Wait(); err != nil || strings.Contains(printed.String(), "canceled") {
			t.Errorf("the demo ended with %v:\n%s", err, printed)
		}
	}
}
