package admin

import (
	"context"

	"scimbridge/models"
	"scimbridge/store"
)

func (a *api) ListScimRequests(ctx context.Context, r ListScimRequestsRequestObject) (ListScimRequestsResponseObject, error) {
	page, err := readPage(r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	q := store.RequestQuery{RecordID: value(r.Params.RecordID, ""), Failed: value(r.Params.Failed, false), Limit: page.limit + 1}
	if q.Before, err = page.afterID(); err != nil {
		return nil, err
	}
	if err := checkFilter("recordId", q.RecordID); err != nil {
		return nil, err
	}
	if q.From, err = readTime("from", r.Params.From); err != nil {
		return nil, err
	}
	if q.To, err = readTime("to", r.Params.To); err != nil {
		return nil, err
	}
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Requests(ctx, d.ID, q)
	if err != nil {
		return nil, err
	}
	items, next := cut(page, rows, func(r models.ScimRequest) string { return r.ID }, showScimRequest)
	return ListScimRequests200JSONResponse{Items: items, NextCursor: next}, nil
}

func showScimRequest(r models.ScimRequest) ScimRequest {
	return ScimRequest{
		ID: r.ID, At: r.At.Time(), Gap: r.IsGap(), RequestID: r.RequestID, TokenID: optional(r.TokenID), Client: r.Client,
		Method: r.Method, Path: r.Path, Query: r.Query, Status: r.Status, ScimType: r.ScimType,
		Action: r.Action, RecordKind: r.RecordKind, RecordID: optional(r.RecordID), Detail: r.Detail,
		Milliseconds: float64(r.Micros) / 1000,
	}
}
