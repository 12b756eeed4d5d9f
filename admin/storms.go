package admin

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"scimbridge/models"
	"scimbridge/store"
)

func (a *api) ListStorms(ctx context.Context, r ListStormsRequestObject) (ListStormsResponseObject, error) {
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	items, next, err := listByID(r.Params.Cursor, r.Params.Limit, func(after string, limit int) ([]models.Storm, error) {
		return a.Store.Storms(ctx, d.ID, after, limit)
	}, func(row models.Storm) string { return row.ID }, showStorm)
	return ListStorms200JSONResponse{Items: items, NextCursor: next}, err
}

func (a *api) GetStorm(ctx context.Context, r GetStormRequestObject) (GetStormResponseObject, error) {
	storm, err := a.Store.Storm(ctx, r.Directory, r.Storm)
	if err != nil {
		return nil, err
	}
	return GetStorm200JSONResponse(showStorm(storm)), nil
}

func showStorm(s models.Storm) Storm {
	return Storm{
		ID: s.ID, BeganAt: s.BeganAt.Time(), LastAt: s.LastAt.Time(), EndedAt: moment(s.EndedAt), RestoredAt: moment(s.RestoredAt),
		UsersDeactivated: s.UsersDeactivated, UsersRemoved: s.UsersRemoved,
		GroupsRemoved: s.GroupsRemoved, MembershipsEnded: s.MembershipsEnded,
		Reasons: append([]string{}, s.Reasons...), TokenID: optional(s.TokenID),
	}
}

func (a *api) ListStormItems(ctx context.Context, r ListStormItemsRequestObject) (ListStormItemsResponseObject, error) {
	page, err := readPage(r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	query := store.StormQuery{Limit: page.limit + 1}
	if query.AfterAt, query.AfterSeq, err = page.afterMoment(); err != nil {
		return nil, err
	}
	storm, err := a.Store.Storm(ctx, r.Directory, r.Storm)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.StormItems(ctx, storm, query)
	if err != nil {
		return nil, err
	}
	items, next := cut(page, rows, func(c models.Change) string { return fmt.Sprintf("%d.%d", c.At, c.Seq) }, showStormItem)
	return ListStormItems200JSONResponse{Items: items, NextCursor: next}, nil
}

// afterMoment is the key of a list that is sorted by time and number.
func (p pageRequest) afterMoment() (models.Instant, int64, error) {
	if p.after == "" {
		return 0, 0, nil
	}
	at, seq, _ := strings.Cut(p.after, ".")
	moment, err := strconv.ParseInt(at, 10, 64)
	if err != nil || moment < 0 {
		return 0, 0, badCursor()
	}
	number, err := strconv.ParseInt(seq, 10, 64)
	if err != nil || number < 0 {
		return 0, 0, badCursor()
	}
	return models.Instant(moment), number, nil
}

func showStormItem(c models.Change) StormItem {
	item := StormItem{Kind: StormItemKind(c.Kind), Action: StormItemAction(c.Action), ID: c.RecordID, At: c.At.Time(), Origin: c.Origin, MemberIds: endedMembers(c)}
	if c.Kind == "memberships" {
		item.Action = StormItemActionEnded
	}
	for _, name := range []string{"userName", "displayName"} {
		if text, named := c.Detail[name].(string); named {
			item.Name = text
		}
	}
	return item
}

// endedMembers are the members whom a change took out of a group.
func endedMembers(c models.Change) []string {
	ids := []string{}
	removed, _ := c.Detail["removed"].([]any)
	for _, id := range removed {
		if text, isText := id.(string); isText {
			ids = append(ids, text)
		}
	}
	return ids
}

// stormsAreTold is for how long an ended storm that nobody has restored is a warning.
const stormsAreTold = 7 * 24 * time.Hour

func stormWarning(s models.Storm) Warning {
	when := "The SCIM client takes away more than the guard allows within an hour"
	if s.EndedAt != 0 {
		when = "The SCIM client took away more than the guard allows within an hour"
	}
	return Warning{Kind: "storm", At: moment(s.BeganAt), Message: fmt.Sprintf(
		"%s: %s. It was applied. If it was a mistake, stop the client, and restore the storm %s.", when, strings.Join(s.Reasons, "; "), s.ID)}
}
