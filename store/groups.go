package store

import (
	"context"

	"scimbridge/models"
)

// Group reads one visible group.
func (s *Store) Group(ctx context.Context, directoryID, id string) (models.Group, error) {
	var g models.Group
	if !isID(id) {
		return g, models.ErrNotFound
	}
	err := s.db.WithContext(ctx).
		Where("directory_id = ? AND id = ? AND living", directoryID, id).
		Take(&g).Error
	return g, toDomain(err)
}

// GroupForUpdate reads one visible group and locks its row.
func (tx *Tx) GroupForUpdate(id string) (models.Group, error) {
	var g models.Group
	if !isID(id) {
		return g, models.ErrNotFound
	}
	tx.queued.hasRow = true
	return g, toDomain(forUpdate(tx.groups()).Where("id = ? AND living", id).Take(&g).Error)
}

// GroupsForUpdate reads groups by id, in any state, and locks their rows.
func (tx *Tx) GroupsForUpdate(ids []string) ([]models.Group, error) {
	var groups []models.Group
	if err := tx.turn(); err != nil {
		return nil, err
	}
	err := inChunks(ids, func(chunk []string) error {
		var some []models.Group
		err := tx.among(forUpdate(tx.groups()), "id", chunk).Find(&some).Error
		groups = append(groups, some...)
		return err
	})
	return groups, err
}

// PushGroupCandidates reads and locks the groups that a SCIM client may mean: with the
// object id, in any state, or living with the folded name or the externalId.
func (tx *Tx) PushGroupCandidates(objectID, nameKey, externalID string) ([]models.Group, error) {
	var groups []models.Group
	if err := tx.turn(); err != nil {
		return nil, err
	}
	err := forUpdate(tx.groups()).
		Where("entra_object_id = ? OR display_name_key = ? AND living OR external_id = ? AND living",
			models.Optional(objectID), nameKey, models.Optional(externalID)).
		Find(&groups).Error
	return groups, err
}

// PulledGroupCandidates reads and locks the groups that the pull may mean: with one of
// the object ids, in any state, or living with one of the folded names.
func (tx *Tx) PulledGroupCandidates(objectIDs, nameKeys []string) ([]models.Group, error) {
	var groups []models.Group
	if err := tx.turn(); err != nil {
		return nil, err
	}
	if err := inChunks(objectIDs, func(chunk []string) error {
		var some []models.Group
		err := tx.among(forUpdate(tx.groups()), "entra_object_id", chunk).Find(&some).Error
		groups = append(groups, some...)
		return err
	}); err != nil {
		return nil, err
	}
	seen := make(map[string]bool, len(groups))
	for _, g := range groups {
		seen[g.ID] = true
	}
	return groups, inChunks(nameKeys, func(chunk []string) error {
		var some []models.Group
		if err := tx.among(forUpdate(tx.groups()), "display_name_key", chunk).Where("living").Find(&some).Error; err != nil {
			return err
		}
		for _, g := range some {
			if !seen[g.ID] {
				groups = append(groups, g)
			}
		}
		return nil
	})
}

// GroupNames reads the display names of groups, by id.
func (s *Store) GroupNames(ctx context.Context, directoryID string, ids []string) (map[string]string, error) {
	names := make(map[string]string, len(ids))
	err := inChunks(ids, func(chunk []string) error {
		var rows []struct{ ID, DisplayName string }
		err := s.db.WithContext(ctx).Model(&models.Group{}).Select("id", "display_name").
			Where("directory_id = ? AND id IN ?", directoryID, chunk).Find(&rows).Error
		for _, row := range rows {
			names[row.ID] = row.DisplayName
		}
		return err
	})
	return names, err
}
