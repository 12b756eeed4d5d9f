package store

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"scimbridge/models"
)

// answersLife is how long a repeated request gets the first answer again.
const answersLife = 24 * time.Hour

// abandonedAfter is when a request without an answer is taken to have died with its
// server: no request may last so long.
const abandonedAfter = 2 * time.Minute

// ClaimAnswer makes the caller the one who answers a request that an actor named by a
// key. mine is false if the key is taken: then the answer is what is known of it.
func (s *Store) ClaimAnswer(ctx context.Context, claim models.IdempotencyKey) (answer models.IdempotencyKey, mine bool, err error) {
	err = s.InTx(ctx, "", func(tx *Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		if err := tx.db.Where("created_at < ? OR status = 0 AND created_at < ?", now.Add(-answersLife), now.Add(-abandonedAfter)).
			Delete(&models.IdempotencyKey{}).Error; err != nil {
			return err
		}
		claim.CreatedAt = now
		done := tx.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&claim)
		if mine = done.RowsAffected > 0; done.Error != nil || mine {
			return done.Error
		}
		return tx.db.Where("actor = ? AND key = ?", claim.Actor, claim.Key).Take(&answer).Error
	})
	return answer, mine, err
}

// KeepAnswer stores what was answered.
func (s *Store) KeepAnswer(ctx context.Context, a models.IdempotencyKey) error {
	return s.InTx(ctx, "", func(tx *Tx) error {
		return tx.db.Model(&models.IdempotencyKey{}).Where("actor = ? AND key = ?", a.Actor, a.Key).
			Updates(map[string]any{"status": a.Status, "location": a.Location, "etag": a.ETag, "sealed_body": a.SealedBody}).Error
	})
}

// ForgetAnswer frees a key: the request did nothing, and may be tried again.
func (s *Store) ForgetAnswer(ctx context.Context, actor, key string) error {
	return s.InTx(ctx, "", func(tx *Tx) error {
		return tx.db.Where("actor = ? AND key = ?", actor, key).Delete(&models.IdempotencyKey{}).Error
	})
}
