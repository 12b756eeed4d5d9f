package store

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"scimbridge/migrations"
	"scimbridge/models"
)

// This file implements reconcile.Tx: the only statements that write users, groups and
// memberships. reconcile's apply is their only caller.

// rowsPerStatement keeps a statement under the databases' limits on parameters
// (PostgreSQL 65,535, SQLite 32,766) with room for wide rows.
const rowsPerStatement = 500

// parametersPerStatement bounds statements that insert many rows. The driver of SQLite
// looks for each parameter among all of them: twice as many take four times as long.
var parametersPerStatement = map[migrations.Dialect]int{migrations.PostgreSQL: 20_000, migrations.SQLite: 1000}

// The widths of rows, roughly.
const (
	wideRow   = 40 // users, groups
	narrowRow = 12 // memberships, changes, items
)

// rows is how many rows of a width go into one statement.
func (tx *Tx) rows(width int) int { return parametersPerStatement[tx.store.dialect] / width }

// CreateUsers inserts rows.
func (tx *Tx) CreateUsers(users []models.User) error {
	tx.wrote("users", len(users))
	return tx.db.CreateInBatches(users, tx.rows(wideRow)).Error
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
	return tx.db.CreateInBatches(groups, tx.rows(wideRow)).Error
}

// UpdateGroups writes whole rows.
func (tx *Tx) UpdateGroups(groups []models.Group) error {
	return tx.replace("id").CreateInBatches(groups, tx.rows(wideRow)).Error
}

// WriteMemberships inserts or replaces edges.
func (tx *Tx) WriteMemberships(edges []models.Membership) error {
	tx.wrote("memberships", len(edges))
	return tx.replace("group_id", "member_id").CreateInBatches(edges, tx.rows(narrowRow)).Error
}

// AppendChanges writes to the feed, in the transaction of what it tells of.
func (tx *Tx) AppendChanges(changes []models.Change) error {
	return tx.db.CreateInBatches(changes, tx.rows(narrowRow)).Error
}

// replace makes an insert overwrite the row that has the same key in this directory.
func (tx *Tx) replace(key ...string) *gorm.DB {
	columns := []clause.Column{{Name: "directory_id"}}
	for _, name := range key {
		columns = append(columns, clause.Column{Name: name})
	}
	return tx.db.Clauses(clause.OnConflict{Columns: columns, UpdateAll: true})
}

// valuesPerLookup bounds a look-up of many values; see parametersPerStatement.
const valuesPerLookup = 1000

// inChunks calls f with parts of a list that fit into one statement.
func inChunks[T any](all []T, f func(chunk []T) error) error {
	for len(all) > 0 {
		n := min(len(all), valuesPerLookup)
		if err := f(all[:n]); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}
