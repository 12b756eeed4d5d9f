package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// insertMarkers gives every transaction a marker of its own: counting up, as ids and
// times do. Its variables are each client's own.
func insertMarkers(first marker) string {
	return fmt.Sprintf("\\set i :i + 1\n\\set k %d + :i * %d + :client_id\n\\set at %d + :i\n",
		int64(first), connections, time.Now().UnixMicro())
}

// anyMarker takes one of the markers 1 to n.
func anyMarker(n int) string { return fmt.Sprintf("\\set k random(1, %d)\n", n) }

var tps = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)

// pgbench runs a script for a while over the same number of connections, and answers
// transactions a second.
func (b *bench) pgbench(ctx context.Context, d database, markers string, s script, length time.Duration) (float64, error) {
	file := filepath.Join(b.folder, "script.sql")
	if err := os.WriteFile(file, []byte(markers+s.text()), 0o600); err != nil {
		return 0, err
	}
	args := []string{
		"--no-vacuum", "--protocol=prepared", "--file=" + file, "--define=i=0",
		fmt.Sprintf("--client=%d", connections), "--jobs=2",
		// whole seconds only
		fmt.Sprintf("--time=%d", max(1, int(length.Round(time.Second).Seconds()))),
	}
	for name, value := range s.variables {
		args = append(args, "--define="+name+"="+value)
	}
	cmd := exec.CommandContext(ctx, b.cluster.pgbench, append(args, d.url)...)
	cmd.Env = append(os.Environ(), "PGOPTIONS=-c jit=off") // as on the bridge's connections
	out, err := cmd.CombinedOutput()
	found := tps.FindSubmatch(out)
	if err != nil || found == nil || strings.Contains(string(out), "aborted") {
		return 0, fmt.Errorf("pgbench: %v\n%s\n%s", err, out, s.text())
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
