package admin

import (
	"context"

	"scimbridge/models"
)

func (a *api) ListPurges(ctx context.Context, r ListPurgesRequestObject) (ListPurgesResponseObject, error) {
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	page, err := a.purges(ctx, d.ID, r.Params.Cursor, r.Params.Limit)
	return ListPurges200JSONResponse(page), err
}

func (a *api) ListBridgePurges(ctx context.Context, r ListBridgePurgesRequestObject) (ListBridgePurgesResponseObject, error) {
	page, err := a.purges(ctx, "", r.Params.Cursor, r.Params.Limit)
	return ListBridgePurges200JSONResponse(page), err
}

// purges reads a page of a directory's purges, or of the bridge's where there is none.
func (a *api) purges(ctx context.Context, directoryID string, cursor *PageCursor, limit *PageLimit) (PurgePage, error) {
	items, next, err := listByID(cursor, limit, func(before string, limit int) ([]models.Purge, error) {
		return a.Store.Purges(ctx, directoryID, before, limit)
	}, func(p models.Purge) string { return p.ID }, showPurge)
	return PurgePage{Items: items, NextCursor: next}, err
}

func showPurge(p models.Purge) Purge {
	return Purge{
		ID: p.ID, At: p.At.Time(), Kind: PurgeKind(p.Kind), OlderThan: moment(p.Cutoff), Count: p.N, RecordID: optional(p.RecordID),
	}
}
