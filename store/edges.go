package store

import (
	"encoding/json"

	"scimbridge/migrations"
	"scimbridge/models"
)

// endColumns select a models.End from the table of users or groups.
const (
	userEnd = `id, entra_object_id AS object_id, 'user' AS kind, living AND NOT soft_deleted AS living,
		push_says, push_since, push_gone_at, pull_says, pull_since, pull_gone_at, 0 AS push_members_at, 0 AS pull_members_at`
	groupEnd = `id, entra_object_id AS object_id, 'group' AS kind, living,
		push_says, push_since, push_gone_at, pull_says, pull_since, pull_gone_at, push_members_at, pull_members_at`
)

// Ends reads the users and groups with these ids, in any state.
func (tx *Tx) Ends(ids []string) (map[string]models.End, error) {
	ends := make(map[string]models.End, len(ids))
	known := make([]string, 0, len(ids))
	for _, id := range ids {
		if isID(id) {
			known = append(known, id)
		}
	}
	err := tx.ends("id", known, func(end models.End) { ends[end.ID] = end })
	return ends, err
}

// EndsByObjectID reads the users and groups with these Entra object ids, in any state.
func (tx *Tx) EndsByObjectID(objectIDs []string) (map[string]models.End, error) {
	ends := make(map[string]models.End, len(objectIDs))
	err := tx.ends("entra_object_id", objectIDs, func(end models.End) { ends[string(end.ObjectID)] = end })
	return ends, err
}

func (tx *Tx) ends(column string, values []string, take func(models.End)) error {
	return inChunks(values, func(chunk []string) error {
		directory, these := argument(tx.directoryID), tx.store.isAmong(column, chunk)
		return tx.ask(question{
			sqlf(`SELECT `+userEnd+` FROM users WHERE directory_id = %s AND %s
				UNION ALL
				SELECT `+groupEnd+` FROM groups WHERE directory_id = %s AND %s`, directory, these, directory, these),
			func(scan func(...any) error) error {
				var end models.End
				err := scan(&end.ID, &end.ObjectID, &end.Kind, &end.Living, &end.PushSays, &end.PushSince, &end.PushGoneAt,
					&end.PullSays, &end.PullSince, &end.PullGoneAt, &end.PushMembersAt, &end.PullMembersAt)
				take(end)
				return err
			},
		})
	})
}

// EdgesOfGroup reads a group's edges, present or not: those to the given members, or
// all if members is nil.
func (tx *Tx) EdgesOfGroup(groupID string, members []string) ([]models.Membership, error) {
	var edges []models.Membership
	if members == nil {
		return edges, tx.memberships().Where("group_id = ?", groupID).Order("member_id").Find(&edges).Error
	}
	err := inChunks(members, func(chunk []string) error {
		var some []models.Membership
		err := tx.among(tx.memberships().Where("group_id = ?", groupID), "member_id", chunk).Order("member_id").Find(&some).Error
		edges = append(edges, some...)
		return err
	})
	return edges, err
}

// EdgesBetween reads the edges, present or not, that have the same ends as these.
func (tx *Tx) EdgesBetween(ends []models.Membership) ([]models.Membership, error) {
	var edges []models.Membership
	err := inChunks(ends, func(chunk []models.Membership) error {
		keys := make([][2]string, len(chunk))
		for i, edge := range chunk {
			keys[i] = [2]string{edge.GroupID, edge.MemberID}
		}
		text, err := json.Marshal(keys)
		if err != nil {
			return err
		}
		var some []models.Membership
		err = tx.memberships().Where("(group_id, member_id) IN "+pairs[tx.store.dialect], string(text)).
			Order("group_id, member_id").Find(&some).Error
		edges = append(edges, some...)
		return err
	})
	return edges, err
}

// pairs are the ends of edges, which travel as one JSON text.
var pairs = map[migrations.Dialect]string{
	migrations.PostgreSQL: "(SELECT (e->>0)::uuid, (e->>1)::uuid FROM jsonb_array_elements(?::jsonb) e)",
	migrations.SQLite:     "(SELECT e.value->>0, e.value->>1 FROM json_each(?) e)",
}

// EdgesOfMember reads the edges of which a record is the member, present or not.
func (tx *Tx) EdgesOfMember(memberID string) ([]models.Membership, error) {
	var edges []models.Membership
	return edges, tx.memberships().Where("member_id = ?", memberID).Order("group_id").Find(&edges).Error
}

// EdgesPushedSince reads up to limit edges of which push has spoken after since, in
// the order of their keys, after a given one.
func (tx *Tx) EdgesPushedSince(since models.Instant, after models.Membership, limit int) ([]models.Membership, error) {
	var edges []models.Membership
	query := tx.memberships().Where("push_at > 0 AND push_at > ?", since).Order("group_id, member_id").Limit(limit)
	if after.GroupID != "" {
		query = query.Where("group_id > ? OR group_id = ? AND member_id > ?", after.GroupID, after.GroupID, after.MemberID)
	}
	return edges, query.Find(&edges).Error
}
