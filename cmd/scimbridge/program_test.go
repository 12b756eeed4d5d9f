package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"scimbridge/internal/seal"
)

// binary is the program under test, built once as the product is.
var binary string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	folder, err := os.MkdirTemp("", "scimbridge-program-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	binary = filepath.Join(folder, "scimbridge")
	build := exec.Command("go", "build", "-ldflags", "-X main.version=v0.0.0-test", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, output)
		return 1
	}
	return m.Run()
}

// patience is how long a test waits for what must come. It is generous: machines that
// run tests are busy.
const patience = 60 * time.Second

// adminToken is the first admin's in every test.
const adminToken = "planted-admin-token-of-the-test"

// settings are the environment of a program.
type settings map[string]string

// newSettings are those of a server on any free port. It logs all it can, so that a
// secret in the log would be seen.
func newSettings(databaseURL string) settings {
	return settings{
		"SCIMBRIDGE_LISTEN":       "127.0.0.1:0",
		"SCIMBRIDGE_PUBLIC_URL":   publicURL,
		"SCIMBRIDGE_DATABASE_URL": databaseURL,
		"SCIMBRIDGE_ADMIN_TOKEN":  adminToken,
		"SCIMBRIDGE_SECRET_KEY":   seal.NewKey().Reveal(),
		"SCIMBRIDGE_LOG_LEVEL":    "debug",
	}
}

// publicURL is what the bridge believes to be its address, so that what it stores and
// shows stays the same over restarts on other ports.
const publicURL = "https://bridge.fabrikam.example"

func (s settings) with(name, value string) settings {
	changed := maps.Clone(s)
	changed[name] = value
	return changed
}

// environment holds nothing of the machine's that the program would read as a setting.
func (s settings) environment() []string {
	environment := []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
	for name, value := range s {
		environment = append(environment, name+"="+value)
	}
	return environment
}

// program is a running server.
type program struct {
	url   string // where it answers
	log   *logbook
	cmd   *exec.Cmd
	ended chan struct{}
}

// start starts a server and waits until it is ready. When the test ends, so does the
// server, and its log is searched for secrets.
func start(t *testing.T, s settings) *program {
	t.Helper()
	p := &program{log: newLogbook(), cmd: exec.Command(binary, "serve"), ended: make(chan struct{})}
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = s.environment(), p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // the state tells
	}()
	t.Cleanup(func() {
		if p.runs() {
			p.stop(t)
		}
		p.log.check(t, s)
	})
	p.url = "http://" + p.waitFor(t, "scimbridge is ready")["address"].(string)
	return p
}

func (p *program) runs() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// waitFor waits for a line of the log and returns it.
func (p *program) waitFor(t *testing.T, message string) map[string]any {
	t.Helper()
	deadline := time.After(patience)
	for {
		line, changed := p.log.find(message)
		if line != nil {
			return line
		}
		select {
		case <-changed:
		case <-p.ended:
			if line, _ := p.log.find(message); line != nil {
				return line
			}
			t.Fatalf("the program ended without saying %q:\n%s", message, p.log)
		case <-deadline:
			t.Fatalf("the program never said %q:\n%s", message, p.log)
		}
	}
}

// signal sends SIGTERM, as every supervisor does.
func (p *program) signal(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// stop ends the program in order.
func (p *program) stop(t *testing.T) {
	t.Helper()
	p.signal(t)
	p.waitForEnd(t)
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the program ended with code %d:\n%s", code, p.log)
	}
}

// kill ends the program as a power cut does.
func (p *program) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.waitForEnd(t)
}

func (p *program) waitForEnd(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		t.Fatalf("the program did not end:\n%s", p.log)
	}
}

// outcome is how a command ended that was run to its end.
type outcome struct {
	code   int
	output string // all that it printed
}

// run runs a command of the program to its end.
func run(t *testing.T, s settings, folder string, arguments ...string) outcome {
	t.Helper()
	cmd := exec.Command(binary, arguments...)
	cmd.Env, cmd.Dir = s.environment(), folder
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	output, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), string(output)}
}

// logbook keeps what a program prints, and tells who waits for a line.
type logbook struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
	secrets []string
	// forgives are messages that may stand there with level WARN or ERROR.
	forgives []string
}

func newLogbook() *logbook { return &logbook{changed: make(chan struct{})} }

func (l *logbook) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
	return l.text.Write(text)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// find returns the first line with a message, or a channel that tells of more lines.
func (l *logbook) find(message string) (line map[string]any, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for text := range strings.Lines(l.text.String()) {
		var line map[string]any
		if json.Unmarshal([]byte(text), &line) == nil && line["msg"] == message {
			return line, nil
		}
	}
	return nil, l.changed
}

// mustNotTell plants a secret: the log must not have it when the test ends.
func (l *logbook) mustNotTell(secrets ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secrets = append(l.secrets, secrets...)
}

// forgive lets a warning or an error pass that the test brings about.
func (l *logbook) forgive(messages ...string) { l.forgives = append(l.forgives, messages...) }

// check searches the log for secrets, and for faults that no test meant.
func (l *logbook) check(t *testing.T, s settings) {
	t.Helper()
	text := l.String()
	// "eyJ" begins every JSON web token: Graph's access tokens are such.
	for _, secret := range append(l.secrets, s["SCIMBRIDGE_ADMIN_TOKEN"], s["SCIMBRIDGE_SECRET_KEY"], "eyJ") {
		if strings.Contains(text, secret) {
			t.Errorf("the log tells the secret %q:\n%s", secret, text)
		}
	}
	for text := range strings.Lines(text) {
		var line struct{ Level, Msg string }
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Errorf("a line of the log is not JSON: %s", text)
		} else if (line.Level == "WARN" || line.Level == "ERROR") && !slices.Contains(l.forgives, line.Msg) {
			t.Errorf("the log tells of a fault: %s", text)
		}
	}
}
