package store

import (
	"context"

	"scimbridge/models"
)

// AppendDrift stores what a run found different from what push had said.
func (tx *Tx) AppendDrift(drift []models.Drift) error {
	return insert(tx, "drifts", drift, narrowRow)
}

// Drift lists what a run found different, after a given entry.
func (s *Store) Drift(ctx context.Context, directoryID, runID string, after int64, limit int) ([]models.Drift, error) {
	var drift []models.Drift
	if !isID(directoryID) || !isID(runID) {
		return nil, models.ErrNotFound
	}
	err := s.db.WithContext(ctx).
		Where("directory_id = ? AND run_id = ? AND seq > ?", directoryID, runID, after).
		Order("seq").Limit(limit).Find(&drift).Error
	return drift, err
}

// DriftCount is how much drift of one kind a run found.
type DriftCount struct {
	RunID    string
	Kind     models.DriftKind
	Count    int
	Healed   int
	OldestAt models.Instant // of push's word that the drift is about
}

// DriftOverTime counts the drift of a directory's newest runs, by run and kind.
func (s *Store) DriftOverTime(ctx context.Context, directoryID string, runs int) ([]DriftCount, error) {
	var counts []DriftCount
	if !isID(directoryID) {
		return nil, models.ErrNotFound
	}
	err := s.db.WithContext(ctx).Raw(`
		SELECT run_id, kind, count(*) AS count, sum(CASE WHEN healed THEN 1 ELSE 0 END) AS healed, min(push_at) AS oldest_at
		FROM drifts
		WHERE directory_id = ? AND run_id IN (SELECT id FROM sync_runs WHERE directory_id = ? ORDER BY id DESC LIMIT ?)
		GROUP BY run_id, kind
		ORDER BY run_id DESC, kind`, directoryID, directoryID, runs).Scan(&counts).Error
	return counts, err
}
