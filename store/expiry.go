package store

import (
	"context"

	"scimbridge/models"
)

// NoteCredentialEnd remembers when the credential of some settings ends, as a run or a
// test has learned, unless another has been entered meanwhile. It is no change that
// somebody made: the version of the settings stays.
func (s *Store) NoteCredentialEnd(ctx context.Context, g models.GraphSettings, ends models.Instant) error {
	if ends == 0 || ends == g.CredentialEndsAt || !isID(g.DirectoryID) {
		return nil
	}
	return s.InTx(ctx, g.DirectoryID, func(tx *Tx) error {
		return tx.db.Model(&models.GraphSettings{}).
			Where("directory_id = ? AND sealed_secret = ?", g.DirectoryID, g.SealedSecret).
			UpdateColumn("credential_ends_at", ends).Error
	})
}

// EndingCredentials lists the settings whose credential ends before a time.
func (s *Store) EndingCredentials(ctx context.Context, before models.Instant) ([]models.GraphSettings, error) {
	var ending []models.GraphSettings
	err := s.db.WithContext(ctx).Where("credential_ends_at > 0 AND credential_ends_at < ?", before).
		Order("directory_id").Find(&ending).Error
	return ending, err
}

// WarnOfCredentialEnd notes that a directory's admins are warned at now, if a warning is
// due that nobody has given, on no other replica either. also runs in the transaction of
// a warning that is given; days is which one it is.
func (s *Store) WarnOfCredentialEnd(ctx context.Context, directoryID string, now models.Instant, also func(tx *Tx, g models.GraphSettings, days int) error) (days int, given bool, err error) {
	err = s.InTx(ctx, directoryID, func(tx *Tx) error {
		var directory models.Directory // locked, as by whoever changes the settings
		if err := forUpdate(tx.db).Where("id = ?", directoryID).Take(&directory).Error; err != nil {
			return err
		}
		var g models.GraphSettings
		if err := tx.db.Where("directory_id = ?", directoryID).Take(&g).Error; err != nil {
			return err
		}
		if days, given = models.ExpiryWarning(g.CredentialEndsAt.Time(), g.WarnedAt.Time(), now.Time()); !given {
			return nil
		}
		if err := tx.db.Model(&models.GraphSettings{}).Where("directory_id = ?", directoryID).
			UpdateColumn("warned_at", now).Error; err != nil {
			return err
		}
		return also(tx, g, days)
	})
	return days, given && err == nil, err
}
