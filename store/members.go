package store

import (
	"context"

	"scimbridge/migrations"
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
	var members []Member
	err := s.db.WithContext(ctx).Raw(`
		SELECT m.group_id, m.member_id, m.member_kind, u.display_name AS display
		FROM memberships m JOIN users u ON u.directory_id = m.directory_id AND u.id = m.member_id
		WHERE m.directory_id = ? AND m.group_id IN ? AND m.present AND u.living AND NOT u.soft_deleted
		UNION ALL
		SELECT m.group_id, m.member_id, m.member_kind, g.display_name
		FROM memberships m JOIN groups g ON g.directory_id = m.directory_id AND g.id = m.member_id
		WHERE m.directory_id = ? AND m.group_id IN ? AND m.present AND g.living
		ORDER BY 1, 2`, directoryID, groupIDs, directoryID, groupIDs).Scan(&members).Error
	return members, err
}

// GroupOf is a group that a user is in.
type GroupOf struct {
	UserID  string
	GroupID string
	Display string
	// Direct is false where the user is in it only through another group.
	Direct bool
}

// GroupsOf reads the groups that users are in, through other groups too. Loops among
// groups end it, since a pair of user and group is followed once.
func (s *Store) GroupsOf(ctx context.Context, directoryID string, userIDs []string) ([]GroupOf, error) {
	var groups []GroupOf
	err := s.db.WithContext(ctx).Raw(`
		WITH RECURSIVE up (user_id, group_id, display, far) AS (
			SELECT m.member_id, m.group_id, g.display_name, 0
			FROM memberships m JOIN groups g ON g.directory_id = m.directory_id AND g.id = m.group_id
			WHERE m.directory_id = ? AND m.member_id IN ? AND m.present AND g.living
			UNION
			SELECT up.user_id, m.group_id, g.display_name, 1
			FROM up `+s.parents()+`
		)
		SELECT user_id, group_id, display, min(far) = 0 AS direct
		FROM up GROUP BY user_id, group_id, display
		ORDER BY 1, 2`, directoryID, userIDs, directoryID, directoryID).Scan(&groups).Error
	return groups, err
}

// parents joins the living groups g in which a group of the table up is a member.
//
// PostgreSQL takes the table that a recursion works on for ten times the size that it
// began with, and would rather read all memberships than look so many up; OFFSET 0 keeps
// it from joining them otherwise than one by one. SQLite knows no LATERAL, and does so
// by itself.
func (s *Store) parents() string {
	if s.dialect == migrations.SQLite {
		return `JOIN memberships m ON m.directory_id = ? AND m.member_id = up.group_id AND m.present
			JOIN groups g ON g.directory_id = ? AND g.id = m.group_id AND g.living`
	}
	return `CROSS JOIN LATERAL (SELECT e.group_id FROM memberships e
				WHERE e.directory_id = ? AND e.member_id = up.group_id AND e.present OFFSET 0) m
			CROSS JOIN LATERAL (SELECT p.display_name FROM groups p
				WHERE p.directory_id = ? AND p.id = m.group_id AND p.living OFFSET 0) g`
}

// Manager is someone's manager, as far as the record is known.
type Manager struct {
	ID       string
	ObjectID models.Optional
	Display  string
	Living   bool
}

// Managers reads the users that others name as manager, by SCIM id or by object id,
// in any state.
func (s *Store) Managers(ctx context.Context, directoryID string, ids, objectIDs []string) ([]Manager, error) {
	var managers []Manager
	known := make([]string, 0, len(ids))
	for _, id := range ids {
		if isID(id) {
			known = append(known, id)
		}
	}
	if len(known) == 0 && len(objectIDs) == 0 {
		return nil, nil
	}
	err := s.db.WithContext(ctx).Model(&models.User{}).
		Select("id, entra_object_id AS object_id, display_name AS display, living").
		Where("directory_id = ? AND (id IN ? OR entra_object_id IN ?)", directoryID, known, objectIDs).
		Order("id").Find(&managers).Error
	return managers, err
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
		err := tx.users().Select("id", "entra_object_id").Where("id IN ? AND entra_object_id IS NOT NULL", chunk).Find(&rows).Error
		for _, row := range rows {
			objectIDs[row.ID] = row.EntraObjectID
		}
		return err
	})
	return objectIDs, err
}
