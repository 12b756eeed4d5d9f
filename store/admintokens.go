package store

import (
	"context"
	"crypto/subtle"

	"scimbridge/models"
)

// CreateAdminToken stores an admin token; its id and time are given here.
func (s *Store) CreateAdminToken(ctx context.Context, t models.AdminToken, also ...Also[models.AdminToken]) (models.AdminToken, error) {
	t.ID = s.newID()
	err := s.InTx(ctx, string(t.DirectoryID), func(tx *Tx) error {
		var err error
		if t.CreatedAt, err = tx.Now(ctx); err != nil {
			return err
		}
		if err := tx.db.Create(&t).Error; err != nil {
			return err
		}
		return runAlso(tx, t, also)
	})
	return t, err
}

// AdminToken reads one admin token, revoked or not.
func (s *Store) AdminToken(ctx context.Context, id string) (models.AdminToken, error) {
	var t models.AdminToken
	if !isID(id) {
		return t, models.ErrNotFound
	}
	return t, toDomain(s.db.WithContext(ctx).Where("id = ?", id).Take(&t).Error)
}

// AdminTokens lists admin tokens, oldest first, revoked ones too, after a given one.
func (s *Store) AdminTokens(ctx context.Context, after string, limit int) ([]models.AdminToken, error) {
	var tokens []models.AdminToken
	query := s.db.WithContext(ctx).Order("id").Limit(limit)
	if isID(after) {
		query = query.Where("id > ?", after)
	}
	return tokens, query.Find(&tokens).Error
}

// RevokeAdminToken ends an admin token at once, on every replica.
func (s *Store) RevokeAdminToken(ctx context.Context, id string, also ...Also[models.AdminToken]) error {
	if !isID(id) {
		return models.ErrNotFound
	}
	return s.InTx(ctx, "", func(tx *Tx) error {
		var t models.AdminToken
		if err := forUpdate(tx.db).Where("id = ? AND revoked_at = 0", id).Take(&t).Error; err != nil {
			return err
		}
		var err error
		if t.RevokedAt, err = tx.Now(ctx); err != nil {
			return err
		}
		if err := tx.db.Model(&models.AdminToken{}).Where("id = ?", id).Update("revoked_at", t.RevokedAt).Error; err != nil {
			return err
		}
		return runAlso(tx, t, also)
	})
}

// AdmitAdmin looks a live admin token up by its hash. It answers models.ErrUnauthorized
// for everything else.
func (s *Store) AdmitAdmin(ctx context.Context, hash string) (models.AdminToken, error) {
	var found []models.AdminToken
	err := s.db.WithContext(ctx).Where("hash = ? AND revoked_at = 0", hash).Limit(1).Find(&found).Error
	if err != nil {
		return models.AdminToken{}, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return models.AdminToken{}, err
	}
	// The index compared the hashes; comparing again in constant time costs nothing and
	// keeps the promise whatever the index does.
	if len(found) == 0 || subtle.ConstantTimeCompare([]byte(found[0].Hash), []byte(hash)) != 1 ||
		found[0].ExpiresAt != 0 && found[0].ExpiresAt <= now {
		return models.AdminToken{}, models.ErrUnauthorized
	}
	s.noteAdminUse(ctx, found[0].ID, now)
	return found[0], nil
}

func (s *Store) noteAdminUse(ctx context.Context, id string, now models.Instant) {
	if !s.firstUseInAWhile(id, now) {
		return
	}
	// Losing this loses a minute of an operator's information, not a request.
	_ = s.db.WithContext(ctx).Model(&models.AdminToken{}).Where("id = ?", id).Update("last_used_at", now).Error
}

// firstUseInAWhile tells whether the use of a token is to be noted: once a minute at
// most, so that reading does not write.
func (s *Store) firstUseInAWhile(id string, now models.Instant) bool {
	last, _ := s.used.Load(id)
	if before, ok := last.(models.Instant); ok && now < before.Add(usePrecision) {
		return false
	}
	s.used.Store(id, now)
	return true
}
