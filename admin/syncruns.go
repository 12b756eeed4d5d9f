package admin

import (
	"context"
	"errors"
	"math"
	"time"

	"scimbridge/models"
	"scimbridge/store"
)

func (a *api) StartSyncRun(ctx context.Context, r StartSyncRunRequestObject) (StartSyncRunResponseObject, error) {
	kind, dryRun := models.RunKind(r.Body.Kind), value(r.Body.DryRun, false)
	d, err := a.runnable(ctx, r.Directory, kind, dryRun)
	if err != nil {
		return nil, err
	}
	run, err := a.Runs.Start(ctx, d.ID, kind, dryRun)
	if err != nil {
		return nil, err
	}
	if err := a.tell(ctx, "sync-run.started", act{directory: d.ID, target: run.ID, after: startedRun(run)}); err != nil {
		return nil, err
	}
	return StartSyncRun202JSONResponse{
		Body:    showRun(run, run.RequestedAt.Time()),
		Headers: StartSyncRun202ResponseHeaders{Location: directoryPath(d.ID) + "/sync-runs/" + run.ID},
	}, nil
}

// runnable reads a directory in which a run of a kind makes sense: a pull needs Graph
// settings, and a path ends when it is in use no more. What its end would do can be
// planned before.
func (a *api) runnable(ctx context.Context, directoryID string, kind models.RunKind, dryRun bool) (models.Directory, error) {
	path, ends := kind.Ends()
	d, settings, err := a.graphOf(ctx, directoryID)
	var notSet problem
	if ends && errors.As(err, &notSet) && notSet.kind == graphNotSet {
		err = nil
	}
	if err != nil || !ends || dryRun {
		return d, err
	}
	switch {
	case path == models.Push && !d.Settings.Push.Off:
		err = problem{kind: pathInUse, detail: "Push is on; switch it off, and this run starts by itself. With dryRun it is planned before."}
	case path == models.Pull && settings.DirectoryID != "":
		err = problem{kind: pathInUse, detail: "The Graph settings are there; delete them, and this run starts by itself. With dryRun it is planned before."}
	}
	return d, err
}

func (a *api) ListSyncRuns(ctx context.Context, r ListSyncRunsRequestObject) (ListSyncRunsResponseObject, error) {
	q, err := readRunQuery(r.Params)
	if err != nil {
		return nil, err
	}
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	now, err := a.Store.Now(ctx)
	if err != nil {
		return nil, err
	}
	items, next, err := listByID(r.Params.Cursor, r.Params.Limit, func(before string, limit int) ([]models.SyncRun, error) {
		q.Before, q.Limit = before, limit
		return a.Store.Runs(ctx, d.ID, q)
	}, func(row models.SyncRun) string { return row.ID }, func(row models.SyncRun) SyncRun { return showRun(row, now.Time()) })
	return ListSyncRuns200JSONResponse{Items: items, NextCursor: next}, err
}

func readRunQuery(p ListSyncRunsParams) (store.RunQuery, error) {
	q := store.RunQuery{State: models.RunState(value(p.State, ""))}
	if p.State != nil && !p.State.Valid() {
		return q, &models.InvalidError{Attribute: "state", Reason: "is none that a run can be in, such as held or succeeded"}
	}
	var err error
	if q.From, err = readTime("from", p.From); err != nil {
		return q, err
	}
	q.To, err = readTime("to", p.To)
	return q, err
}

func (a *api) GetSyncRun(ctx context.Context, r GetSyncRunRequestObject) (GetSyncRunResponseObject, error) {
	run, err := a.Store.Run(ctx, r.Directory, r.Run)
	if err != nil {
		return nil, err
	}
	shown, err := a.run(ctx, run)
	return GetSyncRun200JSONResponse(shown), err
}

func (a *api) ListSyncRunItems(ctx context.Context, r ListSyncRunItemsRequestObject) (ListSyncRunItemsResponseObject, error) {
	run, err := a.Store.Run(ctx, r.Directory, r.Run)
	if err != nil {
		return nil, err
	}
	items, next, err := listBySeq(r.Params.Cursor, r.Params.Limit, func(after int64, limit int) ([]models.Item, error) {
		return a.Store.Items(ctx, run.DirectoryID, run.ID, after, limit)
	}, func(row models.Item) int64 { return row.Seq }, showItem)
	return ListSyncRunItems200JSONResponse{Items: items, NextCursor: next}, err
}

func (a *api) ApproveSyncRun(ctx context.Context, r ApproveSyncRunRequestObject) (ApproveSyncRunResponseObject, error) {
	decision := models.Decision{Approve: true}
	if r.Body != nil && r.Body.Only != nil {
		for _, kind := range *r.Body.Only {
			decision.Only = append(decision.Only, string(kind))
		}
	}
	run, err := a.decide(ctx, r.Directory, r.Run, decision, "sync-run.approved")
	if err != nil {
		return nil, err
	}
	return ApproveSyncRun202JSONResponse{SyncRunAnswerJSONResponse(showRun(run, run.RequestedAt.Time()))}, nil
}

