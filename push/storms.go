package push

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// StormWatch tells of storms: more deactivations and removals by push within an hour than
// the guard allows of a pull. Nothing waits for it. A request that takes something away
// leaves a note in memory; within a second the watch counts, from the feed, what all
// replicas have taken away.
type StormWatch struct {
	store *store.Store
	log   *slog.Logger
	began atomic.Int64

	mu   sync.Mutex
	lost map[string]string // directory to the token that last took something away
}

const (
	stormWindow  = time.Hour
	stormsEvery  = time.Second
	followsEvery = time.Minute
)

// NewStormWatch is a watch that Run keeps.
func NewStormWatch(db *store.Store, log *slog.Logger) *StormWatch {
	return &StormWatch{store: db, log: log, lost: make(map[string]string)}
}

// Lost notes that a token of a directory has taken something away.
func (w *StormWatch) Lost(directoryID, tokenID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost[directoryID] = tokenID
}

// Began is how many storms this process has told of.
func (w *StormWatch) Began() int64 { return w.began.Load() }

// Run watches until ctx ends. What was lost shortly before the program began is looked at
// first: the program may have ended before it was counted.
func (w *StormWatch) Run(ctx context.Context) {
	look, follow := time.NewTicker(stormsEvery), time.NewTicker(followsEvery)
	defer look.Stop()
	defer follow.Stop()
	w.noteAll(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			w.Look(ctx)
		case <-follow.C:
			w.Follow(ctx)
		}
	}
}

func (w *StormWatch) noteAll(ctx context.Context) {
	for after := ""; ; {
		directories, err := w.store.Directories(ctx, after, 100)
		if err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "losses by push from before the start could not be looked at", "error", err)
		}
		if len(directories) == 0 {
			return
		}
		for _, d := range directories {
			w.Lost(d.ID, "")
			after = d.ID
		}
	}
}

// Look counts the losses of the directories that have had any since the last look.
func (w *StormWatch) Look(ctx context.Context) {
	w.mu.Lock()
	lost := w.lost
	w.lost = make(map[string]string)
	w.mu.Unlock()
	for _, directory := range slices.Sorted(maps.Keys(lost)) {
		if err := w.look(ctx, directory, lost[directory]); err != nil {
			w.log.ErrorContext(ctx, "losses by push could not be counted; they are counted again", "directory", directory, "error", err)
			w.Lost(directory, lost[directory])
		}
	}
}

// Follow looks at the storms that go on, and so finds their ends.
func (w *StormWatch) Follow(ctx context.Context) {
	directories, err := w.store.OpenStorms(ctx)
	if err != nil && ctx.Err() == nil {
		w.log.ErrorContext(ctx, "storms could not be followed", "error", err)
	}
	for _, directory := range directories {
		if err := w.look(ctx, directory, ""); err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "a storm could not be followed", "directory", directory, "error", err)
		}
	}
}

func (w *StormWatch) look(ctx context.Context, directoryID, tokenID string) error {
	now, err := w.store.Now(ctx)
	if err != nil {
		return err
	}
	latest, err := w.store.LatestStorm(ctx, directoryID)
	if err != nil {
		return err
	}
	goesOn := latest.ID != "" && latest.EndedAt == 0
	since := now.Add(-stormWindow)
	if !goesOn {
		since = max(since, latest.LastAt) // what an earlier one took is told already
	}
	lost, err := w.store.LostToPush(ctx, directoryID, since)
	if err != nil {
		return err
	}
	reasons, err := w.storming(ctx, directoryID, lost)
	switch {
	case err != nil:
		return err
	case goesOn:
		return w.follow(ctx, latest, len(reasons) == 0, now)
	case len(reasons) == 0:
		return nil
	}
	return w.begin(ctx, models.Storm{
		DirectoryID: directoryID, ID: w.store.NewID(), BeganAt: lost.FirstAt, LastAt: lost.LastAt,
		PushLosses: lost.PushLosses, Reasons: reasons, TokenID: models.Optional(tokenID),
	}, now)
}

// storming weighs losses; it counts what there is only where that can matter.
func (w *StormWatch) storming(ctx context.Context, directoryID string, lost store.Lost) (models.Texts, error) {
	losses := models.Losses{Users: lost.Users, Groups: lost.GroupsRemoved, Memberships: lost.MembershipsEnded}
	directory, err := w.store.Directory(ctx, directoryID)
	if err != nil || !reconcile.MayStorm(directory.Settings.Guard, losses) {
		return nil, err
	}
	total, err := w.store.Totals(ctx, directoryID)
	total.Users += lost.UsersRemoved
	total.Groups += lost.GroupsRemoved
	total.Memberships += lost.MembershipsEnded
	return reconcile.Storming(directory.Settings.Guard, losses, total), err
}

func (w *StormWatch) begin(ctx context.Context, storm models.Storm, now models.Instant) error {
	opened, err := w.store.OpenStorm(ctx, storm, stormChange(storm, models.Began, now))
	if err != nil || !opened {
		return err
	}
	w.began.Add(1)
	w.log.WarnContext(ctx, "a storm: the SCIM client takes away more than the guard allows within an hour; it is applied, and can be restored",
		"directory", storm.DirectoryID, "storm", storm.ID, "token", string(storm.TokenID), "reasons", []string(storm.Reasons))
	return nil
}

// follow counts a storm anew, from its beginning, and ends it once an hour is quiet enough.
func (w *StormWatch) follow(ctx context.Context, storm models.Storm, quiet bool, now models.Instant) error {
	lost, err := w.store.LostToPush(ctx, storm.DirectoryID, storm.BeganAt-1)
	if err != nil {
		return err
	}
	storm.PushLosses, storm.LastAt = lost.PushLosses, max(lost.LastAt, storm.LastAt)
	var ended []models.Change
	if quiet {
		storm.EndedAt = now
		ended = []models.Change{stormChange(storm, models.Ended, now)}
	}
	followed, err := w.store.FollowStorm(ctx, storm, ended)
	if followed && quiet {
		w.log.InfoContext(ctx, "a storm has ended", "directory", storm.DirectoryID, "storm", storm.ID,
			"usersDeactivated", storm.UsersDeactivated, "usersRemoved", storm.UsersRemoved,
			"groupsRemoved", storm.GroupsRemoved, "membershipsEnded", storm.MembershipsEnded)
	}
	return err
}

// stormChange tells the product of a storm, over the feed.
func stormChange(storm models.Storm, action models.Action, at models.Instant) models.Change {
	return models.Change{
		DirectoryID: storm.DirectoryID, At: at, Kind: "storm", RecordID: storm.ID, Action: action, By: models.Push,
		Detail: models.Attributes{
			"usersDeactivated": storm.UsersDeactivated, "usersRemoved": storm.UsersRemoved,
			"groupsRemoved": storm.GroupsRemoved, "membershipsEnded": storm.MembershipsEnded, "reasons": []string(storm.Reasons),
		},
	}
}
