package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// build compiles the program as it is shipped.
func build(ctx context.Context, folder string) (string, error) {
	binary := filepath.Join(folder, "scimbridge")
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags", "-s -w", "-o", binary, "./cmd/scimbridge")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return binary, nil
}

// process is a running bridge.
type process struct {
	cmd     *exec.Cmd
	address string
	token   string
	logged  chan struct{} // closed when its log has ended
	// ready is how long it took from the start to its first good answer.
	ready time.Duration
}

// startBridge runs the program on a database, and waits until it is ready. roots is a
// file with the certificate to trust for Graph, or "".
func (b *bench) startBridge(ctx context.Context, databaseURL, roots string) (*process, error) {
	p := &process{
		cmd:   exec.CommandContext(ctx, b.binary, "serve"),
		token: "bench-" + rand.Text(), logged: make(chan struct{}),
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	p.cmd.Dir = b.folder
	p.cmd.Env = append(os.Environ(),
		"SCIMBRIDGE_LISTEN=127.0.0.1:0", "SCIMBRIDGE_DATABASE_URL="+databaseURL, "SCIMBRIDGE_ADMIN_TOKEN="+p.token,
		"SCIMBRIDGE_SECRET_KEY="+base64.StdEncoding.EncodeToString(key), "SCIMBRIDGE_LOG_FORMAT=json", "SCIMBRIDGE_LOG_LEVEL=info",
		"SCIMBRIDGE_RATE_LIMIT=1000000") // one token sends all of the load
	if roots != "" {
		p.cmd.Env = append(p.cmd.Env, "SSL_CERT_FILE="+roots)
	}
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = time.Minute
	log, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	started := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if err := p.awaitReady(ctx, log); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	p.ready = time.Since(started)
	return p, nil
}

// awaitReady reads the log up to the line that tells the address, and asks there. The
// log goes on as it does in production; only nobody reads it.
func (p *process) awaitReady(ctx context.Context, log io.Reader) error {
	lines := bufio.NewReader(log)
	address, err := readyAddress(lines)
	go func() {
		defer close(p.logged)
		_, _ = io.Copy(io.Discard, lines)
	}()
	if err != nil {
		return err
	}
	p.address = address
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the bridge answers %s to /readyz", answer.Status)
	}
	return nil
}

func readyAddress(lines *bufio.Reader) (string, error) {
	var before bytes.Buffer
	for {
		line, err := lines.ReadBytes('\n')
		var entry struct{ Msg, Address string }
		if json.Unmarshal(line, &entry) == nil && entry.Address != "" && strings.HasSuffix(entry.Msg, "is ready") {
			return entry.Address, nil
		}
		before.Write(line)
		if err != nil {
			return "", fmt.Errorf("the bridge ended before it was ready:\n%s", before.Bytes())
		}
	}
}

// stop ends the process as an operator would.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	<-p.logged
	return p.cmd.Wait()
}

// mebibytes reads one line of the process's memory, such as VmRSS or VmHWM.
func (p *process) mebibytes(name string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name+":" {
			kib, err := strconv.ParseFloat(fields[1], 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("the system does not tell %s of a process", name)
}
