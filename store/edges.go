package store

import (
	"encoding/json"

	"scimbridge/migrations"
	"scimbridge/models"
)

// userEnds and groupEnds select ends of one kind.
const (
	userEnds = `SELECT false, id, entra_object_id, living AND NOT soft_deleted, push_says, push_since, push_gone_at,
		pull_says, pull_since, pull_gone_at, 0, 0 FROM users WHERE directory_id = %s AND %s`
	groupEnds = `SELECT true, id, entra_object_id, living, push_says, push_since, push_gone_at,
		pull_says, pull_since, pull_gone_at, push_members_at, pull_members_at FROM groups WHERE directory_id = %s AND %s`
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
	return ends, tx.ends("id", known, known, func(end models.End) { ends[end.ID] = end })
}

// EndsByObjectID reads the users among some Entra object ids and the groups among others,
// in any state.
func (tx *Tx) EndsByObjectID(users, groups []string) (map[string]models.End, error) {
	ends := make(map[string]models.End, len(users)+len(groups))
	return ends, tx.ends("entra_object_id", users, groups, func(end models.End) { ends[string(end.ObjectID)] = end })
}

func (tx *Tx) ends(column string, users, groups []string, take func(models.End)) error {
	return tx.ask(tx.store.askEnds(argument(tx.directoryID), column, users, groups, take)...)
}

// askEnds asks for ends by a column's values, as many at once as a statement takes.
func (s *Store) askEnds(directory fragment, column string, users, groups []string, take func(models.End)) (questions []question) {
	for len(users)+len(groups) > 0 {
		var parts []fragment
		if some := users[:min(len(users), valuesPerLookup)]; len(some) > 0 {
			parts, users = append(parts, sqlf(userEnds, directory, s.isAmong(column, some))), users[len(some):]
		}
		if some := groups[:min(len(groups), valuesPerLookup)]; len(some) > 0 {
			parts, groups = append(parts, sqlf(groupEnds, directory, s.isAmong(column, some))), groups[len(some):]
		}
		questions = append(questions, question{unionOf(parts), func(scan func(...any) error) error {
			end, err := scanEnd(scan)
			take(end)
			return err
		}})
	}
	return questions
}

// scanEnd scans what drivers are quickest with: their own types.
func scanEnd(scan func(...any) error) (models.End, error) {
	end := models.End{Kind: models.UserMember}
	var isGroup bool
	var objectID *string
	var pushSays, pullSays string
	var pushSince, pushGoneAt, pullSince, pullGoneAt, pushMembersAt, pullMembersAt int64
	err := scan(&isGroup, &end.ID, &objectID, &end.Living, &pushSays, &pushSince, &pushGoneAt,
		&pullSays, &pullSince, &pullGoneAt, &pushMembersAt, &pullMembersAt)
	if isGroup {
		end.Kind = models.GroupMember
	}
	if objectID != nil {
		end.ObjectID = models.Optional(*objectID)
	}
	end.PushSays, end.PushSince, end.PushGoneAt = models.Existence(pushSays), models.Instant(pushSince), models.Instant(pushGoneAt)
	end.PullSays, end.PullSince, end.PullGoneAt = models.Existence(pullSays), models.Instant(pullSince), models.Instant(pullGoneAt)
	end.PushMembersAt, end.PullMembersAt = models.Instant(pushMembersAt), models.Instant(pullMembersAt)
	return end, err
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
