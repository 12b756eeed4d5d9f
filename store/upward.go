package store

import (
	"context"

	"scimbridge/models"
)

// EdgesAbove reads the visible edges that lead upward from a record: to its groups, to
// theirs, and so on. Loops end it, since an edge is followed once.
func (s *Store) EdgesAbove(ctx context.Context, directoryID, id string) ([]models.Membership, error) {
	var edges []models.Membership
	if !isID(id) {
		return nil, models.ErrNotFound
	}
	err := s.db.WithContext(ctx).Raw(`
		WITH RECURSIVE above (member_id, group_id) AS (
			SELECT m.member_id, m.group_id
			FROM memberships m JOIN groups g ON g.directory_id = m.directory_id AND g.id = m.group_id
			WHERE m.directory_id = ? AND m.member_id = ? AND m.present AND g.living
			UNION
			SELECT m.member_id, m.group_id
			FROM above
			JOIN memberships m ON m.directory_id = ? AND m.member_id = above.group_id AND m.present
			JOIN groups g ON g.directory_id = m.directory_id AND g.id = m.group_id AND g.living
		)
		SELECT m.* FROM memberships m
		JOIN above ON above.member_id = m.member_id AND above.group_id = m.group_id
		WHERE m.directory_id = ?
		ORDER BY m.member_id, m.group_id`, directoryID, id, directoryID, directoryID).Scan(&edges).Error
	return edges, err
}

// ChangesOf lists the feed's entries about one record, newest first, before a given one.
func (s *Store) ChangesOf(ctx context.Context, directoryID, recordID string, before int64, limit int) ([]models.Change, error) {
	var changes []models.Change
	if !isID(directoryID) || !isID(recordID) {
		return nil, models.ErrNotFound
	}
	query := s.db.WithContext(ctx).Where("directory_id = ? AND record_id = ?", directoryID, recordID)
	if before > 0 {
		query = query.Where("seq < ?", before)
	}
	return changes, query.Order("seq DESC").Limit(limit).Find(&changes).Error
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
