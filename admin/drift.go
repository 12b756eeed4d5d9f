package admin

import (
	"context"
	"maps"
	"slices"

	"scimbridge/models"
)

// runsOfDrift is over how many runs drift is counted.
const runsOfDrift = 30

func (a *api) ListSyncRunDrift(ctx context.Context, r ListSyncRunDriftRequestObject) (ListSyncRunDriftResponseObject, error) {
	run, err := a.Store.Run(ctx, r.Directory, r.Run)
	if err != nil {
		return nil, err
	}
	items, next, err := listBySeq(r.Params.Cursor, r.Params.Limit, func(after int64, limit int) ([]models.Drift, error) {
		return a.Store.Drift(ctx, run.DirectoryID, run.ID, after, limit)
	}, func(row models.Drift) int64 { return row.Seq }, showDrift)
	return ListSyncRunDrift200JSONResponse{Items: items, NextCursor: next}, err
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
