package admin

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/store"
)

func (a *api) CreateDirectory(ctx context.Context, r CreateDirectoryRequestObject) (CreateDirectoryResponseObject, error) {
	name, err := checkName(r.Body.Name)
	if err != nil {
		return nil, err
	}
	settings := models.DefaultSettings()
	if err := changeSettings(&settings, DirectoryPatch{
		Scope:           r.Body.Scope,
		Schedule:        r.Body.Schedule,
		Guard:           r.Body.Guard,
		Push:            r.Body.Push,
		Retention:       r.Body.Retention,
		Settle:          r.Body.Settle,
		UserNameFrom:    r.Body.UserNameFrom,
		UpnAsMail:       r.Body.UpnAsMail,
		Attributes:      r.Body.Attributes,
		AdditiveMembers: r.Body.AdditiveMembers,
		RequestLog:      r.Body.RequestLog,
	}); err != nil {
		return nil, err
	}
	d, err := a.Store.CreateDirectory(ctx, name, settings, told(ctx, a, "directory.created", func(d models.Directory) act {
		return act{directory: d.ID, target: d.ID, after: a.showDirectory(d)}
	}))
	if err != nil {
		return nil, err
	}
	shown := a.showDirectory(d)
	shown.NextRun = nextRun(d, d.CreatedAt.Time())
	return CreateDirectory201JSONResponse{
		Body:    shown,
		Headers: CreateDirectory201ResponseHeaders{Location: directoryPath(d.ID), ETag: etag(d)},
	}, nil
}

func (a *api) ListDirectories(ctx context.Context, r ListDirectoriesRequestObject) (ListDirectoriesResponseObject, error) {
	now, err := a.Store.Now(ctx)
	if err != nil {
		return nil, err
	}
	var warnings map[string][]Warning
	items, next, err := listByID(r.Params.Cursor, r.Params.Limit, func(after string, limit int) ([]models.Directory, error) {
		rows, err := a.readableDirectories(ctx, after, limit)
		if err == nil {
			warnings, err = a.warnings(ctx, rows...)
		}
		return rows, err
	}, func(d models.Directory) string { return d.ID }, func(d models.Directory) Directory {
		shown := a.showDirectory(d, warnings[d.ID]...)
		shown.NextRun = nextRun(d, now.Time())
		return shown
	})
	return ListDirectories200JSONResponse{Items: items, NextCursor: next}, err
}

// readableDirectories are all, or the one that the admin is for.
func (a *api) readableDirectories(ctx context.Context, after string, limit int) ([]models.Directory, error) {
	rights := access.From(ctx)
	if rights.ReadsBridge() {
		return a.Store.Directories(ctx, after, limit)
	}
	if after >= rights.Directory {
		return nil, nil
	}
	d, err := a.directory(ctx, rights.Directory)
	if err != nil {
		return nil, err
	}
	return []models.Directory{d}, nil
}

func (a *api) GetDirectory(ctx context.Context, r GetDirectoryRequestObject) (GetDirectoryResponseObject, error) {
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	answer, err := a.directoryAnswer(ctx, d)
	return GetDirectory200JSONResponse{answer}, err
}

func (a *api) UpdateDirectory(ctx context.Context, r UpdateDirectoryRequestObject) (UpdateDirectoryResponseObject, error) {
	var before Directory
	var pushWasOff bool
	d, err := a.Store.UpdateDirectory(ctx, r.Directory, func(d *models.Directory) error {
		if !matches(r.Params.IfMatch, etag(*d)) {
			return models.ErrPrecondition
		}
		before, pushWasOff = a.showDirectory(*d), d.Settings.Push.Off
		return changeDirectory(d, *r.Body)
	}, func(tx *store.Tx, d models.Directory) error {
		return a.switchPush(ctx, tx, d, pushWasOff)
	}, told(ctx, a, "directory.updated", func(d models.Directory) act {
		return act{directory: d.ID, target: d.ID, before: before, after: a.showDirectory(d)}
	}))
	if err != nil {
		return nil, err
	}
	answer, err := a.directoryAnswer(ctx, d)
	return UpdateDirectory200JSONResponse{answer}, err
}

// switchPush has what push vouches for withdrawn once it is off, by a run under the guard.
// Switched on again, push says anew what is so.
func (a *api) switchPush(ctx context.Context, tx *store.Tx, d models.Directory, wasOff bool) error {
	switch {
	case d.Settings.Push.Off == wasOff:
		return nil
	case wasOff:
		return tx.CallOff(ctx, models.EndPushRun)
	}
	_, err := a.endPath(ctx, tx, d, models.EndPushRun)
	return err
}

