package store

import (
	"errors"
	"slices"
	"strconv"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"scimbridge/migrations"
	"scimbridge/models"
)

// This file implements reconcile.Tx: the only statements that write users, groups and
// memberships. reconcile's apply is their only caller.

// parametersPerStatement bounds statements that insert many rows; PostgreSQL takes 65,535.
// The driver of SQLite looks for each parameter among all of them: twice as many take four
// times as long.
var parametersPerStatement = map[migrations.Dialect]int{migrations.PostgreSQL: 20_000, migrations.SQLite: 1000}

// The widths of rows, roughly.
const (
	wideRow    = 40 // users, groups
	requestRow = 16
	narrowRow  = 12 // memberships, changes, items
)

// rows is how many rows of a width go into one statement.
func (tx *Tx) rows(width int) int { return parametersPerStatement[tx.store.dialect] / width }

// CreateUsers inserts rows.
func (tx *Tx) CreateUsers(users []models.User) error {
	tx.wrote("users", len(users))
	return insert(tx, "users", users, wideRow)
}

// UpdateUsers writes whole rows. An insert that meets its own key is the one statement
// that both databases offer for many rows of different values.
func (tx *Tx) UpdateUsers(users []models.User) error {
	return tx.replace("id").CreateInBatches(users, tx.rows(wideRow)).Error
}

// FreeUserNames takes the names from users that are about to get others.
func (tx *Tx) FreeUserNames(ids []string) error {
	return inChunks(ids, func(chunk []string) error {
		return tx.users().Where("id IN ?", chunk).Update("user_name_key", nil).Error
	})
}

// CreateGroups inserts rows.
func (tx *Tx) CreateGroups(groups []models.Group) error {
	tx.wrote("groups", len(groups))
	return insert(tx, "groups", groups, wideRow)
}

// UpdateGroups writes whole rows.
func (tx *Tx) UpdateGroups(groups []models.Group) error {
	return tx.replace("id").CreateInBatches(groups, tx.rows(wideRow)).Error
}

// NoteLists writes of groups how their lists of members read, and the version that has
// moved with these.
func (tx *Tx) NoteLists(groups []models.Group) error {
	for chunk := range slices.Chunk(groups, listsPerStatement) {
		if err := tx.db.Exec(noteLists[tx.store.dialect], listsAsJSON(chunk), tx.directoryID).Error; err != nil {
			return err
		}
	}
	return nil
}

const listsPerStatement = 5000

// noteLists takes the lists as an array of arrays, and the directory.
var noteLists = map[migrations.Dialect]string{
	migrations.PostgreSQL: `UPDATE groups SET version = (l->>1)::bigint, updated_at = (l->>2)::bigint,
			pull_members_at = (l->>3)::bigint, pull_members_hash = (l->>4)::bigint
		FROM jsonb_array_elements(?::jsonb) l WHERE directory_id = ? AND id = (l->>0)::uuid`,
	// Materialized, or SQLite reads all groups, and all lists for each of them.
	migrations.SQLite: `WITH l AS MATERIALIZED (SELECT value->>0 AS id, value->>1 AS version, value->>2 AS updated_at,
			value->>3 AS members_at, value->>4 AS members_hash FROM json_each(?))
		UPDATE groups SET version = l.version, updated_at = l.updated_at,
			pull_members_at = l.members_at, pull_members_hash = l.members_hash
		FROM l WHERE directory_id = ? AND groups.id = l.id`,
}

func listsAsJSON(groups []models.Group) string {
	text := []byte{'['}
	for i, g := range groups {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, `["`...), g.ID...), '"')
		text = append(appendNumbers(text, g.Version, int64(g.UpdatedAt), int64(g.PullMembersAt), g.PullMembersHash), ']')
	}
	return string(append(text, ']'))
}

