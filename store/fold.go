package store

import (
	"database/sql/driver"

	gosqlite "github.com/glebarez/go-sqlite"

	"scimbridge/scim/filter"
)

// SQLite folds ASCII only, so it is given Go's own folding. PostgreSQL has the same as a
// function of the schema (migration 3). No index depends on it: the file stays readable
// for programs that lack the function.
func init() {
	gosqlite.MustRegisterDeterministicScalarFunction("scim_fold", 1,
		func(_ *gosqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			switch text := args[0].(type) {
			case string:
				return filter.Fold(text), nil
			case []byte:
				return filter.Fold(string(text)), nil
			}
			return nil, nil
		})
}
