package store

import (
	"context"

	"gorm.io/gorm"

	"scimbridge/models"
)

// Held counts the records and edges of which something waits.
func (tx *Tx) Held() (models.Losses, error) {
	return tx.countEach("held", "held", "held")
}

// HeldLosses counts those that would be lost: records of which only values wait are not.
func (tx *Tx) HeldLosses() (models.Losses, error) {
	return tx.countEach("held AND pull_says <> 'exists'", "held AND pull_says <> 'exists'", "held")
}

// Totals counts what is there: living users and groups, present memberships.
func (tx *Tx) Totals() (models.Losses, error) {
	return tx.countEach("living", "living", "present")
}

// TotalsUpTo counts the same, of each kind no further than asked for.
func (tx *Tx) TotalsUpTo(most models.Losses) (models.Losses, error) {
	var n models.Losses
	err := tx.db.Raw(`SELECT
		(SELECT count(*) FROM (SELECT 1 FROM users WHERE directory_id = ? AND living LIMIT ?) u) AS users,
		(SELECT count(*) FROM (SELECT 1 FROM groups WHERE directory_id = ? AND living LIMIT ?) g) AS groups,
		(SELECT count(*) FROM (SELECT 1 FROM memberships WHERE directory_id = ? AND present LIMIT ?) m) AS memberships`,
		tx.directoryID, most.Users, tx.directoryID, most.Groups, tx.directoryID, most.Memberships).Scan(&n).Error
	return n, err
}

func (tx *Tx) countEach(users, groups, memberships string) (models.Losses, error) {
	var n models.Losses
	err := tx.db.Raw(`SELECT
		(SELECT count(*) FROM users WHERE directory_id = ? AND `+users+`) AS users,
		(SELECT count(*) FROM groups WHERE directory_id = ? AND `+groups+`) AS groups,
		(SELECT count(*) FROM memberships WHERE directory_id = ? AND `+memberships+`) AS memberships`,
		tx.directoryID, tx.directoryID, tx.directoryID).Scan(&n).Error
	return n, err
}

// HeldUsers reads and locks users whose loss waits, by id after a given one.
func (tx *Tx) HeldUsers(afterID string, limit int) ([]models.User, error) {
	if err := tx.turn(); err != nil {
		return nil, err
	}
	var users []models.User
	return users, afterKey(forUpdate(tx.users()).Where("held"), afterID).Limit(limit).Find(&users).Error
}

// HeldGroups reads and locks groups whose removal waits, by id after a given one.
func (tx *Tx) HeldGroups(afterID string, limit int) ([]models.Group, error) {
	if err := tx.turn(); err != nil {
		return nil, err
	}
	var groups []models.Group
	return groups, afterKey(forUpdate(tx.groups()).Where("held"), afterID).Limit(limit).Find(&groups).Error
}

func afterKey(query *gorm.DB, afterID string) *gorm.DB {
	if afterID == "" {
		return query
	}
	return query.Where("id > ?", afterID)
}

// HeldEdges reads edges whose end waits, by key after a given one.
func (tx *Tx) HeldEdges(after models.Membership, limit int) ([]models.Membership, error) {
	var edges []models.Membership
	return edges, afterEdge(tx.memberships().Where("held"), after).Limit(limit).Find(&edges).Error
}

// SupersedeHeld ends the runs that are held, in favour of a newer one: it has found
// again what is still true. The end of push is planned by no other run than its own.
func (tx *Tx) SupersedeHeld(newer models.SyncRun, now models.Instant) error {
	kinds := []models.RunKind{models.FullRun, models.IncrementalRun, models.EndPullRun}
	if newer.Kind == models.EndPushRun {
		kinds = []models.RunKind{models.EndPushRun}
	}
	return tx.db.Model(&models.SyncRun{}).
		Where("directory_id = ? AND state = ? AND id <> ? AND kind IN ?", newer.DirectoryID, models.Held, newer.ID, kinds).
		Updates(map[string]any{"state": models.Superseded, "finished_at": now}).Error
}

// ExpireHeld ends the held runs of a directory whose decision nobody has made since
// before, and answers them. What they held stays held: the next run finds again what is
// still true.
func (s *Store) ExpireHeld(ctx context.Context, directoryID string, before models.Instant, also ...Also[models.SyncRun]) ([]models.SyncRun, error) {
	var expired []models.SyncRun
	err := s.InTx(ctx, directoryID, func(tx *Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		if err := forUpdate(tx.db).Where("directory_id = ? AND state = ? AND finished_at < ?", directoryID, models.Held, before).
			Find(&expired).Error; err != nil {
			return err
		}
		for i := range expired {
			run := &expired[i]
			run.State, run.FinishedAt = models.Expired, now
			if err := tx.run(*run).Updates(map[string]any{"state": run.State, "finished_at": now}).Error; err != nil {
				return err
			}
			if err := runAlso(tx, *run, also); err != nil {
				return err
			}
		}
		return nil
	})
	return expired, err
}

// DecideRun notes what an admin has decided about a held run, and queues it to be
// carried out. It answers a *models.InvalidError unless the run is held, and a
// *models.BusyError while another run is queued or running.
func (s *Store) DecideRun(ctx context.Context, directoryID, id string, decision models.Decision, enqueue func(*Tx, models.SyncRun) error) (models.SyncRun, error) {
	var run models.SyncRun
	if !isID(directoryID) || !isID(id) {
		return run, models.ErrNotFound
	}
	err := s.InTx(ctx, directoryID, func(tx *Tx) error {
		if err := forUpdate(tx.db).Where("directory_id = ? AND id = ?", directoryID, id).Take(&run).Error; err != nil {
			return err
		}
		if run.State != models.Held {
			return &models.InvalidError{Attribute: "state", Reason: "the run is not held: it is " + string(run.State)}
		}
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		run.State, run.Decision, run.LeaseUntil = models.Queued, &decision, now.Add(LeaseTime)
		if err := tx.db.Select("*").Updates(&run).Error; err != nil {
			return err
		}
		return enqueue(tx, run)
	})
	return run, s.busyIfActive(ctx, directoryID, err)
}
