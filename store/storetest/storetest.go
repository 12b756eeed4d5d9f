// Package storetest gives a test a real, migrated database of its own: a SQLite file
// and a PostgreSQL database. Nothing is skipped: without a PostgreSQL the test fails
// and says how to get one.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"scimbridge/store"
)

// Variable names the environment variable with the URL of a PostgreSQL on which tests
// may create and drop databases.
const Variable = "SCIMBRIDGE_TEST_POSTGRES"

// Each runs f on both databases.
func Each(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	EachURL(t, func(t *testing.T, databaseURL string) {
		f(t, Open(t, databaseURL, store.Options{}))
	})
}

// EachURL runs f with the URL of a migrated database of each kind.
func EachURL(t *testing.T, f func(t *testing.T, databaseURL string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, PostgreSQL(t))
	})
}

// Open opens a store and closes it when the test ends.
func Open(t testing.TB, databaseURL string, options store.Options) *store.Store {
	t.Helper()
	if options.MaxConnections == 0 {
		options.MaxConnections = 6 // tests run in parallel on one server
	}
	s, err := store.Open(context.Background(), databaseURL, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// SQLite gives the URL of a migrated file.
func SQLite(t testing.TB) string {
	t.Helper()
	image, err := sqliteImage()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "scimbridge.db")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite://" + path
}

// sqliteImage is a migrated file, made once a process: copying is faster than migrating.
var sqliteImage = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "scimbridge-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "image.db")
	if err := migrate("sqlite://" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// EmptySQLite gives the URL of a file that is not there yet.
func EmptySQLite(t testing.TB) string {
	return "sqlite://" + filepath.Join(t.TempDir(), "scimbridge.db")
}

// EmptyPostgreSQL gives the URL of an empty database, which is dropped when the test ends.
func EmptyPostgreSQL(t testing.TB) string {
	t.Helper()
	return create(t, needServer(t), "template0")
}

// PostgreSQL gives the URL of a migrated database, which is dropped when the test ends.
func PostgreSQL(t testing.TB) string {
	t.Helper()
	server := needServer(t)
	template, err := postgresTemplate()
	if err != nil {
		t.Fatal(err)
	}
	return create(t, server, template)
}

func needServer(t testing.TB) string {
	t.Helper()
	server := os.Getenv(Variable)
	if server == "" {
		t.Fatalf("%s is not set: run the tests with `make test`, which starts a PostgreSQL, or set it to the URL of one where databases may be created", Variable)
	}
	return server
}

// create makes a database of its own from a template.
func create(t testing.TB, server, template string) string {
	t.Helper()
	name := "scimbridge_" + rand.Text()
	if err := run(server, fmt.Sprintf(`CREATE DATABASE %q TEMPLATE %q`, name, template)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run(server, fmt.Sprintf(`DROP DATABASE %q WITH (FORCE)`, name)); err != nil {
			t.Error(err)
		}
	})
	return inDatabase(server, name)
}

// postgresTemplate is a migrated database, made once a process: cloning is faster
// than migrating.
var postgresTemplate = sync.OnceValues(func() (string, error) {
	server := os.Getenv(Variable)
	name := "scimbridge_template_" + rand.Text()
	if err := run(server, fmt.Sprintf(`CREATE DATABASE %q`, name)); err != nil {
		return "", err
	}
	return name, migrate(inDatabase(server, name))
})

func inDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server // the driver will say what is wrong with it
	}
	u.Path = "/" + name
	return u.String()
}

func migrate(databaseURL string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, databaseURL, store.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Migrate(ctx)
}

func run(server, statement string) error {
	db, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
