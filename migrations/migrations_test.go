package migrations_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"scimbridge/migrations"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// each runs f with an empty database of each kind.
func each(t *testing.T, f func(t *testing.T, db *sql.DB, dialect migrations.Dialect)) {
	for name, databaseURL := range map[string]func(testing.TB) string{
		"sqlite": storetest.EmptySQLite, "postgres": storetest.EmptyPostgreSQL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := storetest.Open(t, databaseURL(t), store.Options{})
			f(t, s.SQL(), s.Dialect())
		})
	}
}

func TestMigrationsGoUpFromEmptyAndTwice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sql.DB, dialect migrations.Dialect) {
		ctx := context.Background()
		if current, err := migrations.Current(ctx, db, dialect); current || err != nil {
			t.Errorf("an empty database: current %v, %v", current, err)
		}
		for range 2 {
			if err := migrations.Up(ctx, db, dialect); err != nil {
				t.Fatal(err)
			}
		}
		if current, err := migrations.Current(ctx, db, dialect); !current || err != nil {
			t.Errorf("a migrated database: current %v, %v", current, err)
		}
	})
}

func TestADatabaseOfANewerProgramIsLeftAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sql.DB, dialect migrations.Dialect) {
		ctx := context.Background()
		if err := migrations.Up(ctx, db, dialect); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)"); err != nil {
			t.Fatal(err)
		}
		if err := migrations.Up(ctx, db, dialect); !errors.Is(err, migrations.ErrNewer) {
			t.Errorf("going up: %v, want ErrNewer", err)
		}
		if _, err := migrations.Current(ctx, db, dialect); !errors.Is(err, migrations.ErrNewer) {
			t.Errorf("being asked: %v, want ErrNewer", err)
		}
	})
}
