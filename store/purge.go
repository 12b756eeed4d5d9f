package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"scimbridge/models"
)

// purgedAtOnce bounds a transaction of a purge: on SQLite everybody else waits for it.
const purgedAtOnce = 1000

// purge erases some at a time until there is no more, and tells how many there were. The
// record of it is written with each part, so that nothing goes without one.
func (s *Store) purge(ctx context.Context, directoryID string, kind models.PurgeKind, cutoff models.Instant, erase func(*Tx) (int, error)) (int, error) {
	record := models.Purge{ID: s.newID(), DirectoryID: models.Optional(directoryID), Kind: kind, Cutoff: cutoff}
	total := 0
	for {
		some := 0
		err := s.InTx(ctx, directoryID, func(tx *Tx) error {
			var err error
			if some, err = erase(tx); err != nil || some == 0 {
				return err
			}
			return tx.notePurge(ctx, record, some)
		})
		if err != nil || some == 0 {
			return total, err
		}
		total += some
	}
}

// notePurge writes the record of a purge, or adds to it.
func (tx *Tx) notePurge(ctx context.Context, record models.Purge, some int) error {
	var err error
	if record.At, err = tx.Now(ctx); err != nil {
		return err
	}
	record.N = some
	return tx.db.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "id"}},
		DoUpdates: clause.Assignments(map[string]any{"n": gorm.Expr("purges.n + excluded.n")}),
	}).Create(&record).Error
}

// Purges lists what was purged of a directory, or of the bridge as a whole where there is
// none, newest first, before a given one.
func (s *Store) Purges(ctx context.Context, directoryID, before string, limit int) ([]models.Purge, error) {
	var purges []models.Purge
	query := s.db.WithContext(ctx).Order("id DESC").Limit(limit)
	switch {
	case directoryID == "":
		query = query.Where("directory_id IS NULL")
	case !isID(directoryID):
		return nil, models.ErrNotFound
	default:
		query = query.Where("directory_id = ?", directoryID)
	}
	if isID(before) {
		query = query.Where("id < ?", before)
	}
	return purges, query.Find(&purges).Error
}

// tombstone holds for what a purge may take: see reconcile, which decides.
const tombstone = "NOT living AND updated_at < ? AND NOT held AND push_says <> 'exists' AND pull_says NOT IN ('exists', 'soft-deleted')"

// PurgeUsers hands users that were removed before a time to erase, some at a time.
func (s *Store) PurgeUsers(ctx context.Context, directoryID string, before models.Instant, erase func(*Tx, []models.User) (int, error)) (int, error) {
	return s.purge(ctx, directoryID, models.PurgedUsers, before, func(tx *Tx) (int, error) {
		if err := tx.turn(); err != nil {
			return 0, err
		}
		var users []models.User
		err := forUpdate(tx.users()).Where(tombstone+" AND NOT waiting", before).Limit(purgedAtOnce).Find(&users).Error
		if err != nil || len(users) == 0 {
			return 0, err
		}
		return erase(tx, users)
	})
}

// PurgeGroups hands groups that were removed before a time to erase, some at a time.
func (s *Store) PurgeGroups(ctx context.Context, directoryID string, before models.Instant, erase func(*Tx, []models.Group) (int, error)) (int, error) {
	return s.purge(ctx, directoryID, models.PurgedGroups, before, func(tx *Tx) (int, error) {
		if err := tx.turn(); err != nil {
			return 0, err
		}
		var groups []models.Group
		err := forUpdate(tx.groups()).Where(tombstone, before).Limit(purgedAtOnce).Find(&groups).Error
		if err != nil || len(groups) == 0 {
			return 0, err
		}
		return erase(tx, groups)
	})
}

// PurgeRequests erases a directory's requests from before a time.
func (s *Store) PurgeRequests(ctx context.Context, directoryID string, before models.Instant) (int, error) {
	return s.purge(ctx, directoryID, models.PurgedRequests, before, func(tx *Tx) (int, error) {
		return tx.erased(`DELETE FROM scim_requests WHERE directory_id = ? AND id IN
			(SELECT id FROM scim_requests WHERE directory_id = ? AND at < ? ORDER BY at LIMIT ?)`,
			directoryID, directoryID, before, purgedAtOnce)
	})
}

// PurgeTokens erases access tokens that expired before a time. Tokens that an admin issued
// stay in the list, revoked or not.
func (s *Store) PurgeTokens(ctx context.Context, directoryID string, before models.Instant) (int, error) {
	return s.purge(ctx, directoryID, models.PurgedTokens, before, func(tx *Tx) (int, error) {
		return tx.erased(`DELETE FROM tokens WHERE directory_id = ? AND id IN
			(SELECT id FROM tokens WHERE directory_id = ? AND client_id IS NOT NULL AND expires_at > 0 AND expires_at < ? LIMIT ?)`,
			directoryID, directoryID, before, purgedAtOnce)
	})
}

