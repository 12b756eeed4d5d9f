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
	directory := argument(directoryID)
	asked := sqlf(`
		WITH RECURSIVE up (member_id, group_id) AS (
			SELECT m.member_id, m.group_id
			FROM memberships m `+s.livingGroup()+`
			WHERE m.directory_id = %s AND m.member_id = %s AND m.present
			UNION
			SELECT up.group_id, m.group_id
			FROM up `+s.edgeUp()+" "+s.livingGroup()+`
		)
		SELECT m.* FROM up `+s.edgeItself()+`
		ORDER BY m.member_id, m.group_id`, directory, directory, argument(id), directory, directory, directory)
	return edges, s.db.WithContext(ctx).Raw(asked.sql, asked.args...).Scan(&edges).Error
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
