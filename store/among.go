package store

import (
	"slices"
	"strings"

	"gorm.io/gorm"

	"scimbridge/migrations"
)

// valuesPerLookup bounds a look-up of many values; see parametersPerStatement.
const valuesPerLookup = 2000

// inChunks calls f with parts of a list that fit into one statement.
func inChunks[T any](all []T, f func(chunk []T) error) error {
	for chunk := range slices.Chunk(all, valuesPerLookup) {
		if err := f(chunk); err != nil {
			return err
		}
	}
	return nil
}

// among asks for the rows of which a column has one of the values.
func (s *Store) among(db *gorm.DB, column string, values []string) *gorm.DB {
	if s.dialect == migrations.SQLite {
		return db.Where(column+" IN ?", values)
	}
	return db.Where(column+" = ANY (?)", arrayOf(values))
}

func (tx *Tx) among(db *gorm.DB, column string, values []string) *gorm.DB {
	return tx.store.among(db, column, values)
}

// isAmong is the same condition past GORM.
func (s *Store) isAmong(column string, values []string) fragment {
	if s.dialect == migrations.SQLite {
		return sqlf(column+" IN %s", oneOf(values))
	}
	return sqlf(column+" = ANY (%s)", argument(arrayOf(values)))
}

// arrayOf writes an array as PostgreSQL reads it. Values travel as one: thousands of
// parameters take longer to bind than to look up, and each number of them would be a
// statement of its own to plan.
func arrayOf(values []string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(inArray.Replace(v))
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}

var inArray = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