// PurgeAnswers erases what was answered to requests that may be repeated no more.
func (s *Store) PurgeAnswers(ctx context.Context, now models.Instant) (int, error) {
	before := now.Add(-answersLife)
	return s.purge(ctx, "", models.PurgedAnswers, before, func(tx *Tx) (int, error) {
		return tx.erased(`DELETE FROM idempotency_keys WHERE (actor, key) IN
			(SELECT actor, key FROM idempotency_keys WHERE created_at < ? ORDER BY created_at LIMIT ?)`, before, purgedAtOnce)
	})
}

func (tx *Tx) erased(sql string, args ...any) (int, error) {
	done := tx.db.Exec(sql, args...)
	return int(done.RowsAffected), done.Error
}

// PurgeRuns erases runs that ended before a time, with their items and their drift. One
// that is held waits for a decision.
func (s *Store) PurgeRuns(ctx context.Context, directoryID string, before models.Instant) (int, error) {
	var ids []string
	err := s.db.WithContext(ctx).Model(&models.SyncRun{}).
		Where("directory_id = ? AND finished_at > 0 AND finished_at < ? AND state NOT IN ?", directoryID, before, openRuns).
		Order("id").Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if err := s.purgeOfRuns(ctx, directoryID, models.PurgedItems, "sync_run_items", before, ids); err != nil {
		return 0, err
	}
	if err := s.purgeOfRuns(ctx, directoryID, models.PurgedDrift, "drifts", before, ids); err != nil {
		return 0, err
	}
	return s.purge(ctx, directoryID, models.PurgedRuns, before, func(tx *Tx) (int, error) {
		return tx.erased(`DELETE FROM sync_runs WHERE directory_id = ? AND id IN
			(SELECT id FROM sync_runs WHERE directory_id = ? AND finished_at > 0 AND finished_at < ? AND state NOT IN ? LIMIT ?)`,
			directoryID, directoryID, before, openRuns, purgedAtOnce)
	})
}

// openRuns are the states of runs that somebody is still to end.
var openRuns = []models.RunState{models.Queued, models.Running, models.Held}

func (s *Store) purgeOfRuns(ctx context.Context, directoryID string, kind models.PurgeKind, table string, before models.Instant, runs []string) error {
	_, err := s.purge(ctx, directoryID, kind, before, func(tx *Tx) (int, error) {
		for len(runs) > 0 {
			n, err := tx.erased("DELETE FROM "+table+" WHERE directory_id = ? AND run_id = ? AND seq IN (SELECT seq FROM "+table+
				" WHERE directory_id = ? AND run_id = ? ORDER BY seq LIMIT ?)", directoryID, runs[0], directoryID, runs[0], purgedAtOnce)
			if err != nil || n > 0 {
				return n, err
			}
			runs = runs[1:]
		}
		return 0, nil
	})
	return err
}

// PurgeChanges erases the feed's entries from before a time, from its beginning up to the
// first that is younger: a reader who asks from before the first kept one is told so.
func (s *Store) PurgeChanges(ctx context.Context, directoryID string, before models.Instant) (int, error) {
	return s.purge(ctx, directoryID, models.PurgedChanges, before, func(tx *Tx) (int, error) {
		var oldest []models.Change
		err := tx.db.Select("seq, at").Where("directory_id = ?", directoryID).Order("seq").Limit(purgedAtOnce).Find(&oldest).Error
		if err != nil {
			return 0, err
		}
		last := int64(0)
		for _, c := range oldest {
			if c.At >= before {
				break
			}
			last = c.Seq
		}
		if last == 0 {
			return 0, nil
		}
		if err := tx.db.Exec(`INSERT INTO feed_floors (directory_id, seq) VALUES (?, ?)
			ON CONFLICT (directory_id) DO UPDATE SET seq = excluded.seq`, directoryID, last).Error; err != nil {
			return 0, err
		}
		return tx.erased("DELETE FROM changes WHERE directory_id = ? AND seq <= ?", directoryID, last)
	})
}

// FeedFloor is the last entry of the feed that has been purged; 0 if none has.
func (s *Store) FeedFloor(ctx context.Context, directoryID string) (int64, error) {
	var seq int64
	err := s.db.WithContext(ctx).Raw("SELECT COALESCE(max(seq), 0) FROM feed_floors WHERE directory_id = ?", directoryID).Scan(&seq).Error
	return seq, err
}

// PurgeAudit shortens the audit trail. The database lets nobody do so who has not put on
// record, for good, from when on the trail is kept.
func (s *Store) PurgeAudit(ctx context.Context, before models.Instant) (int, error) {
	var n int64
	if err := s.db.WithContext(ctx).Model(&models.AuditEvent{}).Where("at < ?", before).Count(&n).Error; err != nil || n == 0 {
		return 0, err
	}
	erased := 0
	for on := false; ; on = true {
		some := 0
		err := s.InTx(ctx, "", func(tx *Tx) error {
			if !on {
				if err := tx.notePurge(ctx, models.Purge{ID: s.newID(), Kind: models.PurgedAudit, Cutoff: before}, int(n)); err != nil {
					return err
				}
			}
			var err error
			some, err = tx.erased("DELETE FROM audit_events WHERE id IN (SELECT id FROM audit_events WHERE at < ? ORDER BY at, id LIMIT ?)", before, purgedAtOnce)
			return err
		})
		if erased += some; err != nil || some == 0 {
			return erased, err
		}
	}
}