func (a *api) RejectSyncRun(ctx context.Context, r RejectSyncRunRequestObject) (RejectSyncRunResponseObject, error) {
	run, err := a.decide(ctx, r.Directory, r.Run, models.Decision{}, "sync-run.rejected")
	if err != nil {
		return nil, err
	}
	return RejectSyncRun202JSONResponse{SyncRunAnswerJSONResponse(showRun(run, run.RequestedAt.Time()))}, nil
}

// decide has an admin's decision about a held run carried out, and tells of it.
func (a *api) decide(ctx context.Context, directoryID, runID string, decision models.Decision, told string) (models.SyncRun, error) {
	run, err := a.Runs.Decide(ctx, directoryID, runID, decision)
	var notHeld *models.InvalidError
	if errors.As(err, &notHeld) {
		return run, problem{kind: runNotHeld, detail: "Only a held run can be approved or rejected: " + notHeld.Reason + "."}
	}
	if err != nil {
		return run, err
	}
	return run, a.tell(ctx, told, act{directory: run.DirectoryID, target: run.ID, after: decision})
}

func (a *api) CancelSyncRun(ctx context.Context, r CancelSyncRunRequestObject) (CancelSyncRunResponseObject, error) {
	run, err := a.Runs.Cancel(ctx, r.Directory, r.Run)
	var ended *models.InvalidError
	if errors.As(err, &ended) {
		return nil, problem{kind: runEnded, detail: "It cannot be cancelled: " + ended.Reason + "."}
	}
	if err != nil {
		return nil, err
	}
	if err := a.tell(ctx, "sync-run.cancelled", act{directory: run.DirectoryID, target: run.ID}); err != nil {
		return nil, err
	}
	return CancelSyncRun202JSONResponse{SyncRunAnswerJSONResponse(showRun(run, run.RequestedAt.Time()))}, nil
}

// startedRun is what the audit trail tells of a run that was asked for.
func startedRun(r models.SyncRun) any {
	return struct {
		Kind   models.RunKind `json:"kind"`
		DryRun bool           `json:"dryRun"`
	}{r.Kind, r.DryRun}
}

// run shows a run as it is now.
func (a *api) run(ctx context.Context, r models.SyncRun) (SyncRun, error) {
	now, err := a.Store.Now(ctx)
	return showRun(r, now.Time()), err
}

func showProgress(p models.Progress) Progress {
	shown := Progress{Read: p.Read, PerSecond: math.Round(p.PerSecond*10) / 10}
	if p.Expected > 0 {
		shown.Expected = &p.Expected
	}
	if p.Left > 0 {
		seconds := int(math.Ceil(p.Left.Seconds()))
		shown.SecondsLeft = &seconds
	}
	return shown
}

func showRun(r models.SyncRun, now time.Time) SyncRun {
	return SyncRun{
		Doubts: append([]string{}, r.Doubts...),
		ID:     r.ID, Kind: RunKind(r.Kind), DryRun: r.DryRun, Trigger: SyncRunTrigger(r.Trigger), State: RunState(r.State),
		Counts: Counts{
			Users:       showCounts(r.Counts.Users),
			Groups:      showCounts(r.Counts.Groups),
			Memberships: MembershipCounts{Read: r.Counts.Memberships.Read, Added: r.Counts.Memberships.Added, Removed: r.Counts.Memberships.Removed},
			Drift:       r.Counts.Drift,
			Errors:      r.Counts.Errors,
		},
		Progress: showProgress(r.Progress(now)),
		Requests: r.Usage.Requests, Throttled: r.Usage.Throttled, CancelRequested: r.CancelRequested,
		RequestedAt: r.RequestedAt.Time(), StartedAt: moment(r.StartedAt), FinishedAt: moment(r.FinishedAt),
		Error: showFailure(r.Failure),
	}
}

func showCounts(c models.RecordCounts) RecordCounts {
	return RecordCounts{
		Read: c.Read, Created: c.Created, Updated: c.Updated, Adopted: c.Adopted,
		Deactivated: c.Deactivated, Removed: c.Removed, Restored: c.Restored, Conflicts: c.Conflicts,
	}
}

func showFailure(f *models.Failure) *RunError {
	if f == nil {
		return nil
	}
	return &RunError{Code: f.Code, Message: f.Message, Hint: f.Hint}
}

func showItem(i models.Item) Item {
	return Item{
		Kind: ItemKind(i.Kind), Action: ItemAction(i.Action), ID: optional(i.RecordID),
		EntraObjectID: optional(i.EntraObjectID), Detail: i.Detail,
	}
}