// CreateMemberships inserts edges that were never heard of. If another transaction has
// heard of one in the meantime, InTx begins again: nothing that was said of it is lost.
func (tx *Tx) CreateMemberships(edges []models.Membership) error {
	tx.wrote("memberships", len(edges))
	if tx.copies(len(edges)) {
		return copyIn(tx, "memberships", edges)
	}
	for chunk := range slices.Chunk(edges, edgesPerStatement) {
		if err := tx.db.Exec(insertEdges[tx.store.dialect], tx.directoryID, edgesAsJSON(chunk)).Error; err != nil {
			return err
		}
	}
	return nil
}

// UpdateMemberships puts edges in the place of what was read of them. Not every reader
// holds their groups: if another transaction has changed one in the meantime, InTx begins
// again, and nothing that was said of it is lost.
func (tx *Tx) UpdateMemberships(before, after []models.Membership) error {
	for len(after) > 0 {
		n := min(len(after), edgesPerStatement)
		done := tx.db.Exec(updateEdges[tx.store.dialect], tx.directoryID, edgesAsJSON(after[:n], before[:n]))
		if done.Error == nil && done.RowsAffected < int64(n) {
			return errOvertaken
		}
		if done.Error != nil {
			return done.Error
		}
		before, after = before[n:], after[n:]
	}
	return nil
}

// errOvertaken lets InTx begin again.
var errOvertaken = errors.New("another transaction has changed an edge since it was read")

// edgesPerStatement bounds edges that travel as one JSON text: a group is changed in a
// constant number of statements.
const edgesPerStatement = 5000

// insertEdges takes the directory and the edges as an array of arrays.
var insertEdges = map[migrations.Dialect]string{
	migrations.PostgreSQL: intoMemberships + `
		SELECT ?::uuid, (e->>0)::uuid, (e->>1)::uuid, e->>2, (e->>3)::smallint, (e->>4)::bigint, (e->>5)::smallint, (e->>6)::bigint,
			(e->>7)::boolean, (e->>8)::smallint, (e->>9)::bigint, (e->>10)::boolean, (e->>11)::boolean
		FROM jsonb_array_elements(?::jsonb) e`, // a json would be parsed for each column
	migrations.SQLite: intoMemberships + `
		SELECT ?, e.value->>0, e.value->>1, e.value->>2, e.value->>3, e.value->>4, e.value->>5, e.value->>6,
			e.value->>7, e.value->>8, e.value->>9, e.value->>10, e.value->>11
		FROM json_each(?) e WHERE true`, // which tells ON CONFLICT from the condition of a join
}

const intoMemberships = `INSERT INTO memberships (directory_id, group_id, member_id, member_kind, push_says, push_at, pull_says, pull_at,
			pull_direct, admin_says, admin_at, held, present)`

// updateEdges takes the directory and the edges as an array of arrays, each with what was
// read of it behind what it is to be. On SQLite a transaction is alone anyway, and an edge
// is as it was read.
var updateEdges = map[migrations.Dialect]string{
	migrations.PostgreSQL: `
		UPDATE memberships m SET (push_says, push_at, pull_says, pull_at, pull_direct, admin_says, admin_at, held, present) =
			((e->>3)::smallint, (e->>4)::bigint, (e->>5)::smallint, (e->>6)::bigint, (e->>7)::boolean,
			(e->>8)::smallint, (e->>9)::bigint, (e->>10)::boolean, (e->>11)::boolean)
		FROM (SELECT ?::uuid AS id) d, jsonb_array_elements(?::jsonb) e
		WHERE m.directory_id = d.id AND m.group_id = (e->>0)::uuid AND m.member_id = (e->>1)::uuid
			AND (m.push_says, m.push_at, m.pull_says, m.pull_at, m.pull_direct, m.admin_says, m.admin_at, m.held, m.present) =
			((e->>12)::smallint, (e->>13)::bigint, (e->>14)::smallint, (e->>15)::bigint, (e->>16)::boolean,
			(e->>17)::smallint, (e->>18)::bigint, (e->>19)::boolean, (e->>20)::boolean)`,
	migrations.SQLite: insertEdges[migrations.SQLite] + `
		ON CONFLICT (directory_id, group_id, member_id) DO UPDATE SET
			push_says = excluded.push_says, push_at = excluded.push_at,
			pull_says = excluded.pull_says, pull_at = excluded.pull_at, pull_direct = excluded.pull_direct,
			admin_says = excluded.admin_says, admin_at = excluded.admin_at, held = excluded.held, present = excluded.present`,
}

