package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"scimbridge/admin/client"
)

// firstPull shows the whole company arrive.
func (s *script) firstPull(ctx context.Context) error {
	run, err := s.pull(ctx)
	if err == nil {
		s.account(run)
	}
	return err
}

// secondPull names what the pull has mended, by what SCIM shows before and after it.
func (s *script) secondPull(ctx context.Context) error {
	before, err := s.picture(ctx)
	if err != nil {
		return err
	}
	run, err := s.pull(ctx)
	if err != nil {
		return err
	}
	s.account(run)
	after, err := s.picture(ctx)
	if err != nil {
		return err
	}
	return s.tellMended(ctx, run.ID, before, after)
}

// pull starts a run and shows its progress until it ends.
func (s *script) pull(ctx context.Context) (client.SyncRun, error) {
	started, err := s.api.StartSyncRunWithResponse(ctx, s.directory, nil, client.StartSyncRunJSONRequestBody{Kind: "full"})
	if err != nil {
		return client.SyncRun{}, err
	}
	if started.JSON202 == nil {
		return client.SyncRun{}, refused(started.Status(), started.Body)
	}
	ticker := time.NewTicker(80 * time.Millisecond)
	defer ticker.Stop()
	for turn := 0; ; turn++ {
		read, err := s.api.GetSyncRunWithResponse(ctx, s.directory, started.JSON202.ID)
		if err != nil {
			return client.SyncRun{}, err
		}
		if read.JSON200 == nil {
			return client.SyncRun{}, refused(read.Status(), read.Body)
		}
		run := *read.JSON200
		s.showProgress(run, turn)
		switch run.State {
		case "succeeded":
			return run, nil
		case "queued", "running":
		default:
			return run, fmt.Errorf("the run ended %s: %s", run.State, failureText(run.Error))
		}
		select {
		case <-ctx.Done():
			return run, ctx.Err()
		case <-ticker.C:
		}
	}
}

func failureText(e *client.RunError) string {
	if e == nil {
		return "it does not say why"
	}
	return fmt.Sprintf("%s: %s (%s)", e.Code, e.Message, e.Hint)
}

// showProgress writes one line over and over in a terminal, and only the last elsewhere.
func (s *script) showProgress(run client.SyncRun, turn int) {
	ended := run.State == "succeeded"
	mark, end := string([]rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")[turn%10]), ""
	if ended {
		mark, end = "✓", "\n"
	}
	line := fmt.Sprintf("   %s read %d users, %d groups, %d memberships in %d requests", mark,
		run.Counts.Users.Read, run.Counts.Groups.Read, run.Counts.Memberships.Read, run.Requests)
	switch {
	case s.live:
		fmt.Fprint(s.out, "\r\x1b[K", line, end)
	case ended:
		fmt.Fprint(s.out, line, end)
	}
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// account says what a run has done, leaving out what it has not.
func (s *script) account(run client.SyncRun) {
	s.say("   ✓ users        %s", countsText(run.Counts.Users))
	s.say("   ✓ groups       %s", countsText(run.Counts.Groups))
	s.say("   ✓ memberships  %d added, %d removed", run.Counts.Memberships.Added, run.Counts.Memberships.Removed)
}

func countsText(n client.RecordCounts) string {
	var parts []string
	for _, counted := range []struct {
		n    int
		what string
	}{
		{n.Created, "created"}, {n.Adopted, "adopted"}, {n.Updated, "updated"}, {n.Deactivated, "deactivated"},
		{n.Restored, "restored"}, {n.Removed, "removed"}, {n.Conflicts, "in conflict"},
	} {
		if counted.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counted.n, counted.what))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "as they were")
}
