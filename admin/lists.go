package admin

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"unicode/utf8"

	"scimbridge/models"
	"scimbridge/store"
)

func (a *api) ListUsers(ctx context.Context, r ListUsersRequestObject) (ListUsersResponseObject, error) {
	page, q, err := readSearch(r.Params.Cursor, r.Params.Limit, r.Params.UserName, r.Params.DisplayName, r.Params.EntraObjectID)
	if err != nil {
		return nil, err
	}
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.SearchUsers(ctx, d.ID, q)
	if err != nil {
		return nil, err
	}
	items, next := cut(page, rows, func(u models.User) string { return u.ID }, showUser)
	return ListUsers200JSONResponse{Items: items, NextCursor: next}, nil
}

func (a *api) ListGroups(ctx context.Context, r ListGroupsRequestObject) (ListGroupsResponseObject, error) {
	page, q, err := readSearch(r.Params.Cursor, r.Params.Limit, nil, r.Params.DisplayName, r.Params.EntraObjectID)
	if err != nil {
		return nil, err
	}
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.SearchGroups(ctx, d.ID, q)
	if err != nil {
		return nil, err
	}
	items, next := cut(page, rows, func(g models.Group) string { return g.ID }, showGroup)
	return ListGroups200JSONResponse{Items: items, NextCursor: next}, nil
}

func readSearch(cursor *PageCursor, limit *PageLimit, userName, displayName, objectID *string) (pageRequest, store.Search, error) {
	var q store.Search
	page, err := readPage(cursor, limit)
	if err != nil {
		return page, q, err
	}
	if q.After, err = page.afterID(); err != nil {
		return page, q, err
	}
	q.UserName, q.DisplayName, q.ObjectID, q.Limit = value(userName, ""), value(displayName, ""), value(objectID, ""), page.limit+1
	return page, q, cmp.Or(
		checkFilter("userName", q.UserName),
		checkFilter("displayName", q.DisplayName),
		checkFilter("entraObjectId", q.ObjectID),
	)
}

const maxFilter = 200

// checkFilter refuses what no stored text begins with, and a database stumbles over.
func checkFilter(name, text string) error {
	if len(text) > maxFilter || hasControls(text) || !utf8.ValidString(text) {
		return &models.InvalidError{Attribute: name, Reason: fmt.Sprintf("must be a text of at most %d bytes without control characters", maxFilter)}
	}
	return nil
}

func (a *api) ListChanges(ctx context.Context, r ListChangesRequestObject) (ListChangesResponseObject, error) {
	after, err := strconv.ParseInt(value(r.Params.After, "0"), 10, 64)
	if err != nil || after < 0 {
		return nil, &models.InvalidError{Attribute: "after", Reason: "is none that this feed has given; begin without it"}
	}
	page, err := readPage(nil, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Changes(ctx, d.ID, after, page.limit)
	if err != nil {
		return nil, err
	}
	floor, err := a.Store.FeedFloor(ctx, d.ID) // after the rows: what was purged meanwhile is missed
	if err != nil {
		return nil, err
	}
	if after > 0 && after < floor {
		return nil, problem{kind: feedGone, field: "after", detail: fmt.Sprintf("Changes up to %d have been purged, and some of them came after this one. "+
			"Read users and groups anew, and then the feed from %d on.", floor, floor)}
	}
	changes := ListChanges200JSONResponse{Items: make([]Change, len(rows)), Next: strconv.FormatInt(after, 10)}
	for i, row := range rows {
		changes.Items[i] = showChange(row)
		changes.Next = changes.Items[i].Seq
	}
	return changes, nil
}

func showChange(c models.Change) Change {
	detail := map[string]any(c.Detail)
	if detail == nil {
		detail = map[string]any{}
	}
	return Change{
		Seq: strconv.FormatInt(c.Seq, 10), At: c.At.Time(), Kind: c.Kind, ID: c.RecordID, Action: string(c.Action),
		By: string(c.By), Origin: c.Origin, Detail: detail,
	}
}
