package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func syncCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "sync DIRECTORY", Short: "Pull a directory through Microsoft Graph, and watch it", Args: cobra.ExactArgs(1),
		Long: `Pull a directory through Microsoft Graph, and watch it to its end.

The exit code tells the result: 0 succeeded, 3 held by the guard, 4 failed, 5 ended
otherwise (cancelled, rejected, superseded, expired), 1 the command itself failed.
Ctrl-C stops the watching, not the run.`,
	}
	c := connect(cmd)
	incremental := cmd.Flags().Bool("incremental", false, "read what has changed since the last run")
	dryRun := cmd.Flags().Bool("dry-run", false, "plan and write nothing")
	end := cmd.Flags().String("end", "", "push or pull: withdraw what a path has said that is in use no more; with --dry-run, see what that would do")
	detach := cmd.Flags().Bool("detach", false, "start the run and do not wait for its end")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		kind := client.RunKindFull
		if *incremental {
			kind = client.RunKindIncremental
		}
		switch {
		case *end == "push":
			kind = client.RunKindEndPush
		case *end == "pull":
			kind = client.RunKindEndPull
		case *end != "":
			return fmt.Errorf("--end %q is neither push nor pull", *end)
		}
		ctx := cmd.Context()
		run, err := answered[client.SyncRun](api.StartSyncRun(ctx, id, nil, client.SyncRunStart{Kind: kind, DryRun: dryRun}))
		if err != nil {
			return err
		}
		if !*detach {
			if run, err = follow(ctx, api, id, run, newBar(cmd.ErrOrStderr())); err != nil {
				return err
			}
		}
		if err := c.printRun(cmd.OutOrStdout(), run); err != nil {
			return err
		}
		return verdict(run, *detach)
	}
	return cmd
}

// exitError ends the program with a code of its own.
type exitError struct {
	code int
	text string
}

func (e *exitError) Error() string { return e.text }

// verdict is the result of a run as an exit code.
func verdict(run client.SyncRun, detached bool) error {
	switch {
	case run.State == client.RunStateSucceeded, detached && underWay(run):
		return nil
	case run.State == client.RunStateHeld:
		return &exitError{3, "the guard holds the run: look at it with scimbridge run items, then scimbridge run approve or reject"}
	case run.State == client.RunStateFailed:
		text := "the run failed"
		if run.Error != nil {
			text += ": " + run.Error.Message + " " + run.Error.Hint
		}
		return &exitError{4, text}
	}
	return &exitError{5, "the run is " + string(run.State)}
}

func underWay(run client.SyncRun) bool {
	return run.State == client.RunStateQueued || run.State == client.RunStateRunning
}

// follow watches a run to its end. The server ends a stream now and then, and a network
// may; then it connects again.
func follow(ctx context.Context, api *client.Client, directory string, run client.SyncRun, bar *bar) (client.SyncRun, error) {
	defer bar.close()
	lost := 0
	for underWay(run) {
		response, err := api.StreamSyncRun(ctx, directory, run.ID)
		if err == nil && response.StatusCode == http.StatusOK {
			lost = 0
			run = readEvents(response.Body, run, bar)
			response.Body.Close()
			continue
		}
		if ctx.Err() != nil {
			return run, fmt.Errorf("no longer watched; the run goes on. See it with: scimbridge run show %s %s", directory, run.ID)
		}
		if lost++; lost > 5 {
			return answered[client.SyncRun](response, err)
		}
		if response != nil {
			response.Body.Close()
		}
		wait(ctx, time.Duration(lost)*time.Second)
	}
	return run, nil
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// readEvents shows each event until the stream ends, and answers the run as last shown.
func readEvents(stream io.Reader, run client.SyncRun, bar *bar) client.SyncRun {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, found := strings.CutPrefix(lines.Text(), "data: ")
		var shown client.SyncRun
		if found && json.Unmarshal([]byte(data), &shown) == nil {
			run = shown
			bar.show(run)
		}
	}
	return run
}

// bar shows how far a run is: as one line that moves on a terminal, else not at all.
type bar struct {
	out   io.Writer
	moves bool
}

func newBar(out io.Writer) *bar {
	file, isFile := out.(*os.File)
	if !isFile {
		return &bar{out: out}
	}
	about, err := file.Stat()
	return &bar{out: out, moves: err == nil && about.Mode()&os.ModeCharDevice != 0}
}

const barWidth = 24

func (b *bar) show(run client.SyncRun) {
	if b.moves {
		fmt.Fprintf(b.out, "\r\x1b[K%s", b.line(run))
	}
}

// line never shows a full bar before the end: how many there are is a guess.
func (b *bar) line(run client.SyncRun) string {
	filled := 0
	if expected := run.Progress.Expected; expected != nil && *expected > 0 {
		filled = min(run.Progress.Read*barWidth / *expected, barWidth-1)
	}
	if !underWay(run) {
		filled = barWidth
	}
	return fmt.Sprintf("%s%s  %-9s %s", strings.Repeat("█", filled), strings.Repeat("░", barWidth-filled), run.State, soFar(run))
}

// soFar tells what was read, at which rate, and how long the rest will take.
func soFar(run client.SyncRun) string {
	p := run.Progress
	if run.State == client.RunStateQueued {
		if p.Expected == nil {
			return "waiting to start"
		}
		return fmt.Sprintf("about %d users and groups to read", *p.Expected)
	}
	text := fmt.Sprintf("%d users, %d groups, %d memberships read", run.Counts.Users.Read, run.Counts.Groups.Read, run.Counts.Memberships.Read)
	if p.Expected != nil && underWay(run) {
		text += fmt.Sprintf(" of about %d", *p.Expected)
	}
	if p.PerSecond > 0 {
		text += fmt.Sprintf(", %.0f/s", p.PerSecond)
	}
	if p.SecondsLeft != nil {
		text += fmt.Sprintf(", about %v left", time.Duration(*p.SecondsLeft)*time.Second)
	}
	return text
}

func (b *bar) close() {
	if b.moves {
		fmt.Fprintln(b.out)
	}
}
