package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"scimbridge/models"
)

// Also runs in the transaction of a write, with what was written: the audit trail and the
// act that it tells of are stored together or not at all.
type Also[T any] func(tx *Tx, written T) error

func runAlso[T any](tx *Tx, written T, also []Also[T]) error {
	for _, run := range also {
		if err := run(tx, written); err != nil {
			return err
		}
	}
	return nil
}

// CreateDirectory stores a new directory; its id and times are given here.
func (s *Store) CreateDirectory(ctx context.Context, name string, settings models.Settings, also ...Also[models.Directory]) (models.Directory, error) {
	d := models.Directory{ID: s.newID(), Name: name, Mode: models.TestMode, Settings: settings, Version: 1}
	err := s.InTx(ctx, d.ID, func(tx *Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		d.CreatedAt, d.UpdatedAt = now, now
		if err := tx.db.Create(&d).Error; err != nil {
			return err
		}
		if err := tx.db.Create(&models.PullState{DirectoryID: d.ID}).Error; err != nil {
			return err
		}
		return runAlso(tx, d, also)
	})
	return d, err
}

// Directory reads one directory.
func (s *Store) Directory(ctx context.Context, id string) (models.Directory, error) {
	var d models.Directory
	if !isID(id) {
		return d, models.ErrNotFound
	}
	return d, toDomain(s.db.WithContext(ctx).Where("id = ?", id).Take(&d).Error)
}

// Directories lists directories by id after a given one, for cursor pages.
func (s *Store) Directories(ctx context.Context, after string, limit int) ([]models.Directory, error) {
	var directories []models.Directory
	query := s.db.WithContext(ctx).Order("id").Limit(limit)
	if isID(after) {
		query = query.Where("id > ?", after)
	}
	return directories, query.Find(&directories).Error
}

// UpdateDirectory locks a directory, lets change alter it, and stores it as its next
// version.
func (s *Store) UpdateDirectory(ctx context.Context, id string, change func(*models.Directory) error, also ...Also[models.Directory]) (models.Directory, error) {
	var d models.Directory
	if !isID(id) {
		return d, models.ErrNotFound
	}
	err := s.InTx(ctx, id, func(tx *Tx) error {
		if err := forUpdate(tx.db).Where("id = ?", id).Take(&d).Error; err != nil {
			return err
		}
		if err := change(&d); err != nil {
			return err
		}
		var err error
		d.Version++
		if d.UpdatedAt, err = tx.Now(ctx); err != nil {
			return err
		}
		if err := tx.db.Select("*").Updates(&d).Error; err != nil {
			return err
		}
		return runAlso(tx, d, also)
	})
	return d, s.busyIfActive(ctx, id, err)
}

// DeleteDirectory erases a directory and all that we hold of it.
func (s *Store) DeleteDirectory(ctx context.Context, id string, also ...Also[models.Directory]) error {
	if !isID(id) {
		return models.ErrNotFound
	}
	return s.InTx(ctx, id, func(tx *Tx) error {
		var d models.Directory
		if err := forUpdate(tx.db).Where("id = ?", id).Take(&d).Error; err != nil {
			return err
		}
		if err := tx.db.Where("id = ?", id).Delete(&models.Directory{}).Error; err != nil {
			return err
		}
		return runAlso(tx, d, also)
	})
}

// GraphSettings reads how a directory's tenant is reached.
func (s *Store) GraphSettings(ctx context.Context, directoryID string) (models.GraphSettings, error) {
	var g models.GraphSettings
	if !isID(directoryID) {
		return g, models.ErrNotFound
	}
	return g, toDomain(s.db.WithContext(ctx).Where("directory_id = ?", directoryID).Take(&g).Error)
}

// GraphSettingsOf reads how the tenants of some directories are reached.
func (s *Store) GraphSettingsOf(ctx context.Context, directoryIDs []string) ([]models.GraphSettings, error) {
	var settings []models.GraphSettings
	return settings, s.db.WithContext(ctx).Where("directory_id IN ?", directoryIDs).Order("directory_id").Find(&settings).Error
}

// SetGraphSettings stores how a directory's tenant is reached. Another tenant, cloud or
// application begins with a full round; another credential of the same one does not.
func (s *Store) SetGraphSettings(ctx context.Context, g models.GraphSettings) (models.GraphSettings, error) {
	return s.ChangeGraphSettings(ctx, g.DirectoryID, func(*models.GraphSettings) (models.GraphSettings, error) { return g, nil })
}

// ChangeGraphSettings is SetGraphSettings for a change that depends on what was set
// before, nil if nothing was. The directory stays locked meanwhile.
func (s *Store) ChangeGraphSettings(ctx context.Context, directoryID string, change func(before *models.GraphSettings) (models.GraphSettings, error), also ...Also[models.GraphSettings]) (models.GraphSettings, error) {
	var g models.GraphSettings
	err := s.InTx(ctx, directoryID, func(tx *Tx) error {
		var directory models.Directory
		if err := forUpdate(tx.db).Where("id = ?", directoryID).Take(&directory).Error; err != nil {
			return err
		}
		var found []models.GraphSettings
		if err := tx.db.Where("directory_id = ?", directoryID).Limit(1).Find(&found).Error; err != nil {
			return err
		}
		var before *models.GraphSettings
		if len(found) > 0 {
			before = &found[0]
		}
		var err error
		if g, err = change(before); err != nil {
			return err
		}
		if g.UpdatedAt, err = tx.Now(ctx); err != nil {
			return err
		}
		if err := tx.replaceBy("directory_id").Create(&g).Error; err != nil {
			return err
		}
		if err := tx.CallOff(ctx, models.EndPullRun); err != nil { // the pull goes on
			return err
		}
		if before == nil || !before.SameWay(g) {
			if err := tx.ForgetDeltaLinks(); err != nil {
				return err
			}
		}
		return runAlso(tx, g, also)
	})
	return g, err
}

// DeleteGraphSettings forgets how a directory's tenant is reached, with the sealed
// secret. What the pull has said stays as it was said, until a run withdraws it.
func (s *Store) DeleteGraphSettings(ctx context.Context, directoryID string, also ...Also[models.GraphSettings]) error {
	if !isID(directoryID) {
		return models.ErrNotFound
	}
	err := s.InTx(ctx, directoryID, func(tx *Tx) error {
		var g models.GraphSettings
		if err := tx.db.Where("directory_id = ?", directoryID).Take(&g).Error; err != nil {
			return err
		}
		if err := tx.db.Where("directory_id = ?", directoryID).Delete(&models.GraphSettings{}).Error; err != nil {
			return err
		}
		return runAlso(tx, g, also)
	})
	return s.busyIfActive(ctx, directoryID, err)
}

func (tx *Tx) replaceBy(column string) *gorm.DB {
	return tx.db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: column}}, UpdateAll: true})
}
