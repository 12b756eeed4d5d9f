package store

import (
	"context"

	"scimbridge/models"
)

// SealedSecret is a stored credential as it is sealed, and what it is bound to.
type SealedSecret struct {
	DirectoryID string
	Sealed      string
	Context     string
}

// SealedSecrets lists all that is sealed, after a given directory.
func (s *Store) SealedSecrets(ctx context.Context, after string, limit int) ([]SealedSecret, error) {
	var rows []models.GraphSettings
	query := s.db.WithContext(ctx).Where("sealed_secret <> ''").Order("directory_id").Limit(limit)
	if isID(after) {
		query = query.Where("directory_id > ?", after)
	}
	if err := query.Find(&rows).Error; err != nil {
		return nil, err
	}
	secrets := make([]SealedSecret, len(rows))
	for i, row := range rows {
		secrets[i] = SealedSecret{DirectoryID: row.DirectoryID, Sealed: row.SealedSecret, Context: row.SealContext()}
	}
	return secrets, nil
}

// Reseal puts the same secret, sealed with another key, in the place of the stored one.
// ok is false if somebody has stored another meanwhile, which is newer.
func (s *Store) Reseal(ctx context.Context, secret SealedSecret, sealed string) (ok bool, err error) {
	err = s.InTx(ctx, secret.DirectoryID, func(tx *Tx) error {
		done := tx.db.Model(&models.GraphSettings{}).
			Where("directory_id = ? AND sealed_secret = ?", secret.DirectoryID, secret.Sealed).
			UpdateColumn("sealed_secret", sealed)
		ok = done.RowsAffected > 0
		return done.Error
	})
	return ok, err
}
