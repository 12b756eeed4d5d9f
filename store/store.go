package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/google/uuid"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"scimbridge/migrations"
	"scimbridge/models"
)

// Store is the database of the bridge.
type Store struct {
	db      *gorm.DB
	sql     *sql.DB
	url     string
	dialect migrations.Dialect
	now     func() models.Instant // nil: the database's own clock
	newID   func() string
	trace   func(sql string)
	// writer lets one transaction write at a time on SQLite, which has one writer
	// anyway: waiting in a queue is fair, polling for the file's lock is not.
	writer  sync.Mutex
	commits commits
	growth  growth
	// settings are those that requests are let in by.
	settings settingsRead
	// used remembers when tokens were last noted as used.
	used sync.Map
}

// Options change what Open takes from the machine. The zero value is right for a server.
type Options struct {
	// Now stands in for the database's clock in tests; times must not go backwards.
	Now func() models.Instant
	// NewID gives ids of new records; UUIDs of version 7 by default, which sort by
	// time and so keep the indexes together.
	NewID func() string
	// MaxConnections bounds the pool; 20 by default.
	MaxConnections int
	// MustExist refuses to create the file of a SQLite database.
	MustExist bool
	// Trace is told every statement, for tests that count them; what is asked together, and
	// waited for once, is told as one.
	Trace func(sql string)
}

// Open connects to postgres://… or sqlite://path. It does not migrate.
func Open(ctx context.Context, databaseURL string, options Options) (*Store, error) {
	s := &Store{url: databaseURL, now: options.Now, newID: options.NewID, trace: options.Trace}
	if s.newID == nil {
		s.newID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	if options.MaxConnections == 0 {
		options.MaxConnections = 20
	}
	if path := fileOf(databaseURL); path != "" {
		if err := makeFile(path, options.MustExist); err != nil {
			return nil, unreachable(databaseURL, err)
		}
	}
	var err error
	if s.sql, s.dialect, err = connect(databaseURL); err != nil {
		return nil, err
	}
	s.sql.SetMaxOpenConns(options.MaxConnections)
	s.sql.SetMaxIdleConns(options.MaxConnections)
	s.sql.SetConnMaxIdleTime(5 * time.Minute)
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.sql.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := s.sql.PingContext(ctx); err != nil {
		return unreachable(s.url, err)
	}
	config := &gorm.Config{
		SkipDefaultTransaction: true,
		// pgx caches prepared statements by itself, one round trip cheaper.
		PrepareStmt: s.dialect == migrations.SQLite,
		Logger:      logger.Discard, // errors are answered or logged by whoever asked
	}
	if s.trace != nil {
		config.Logger = tracer{logger.Discard, s.trace}
	}
	var err error
	if s.dialect == migrations.PostgreSQL {
		s.db, err = gorm.Open(postgres.New(postgres.Config{Conn: s.sql}), config)
	} else {
		s.db, err = gorm.Open(&sqlite.Dialector{Conn: s.sql}, config)
	}
	return err
}

// connect opens the pool of the right driver.
func connect(databaseURL string) (*sql.DB, migrations.Dialect, error) {
	switch scheme, rest, _ := strings.Cut(databaseURL, "://"); scheme {
	case "postgres", "postgresql":
		db, err := openPostgres(databaseURL)
		return db, migrations.PostgreSQL, err
	case "sqlite":
		path, _, _ := strings.Cut(rest, "?")
		if path == "" {
			return nil, "", errors.New("the database URL sqlite:// names no file; write sqlite://scimbridge.db")
		}
		db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+sqlitePragmas)
		return db, migrations.SQLite, err
	}
	return nil, "", fmt.Errorf("the database URL %q begins with neither postgres:// nor sqlite://", Redact(databaseURL))
}

// sqlitePragmas: durable at every commit, readers beside one writer, a transaction
// that will write takes the lock at its start, so that it never fails half way.
const sqlitePragmas = "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)" +
	"&_pragma=busy_timeout(10000)&_pragma=cache_size(-16000)&_txlock=immediate"

// Close ends all connections.
func (s *Store) Close() error { return s.sql.Close() }

// Migrate brings the schema up to date.
func (s *Store) Migrate(ctx context.Context) error { return migrations.Up(ctx, s.sql, s.dialect) }

// Ready tells whether the database answers and is at this program's schema.
func (s *Store) Ready(ctx context.Context) error {
	current, err := migrations.Current(ctx, s.sql, s.dialect)
	if err != nil {
		return err
	}
	if !current {
		return errors.New("the database is not migrated; run scimbridge migrate")
	}
	return nil
}

// Dialect tells which database this is.
func (s *Store) Dialect() migrations.Dialect { return s.dialect }

// SQL is the pool beneath, for the job queue, which brings queries of its own. On
// SQLite the queue gets a connection of its own (see QueuePool).
func (s *Store) SQL() *sql.DB { return s.sql }

// QueuePool opens a pool for the job queue. River on SQLite wants a single connection.
func (s *Store) QueuePool() (*sql.DB, error) {
	db, dialect, err := connect(s.url)
	if err != nil {
		return nil, err
	}
	if dialect == migrations.SQLite {
		db.SetMaxOpenConns(1)
	} else {
		db.SetMaxOpenConns(5)
	}
	return db, nil
}

// NewID gives the id of a new record.
func (s *Store) NewID() string { return s.newID() }

// Now is the time of the database's clock, by which looks are compared.
func (s *Store) Now(ctx context.Context) (models.Instant, error) {
	return s.clock(ctx, s.db)
}

func (s *Store) clock(ctx context.Context, db *gorm.DB) (models.Instant, error) {
	if s.now != nil {
		return s.now(), nil
	}
	if s.dialect == migrations.SQLite { // in this process: its clock is ours
		return models.At(time.Now()), nil
	}
	var now models.Instant
	err := db.WithContext(ctx).Raw("SELECT " + postgresClock).Scan(&now).Error
	return now, err
}

const postgresClock = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
