// Package migrations owns the schema: numbered steps for PostgreSQL and SQLite,
// embedded in the program. River's tables are one of the steps.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

// Dialect is one of the two databases.
type Dialect string

const (
	PostgreSQL Dialect = "postgres"
	SQLite     Dialect = "sqlite"
)

// ErrNewer means that the database was migrated by a newer program: this one must
// not touch it.
var ErrNewer = errors.New("the database has a newer schema than this program knows; run the newer scimbridge, or restore a backup from before its upgrade")

// riverVersion is the version of River's own schema that step 2 brings: the newest
// that the pinned River knows.
const riverVersion = 6

// Up brings the database to the newest schema. Run twice it changes nothing; run by
// several replicas at once, one does the work and the others wait.
func Up(ctx context.Context, db *sql.DB, dialect Dialect) error {
	provider, err := newProvider(db, dialect)
	if err != nil {
		return err
	}
	if err := refuseNewer(ctx, provider); err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the %s database: %w", dialect, err)
	}
	return nil
}

// Current tells whether the database is at the newest schema. It answers ErrNewer if
// the schema is one that this program does not know.
func Current(ctx context.Context, db *sql.DB, dialect Dialect) (bool, error) {
	provider, err := newProvider(db, dialect)
	if err != nil {
		return false, err
	}
	if err := refuseNewer(ctx, provider); err != nil {
		return false, err
	}
	pending, err := provider.HasPending(ctx)
	return !pending, err
}

func refuseNewer(ctx context.Context, provider *goose.Provider) error {
	current, newest, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if current > newest {
		return fmt.Errorf("schema %d, this program knows %d: %w", current, newest, ErrNewer)
	}
	return nil
}

func newProvider(db *sql.DB, dialect Dialect) (*goose.Provider, error) {
	steps, err := fs.Sub(files, string(dialect))
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{
		goose.WithGoMigrations(riverStep(dialect)),
		goose.WithDisableGlobalRegistry(true),
	}
	gooseDialect := goose.DialectSQLite3
	if dialect == PostgreSQL {
		gooseDialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(gooseDialect, db, steps, options...)
}

// riverStep is step 2: the tables of the job queue, by River's own migrator, so that
// they are what the pinned River expects.
func riverStep(dialect Dialect) *goose.Migration {
	return goose.NewGoMigration(2,
		&goose.GoFunc{RunDB: func(ctx context.Context, db *sql.DB) error {
			return migrateRiver(ctx, db, dialect, rivermigrate.DirectionUp, riverVersion)
		}},
		&goose.GoFunc{RunDB: func(ctx context.Context, db *sql.DB) error {
			return migrateRiver(ctx, db, dialect, rivermigrate.DirectionDown, -1)
		}})
}

func migrateRiver(ctx context.Context, db *sql.DB, dialect Dialect, direction rivermigrate.Direction, target int) error {
	var driver riverdriver.Driver[*sql.Tx] = riversqlite.New(db)
	if dialect == PostgreSQL {
		driver = riverdatabasesql.New(db)
	}
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, direction, &rivermigrate.MigrateOpts{TargetVersion: target})
	return err
}
