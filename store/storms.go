package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"scimbridge/migrations"
	"scimbridge/models"
)

// pushedLosses holds for changes by which push took something away. It is the condition of
// the index changes_pushed_losses, word by word.
const pushedLosses = `"by" = 'push' AND (action IN ('deactivated', 'removed') OR kind = 'memberships' AND detail->'removed' IS NOT NULL)`

// Lost is what push took away in some time.
type Lost struct {
	models.PushLosses
	Users   int // deactivated or removed, each counted once
	FirstAt models.Instant
	LastAt  models.Instant
}

// LostToPush counts what push took away after since, from the feed.
func (s *Store) LostToPush(ctx context.Context, directoryID string, since models.Instant) (Lost, error) {
	members := map[migrations.Dialect]string{
		migrations.PostgreSQL: "jsonb_array_length(detail->'removed')",
		migrations.SQLite:     "json_array_length(detail, '$.removed')",
	}[s.dialect]
	var lost Lost
	err := s.db.WithContext(ctx).Raw(`SELECT
			count(DISTINCT CASE WHEN kind = 'user' THEN record_id END) AS users,
			count(DISTINCT CASE WHEN kind = 'user' AND action = 'deactivated' THEN record_id END) AS users_deactivated,
			count(DISTINCT CASE WHEN kind = 'user' AND action = 'removed' THEN record_id END) AS users_removed,
			count(DISTINCT CASE WHEN kind = 'group' THEN record_id END) AS groups_removed,
			COALESCE(sum(CASE WHEN kind = 'memberships' THEN `+members+` END), 0) AS memberships_ended,
			COALESCE(min(at), 0) AS first_at, COALESCE(max(at), 0) AS last_at
		FROM changes WHERE directory_id = ? AND at > ? AND `+pushedLosses, directoryID, since).Scan(&lost).Error
	return lost, err
}

// Totals counts what is there: living users and groups, present memberships.
func (s *Store) Totals(ctx context.Context, directoryID string) (models.Losses, error) {
	tx := Tx{store: s, db: s.db.WithContext(ctx), directoryID: directoryID}
	return tx.Totals()
}

// OpenStorm stores the storm that begins, with its change of the feed. It answers false if
// another replica has done so.
func (s *Store) OpenStorm(ctx context.Context, storm models.Storm, change models.Change) (bool, error) {
	var opened bool
	err := s.InTx(ctx, storm.DirectoryID, func(tx *Tx) error {
		done := tx.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&storm)
		if opened = done.RowsAffected > 0; done.Error != nil || !opened {
			return done.Error
		}
		return tx.AppendChanges([]models.Change{change})
	})
	return opened, err
}

// FollowStorm stores how far a storm has got; where it has ended, with the change that says
// so. It answers false if another replica has ended it.
func (s *Store) FollowStorm(ctx context.Context, storm models.Storm, ended []models.Change) (bool, error) {
	var followed bool
	err := s.InTx(ctx, storm.DirectoryID, func(tx *Tx) error {
		done := tx.storms().Where("id = ? AND ended_at = 0", storm.ID).
			Select("last_at", "ended_at", "users_deactivated", "users_removed", "groups_removed", "memberships_ended").Updates(&storm)
		if followed = done.RowsAffected > 0; done.Error != nil || !followed || len(ended) == 0 {
			return done.Error
		}
		return tx.AppendChanges(ended)
	})
	return followed, err
}

// RestoredStorm notes when a storm was restored.
func (tx *Tx) RestoredStorm(id string, at models.Instant) error {
	return tx.storms().Where("id = ?", id).Update("restored_at", at).Error
}

func (tx *Tx) storms() *gorm.DB {
	return tx.db.Model(&models.Storm{}).Where("directory_id = ?", tx.directoryID)
}

// LatestStorm reads the newest storm of a directory, the zero storm if there was none.
func (s *Store) LatestStorm(ctx context.Context, directoryID string) (models.Storm, error) {
	storms, err := s.Storms(ctx, directoryID, "", 1)
	if err != nil || len(storms) == 0 {
		return models.Storm{}, err
	}
	return storms[0], nil
}

// Storms lists a directory's storms, newest first, before a given one.
func (s *Store) Storms(ctx context.Context, directoryID, before string, limit int) ([]models.Storm, error) {
	var storms []models.Storm
	if !isID(directoryID) {
		return nil, models.ErrNotFound
	}
	query := s.db.WithContext(ctx).Where("directory_id = ?", directoryID).Order("id DESC").Limit(limit)
	if isID(before) {
		query = query.Where("id < ?", before)
	}
	return storms, query.Find(&storms).Error
}

// Storm reads one storm.
func (s *Store) Storm(ctx context.Context, directoryID, id string) (models.Storm, error) {
	var storm models.Storm
	if !isID(directoryID) || !isID(id) {
		return storm, models.ErrNotFound
	}
	return storm, toDomain(s.db.WithContext(ctx).Where("directory_id = ? AND id = ?", directoryID, id).Take(&storm).Error)
}

// OpenStorms lists the directories of which a storm goes on.
func (s *Store) OpenStorms(ctx context.Context) ([]string, error) {
	var directories []string
	return directories, s.db.WithContext(ctx).Model(&models.Storm{}).Where("ended_at = 0").Order("directory_id").Pluck("directory_id", &directories).Error
}

// StormsToTell lists, of some directories, the storms that go on, or have ended since a
// time and were not restored.
func (s *Store) StormsToTell(ctx context.Context, directoryIDs []string, since models.Instant) ([]models.Storm, error) {
	var storms []models.Storm
	if len(directoryIDs) == 0 {
		return nil, nil
	}
	return storms, s.db.WithContext(ctx).
		Where("directory_id IN ? AND (ended_at = 0 OR ended_at > ? AND restored_at = 0)", directoryIDs, since).
		Order("directory_id, id DESC").Find(&storms).Error
}

// StormQuery asks for a page of what a storm took.
type StormQuery struct {
	Kind     string // "user", "group" or "memberships"; "" is every kind
	AfterAt  models.Instant
	AfterSeq int64
	Limit    int
}

// StormItems lists the changes by which a storm took something, in their order.
func (s *Store) StormItems(ctx context.Context, storm models.Storm, q StormQuery) ([]models.Change, error) {
	var changes []models.Change
	query := s.db.WithContext(ctx).
		Where("directory_id = ? AND at >= ? AND at <= ? AND "+pushedLosses, storm.DirectoryID, max(storm.BeganAt, q.AfterAt), storm.LastAt).
		Where("at > ? OR at = ? AND seq > ?", q.AfterAt, q.AfterAt, q.AfterSeq).
		Order("at, seq").Limit(q.Limit)
	if q.Kind != "" {
		query = query.Where("kind = ?", q.Kind)
	}
	return changes, query.Find(&changes).Error
}

// LossesSince lists what push has taken of some records after a time.
func (tx *Tx) LossesSince(recordIDs []string, since models.Instant) ([]models.Change, error) {
	var losses []models.Change
	err := inChunks(recordIDs, func(chunk []string) error {
		var some []models.Change
		err := tx.db.Where("directory_id = ? AND record_id IN ? AND at > ? AND "+pushedLosses, tx.directoryID, chunk, since).
			Order("seq").Find(&some).Error
		losses = append(losses, some...)
		return err
	})
	return losses, err
}