// edgesAsJSON writes edges as an array of arrays: the ends, and what is said in each of the
// versions.
func edgesAsJSON(versions ...[]models.Membership) string {
	edges := versions[0]
	text := make([]byte, 0, len(edges)*(100+60*len(versions)))
	text = append(text, '[')
	for i, m := range edges {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(text, `["`...), m.GroupID...)
		text = append(append(text, `","`...), m.MemberID...)
		text = append(append(append(text, `","`...), m.MemberKind...), '"')
		for _, version := range versions {
			text = appendSaid(text, version[i])
		}
		text = append(text, ']')
	}
	return string(append(text, ']'))
}

func appendSaid(text []byte, m models.Membership) []byte {
	text = appendNumbers(text, int64(m.PushSays), int64(m.PushAt), int64(m.PullSays), int64(m.PullAt))
	text = appendTruths(text, m.PullDirect)
	text = appendNumbers(text, int64(m.AdminSays), int64(m.AdminAt))
	return appendTruths(text, m.Held, m.Present)
}

func appendNumbers(text []byte, numbers ...int64) []byte {
	for _, n := range numbers {
		text = strconv.AppendInt(append(text, ','), n, 10)
	}
	return text
}

func appendTruths(text []byte, truths ...bool) []byte {
	for _, t := range truths {
		text = strconv.AppendBool(append(text, ','), t)
	}
	return text
}

// AppendChanges writes to the feed, in the transaction of what it tells of.
func (tx *Tx) AppendChanges(changes []models.Change) error {
	tx.tookAway = tx.tookAway || slices.ContainsFunc(changes, models.Change.TakesAway)
	return insert(tx, "changes", changes, narrowRow)
}

// replace makes an insert overwrite the row that has the same key in this directory.
func (tx *Tx) replace(key ...string) *gorm.DB {
	columns := []clause.Column{{Name: "directory_id"}}
	for _, name := range key {
		columns = append(columns, clause.Column{Name: name})
	}
	return tx.db.Clauses(clause.OnConflict{Columns: columns, UpdateAll: true})
}

// ForgetLists forgets how the lists of members read in which the pull has seen one of
// these records.
func (tx *Tx) ForgetLists(memberIDs []string) error {
	return inChunks(memberIDs, func(chunk []string) error {
		holding := tx.memberships().Select("group_id").Where("member_id IN ? AND pull_says = ?", chunk, models.In)
		return tx.groups().Where("id IN (?)", holding).Update("pull_members_hash", 0).Error
	})
}

// EraseUsers erases users with their edges, for good.
func (tx *Tx) EraseUsers(ids []string) error {
	return inChunks(ids, func(chunk []string) error {
		if err := tx.eraseEdges(chunk); err != nil {
			return err
		}
		return tx.users().Where("id IN ?", chunk).Delete(&models.User{}).Error
	})
}

// EraseGroups erases groups with their edges, for good.
func (tx *Tx) EraseGroups(ids []string) error {
	return inChunks(ids, func(chunk []string) error {
		if err := tx.eraseEdges(chunk); err != nil {
			return err
		}
		return tx.groups().Where("id IN ?", chunk).Delete(&models.Group{}).Error
	})
}

func (tx *Tx) eraseEdges(ids []string) error {
	for _, end := range []string{"member_id", "group_id"} {
		if err := tx.memberships().Where(end+" IN ?", ids).Delete(&models.Membership{}).Error; err != nil {
			return err
		}
	}
	return nil
}
