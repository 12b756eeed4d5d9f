package admin

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"scimbridge/models"
)

// runsOfDrift is over how many runs drift is counted.
const runsOfDrift = 30

func (a *api) ListSyncRunDrift(ctx context.Context, r ListSyncRunDriftRequestObject) (ListSyncRunDriftResponseObject, error) {
	page, err := readPage(r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	after, err := page.afterSeq()
	if err != nil {
		return nil, err
	}
	run, err := a.Store.Run(ctx, r.Directory, r.Run)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Drift(ctx, run.DirectoryID, run.ID, after, page.limit+1)
	if err != nil {
		return nil, err
	}
	items, next := cut(page, rows, func(d models.Drift) string { return strconv.FormatInt(d.Seq, 10) }, showDrift)
	return ListSyncRunDrift200JSONResponse{Items: items, NextCursor: next}, nil
}

func showDrift(d models.Drift) Drift {
	return Drift{
		Kind: DriftKind(d.Kind), ID: d.RecordID, MemberID: optional(d.MemberID), Path: d.Path,
		PushedAt: moment(d.PushAt), Healed: d.Healed,
	}
}

func (a *api) ListDriftOverTime(ctx context.Context, r ListDriftOverTimeRequestObject) (ListDriftOverTimeResponseObject, error) {
	directory, err := a.Store.Directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	counts, err := a.Store.DriftOverTime(ctx, directory.ID, runsOfDrift)
	if err != nil {
		return nil, err
	}
	items := make([]DriftCount, len(counts))
	for i, c := range counts {
		items[i] = DriftCount{
			RunID: c.RunID, Kind: DriftKind(c.Kind), Count: c.Count, Healed: c.Healed, OldestPushedAt: moment(c.OldestAt),
		}
	}
	return ListDriftOverTime200JSONResponse{Items: items}, nil
}

// keysOf are a map's keys in their order, so that answers are the same every time.
func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
