package store

import (
	"context"

	"scimbridge/models"
)

// visibleMember holds for an edge m whose member shows: alive, and not soft-deleted.
const visibleMember = `m.present AND (
	EXISTS (SELECT 1 FROM users u WHERE u.directory_id = m.directory_id AND u.id = m.member_id AND u.living AND NOT u.soft_deleted)
	OR EXISTS (SELECT 1 FROM groups i WHERE i.directory_id = m.directory_id AND i.id = m.member_id AND i.living))`

// Member is a direct member of a group, as answers show it.
type Member struct {
	GroupID    string
	MemberID   string
	MemberKind models.MemberKind
	Display    string
}

// Members reads the direct members of groups, by group and member id.
func (s *Store) Members(ctx context.Context, directoryID string, groupIDs []string) ([]Member, error) {
	if len(groupIDs) == 0 {
		return nil, nil
	}
	var members []Member
	in := sqlf("m.directory_id = %s AND m.group_id IN %s AND m.present", argument(directoryID), oneOf(groupIDs))
	err := s.ask(ctx, question{
		sqlf(`
		SELECT m.group_id, m.member_id, m.member_kind, u.display_name AS display
		FROM memberships m JOIN users u ON u.directory_id = m.directory_id AND u.id = m.member_id
		WHERE %s AND u.living AND NOT u.soft_deleted
		UNION ALL
		SELECT m.group_id, m.member_id, m.member_kind, g.display_name
		FROM memberships m JOIN groups g ON g.directory_id = m.directory_id AND g.id = m.member_id
		WHERE %s AND g.living
		ORDER BY 1, 2`, in, in),
		func(scan func(...any) error) error {
			var m Member
			err := scan(&m.GroupID, &m.MemberID, &m.MemberKind, &m.Display)
			members = append(members, m)
			return err
		},
	})
	return members, err
}

// ObjectIDs resolves ids of users to their Entra object ids, as far as they have one.
func (tx *Tx) ObjectIDs(ids []string) (map[string]string, error) {
	objectIDs := make(map[string]string)
	known := make([]string, 0, len(ids))
	for _, id := range ids {
		if isID(id) {
			known = append(known, id)
		}
	}
	err := inChunks(known, func(chunk []string) error {
		var rows []struct{ ID, EntraObjectID string }
		err := tx.among(tx.users(), "id", chunk).Select("id", "entra_object_id").Where("entra_object_id IS NOT NULL").Find(&rows).Error
		for _, row := range rows {
			objectIDs[row.ID] = row.EntraObjectID
		}
		return err
	})
	return objectIDs, err
}
