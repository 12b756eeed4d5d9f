package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"scimbridge/pull/graphemu"
)

// connect lets a directory pull from the office.
func (t tenancy) connect(ctx context.Context, o *office) error {
	var ignored struct{}
	if err := t.admin(ctx, http.MethodPatch, "", `{"mode":"production","settle":"0s"}`, &ignored); err != nil {
		return err
	}
	return t.admin(ctx, http.MethodPut, "/graph", fmt.Sprintf(
		`{"tenantId":%q,"clientId":%q,"clientSecret":%q,"cloud":"custom","authorityHost":%q,"graphHost":%q}`,
		o.tenant.ID(), graphemu.ClientID, graphemu.ClientSecret, o.server.URL, o.server.URL), &ignored)
}

// syncRun is what the admin API tells of a pull.
type syncRun struct {
	ID          string
	State       string
	Requests    int
	RequestedAt time.Time
	StartedAt   *time.Time
	FinishedAt  *time.Time
	Counts      struct {
		Users, Groups struct{ Read, Created, Updated int }
		Memberships   struct{ Read, Added, Removed int }
	}
	Error *struct{ Code, Message string }
}

// took is how long the run worked.
func (r syncRun) took() time.Duration { return r.FinishedAt.Sub(*r.StartedAt) }

// waited is how long it was queued.
func (r syncRun) waited() time.Duration { return r.StartedAt.Sub(r.RequestedAt) }

// pullLimit bounds a run: more is a fault.
const pullLimit = 30 * time.Minute

// runKind is what a run reads.
type runKind string

const (
	fullRun        runKind = "full"
	incrementalRun runKind = "incremental"
)

// pull performs a run.
func (t tenancy) pull(ctx context.Context, kind runKind) (syncRun, error) {
	ctx, cancel := context.WithTimeout(ctx, pullLimit)
	defer cancel()
	var run syncRun
	if err := t.admin(ctx, http.MethodPost, "/sync-runs", fmt.Sprintf(`{"kind":%q}`, kind), &run); err != nil {
		return run, err
	}
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for run.FinishedAt == nil {
		select {
		case <-ctx.Done():
			return run, ctx.Err()
		case <-ticker.C:
		}
		if err := t.admin(ctx, http.MethodGet, "/sync-runs/"+run.ID, "", &run); err != nil {
			return run, err
		}
	}
	if run.State != "succeeded" || run.StartedAt == nil {
		return run, fmt.Errorf("the run ended %s: %+v", run.State, run.Error)
	}
	return run, nil
}