// endPath starts the run that ends a path, and tells of it.
func (a *api) endPath(ctx context.Context, tx *store.Tx, d models.Directory, kind models.RunKind) (models.SyncRun, error) {
	run, err := a.Runs.End(ctx, tx, d, kind)
	if err != nil {
		return run, err
	}
	return run, told(ctx, a, "sync-run.started", func(run models.SyncRun) act {
		return act{directory: d.ID, target: run.ID, after: startedRun(run)}
	})(tx, run)
}

func (a *api) DeleteDirectory(ctx context.Context, r DeleteDirectoryRequestObject) (DeleteDirectoryResponseObject, error) {
	err := a.Store.DeleteDirectory(ctx, r.Directory, func(_ *store.Tx, d models.Directory) error {
		if !matches(r.Params.IfMatch, etag(d)) {
			return models.ErrPrecondition
		}
		return nil
	}, told(ctx, a, "directory.deleted", func(d models.Directory) act {
		return act{directory: d.ID, target: d.ID, before: a.showDirectory(d)}
	}))
	if err != nil {
		return nil, err
	}
	return DeleteDirectory204Response{}, nil
}

func (a *api) directoryAnswer(ctx context.Context, d models.Directory) (DirectoryAnswerJSONResponse, error) {
	warnings, err := a.warnings(ctx, d)
	if err != nil {
		return DirectoryAnswerJSONResponse{}, err
	}
	now, err := a.Store.Now(ctx)
	shown := a.showDirectory(d, warnings[d.ID]...)
	shown.NextRun = nextRun(d, now.Time())
	return DirectoryAnswerJSONResponse{Body: shown, Headers: DirectoryAnswerResponseHeaders{ETag: etag(d)}}, err
}

func (a *api) showDirectory(d models.Directory, warnings ...Warning) Directory {
	s := d.Settings
	return Directory{
		ID:          d.ID,
		Name:        d.Name,
		Mode:        Mode(d.Mode),
		ScimBaseURL: a.PublicURL + "/scim/" + d.ID + "/v2",
		Warnings:    append([]Warning{}, warnings...), // never nil, which JSON would show as null
		Scope: Scope{
			Kind:          ScopeKind(s.Scope.Kind),
			IncludeGroups: s.Scope.IncludeGroups,
			ExcludeGroups: s.Scope.ExcludeGroups,
			Guests:        showTaking(s.Scope.Guests),
			Disabled:      showTaking(s.Scope.Disabled),
		},
		Schedule:        Schedule{Enabled: s.Schedule.Enabled, At: s.Schedule.At, TimeZone: s.Schedule.TimeZone},
		Guard:           showGuard(s.Guard),
		Push:            Push{Enabled: !s.Push.Off},
		Retention:       showRetention(s.Retention.Kept()),
		Settle:          compact(s.Settle),
		UserNameFrom:    UserNameFrom(s.UserNameFrom),
		UpnAsMail:       s.UPNAsMail,
		Attributes:      showSelection(s.Attributes),
		AdditiveMembers: s.AdditiveMembers,
		RequestLog:      RequestLog{Keep: compact(s.RequestLog.Kept()), Values: s.RequestLog.Values},
		CreatedAt:       d.CreatedAt.Time(),
		UpdatedAt:       d.UpdatedAt.Time(),
	}
}

// nextRun is when the schedule starts the next run; nil is never.
func nextRun(d models.Directory, now time.Time) *NextRun {
	at, err := d.NextDue(now)
	if err != nil || !d.Settings.Schedule.Enabled {
		return nil // settings are checked before they are stored
	}
	return &NextRun{At: at.UTC(), Spread: d.Delay().String()}
}

func showGuard(g models.Guard) Guard {
	return Guard{
		Users: showLimit(g.Users), Groups: showLimit(g.Groups), Memberships: showLimit(g.Memberships),
		ExpireAfter: compact(g.Expires()),
	}
}

// showTaking also shows what was stored before there was a choice.
func showTaking(t models.Taking) Taking { return Taking(cmp.Or(t, models.Include)) }

func showRetention(kept models.Retention) Retention {
	return Retention{Runs: compact(kept.Runs), Changes: compact(kept.Changes), Removed: compact(kept.Removed)}
}

func showLimit(l models.Limit) Limit {
	return Limit{Max: l.Max, Percent: l.Percent, Ceiling: l.Ceiling}
}

func directoryPath(id string) string { return Path + "directories/" + id }

// etag is the version of a directory (RFC 9110 section 8.8.3).
func etag(d models.Directory) string { return strconv.Quote(strconv.FormatInt(d.Version, 10)) }

// matches reads If-Match (RFC 9110 section 13.1.1); nil asks for nothing. A weak tag is
// taken as well: proxies that compress weaken the ETag of an answer.
func matches(ifMatch *string, current string) bool {
	if ifMatch == nil {
		return true
	}
	for tag := range strings.SplitSeq(*ifMatch, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == current {
			return true
		}
	}
	return false
}
