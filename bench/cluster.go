package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// clusterVariable names the URL of a PostgreSQL where databases may be created.
const clusterVariable = "SCIMBRIDGE_TEST_POSTGRES"

// cluster is the PostgreSQL server that all databases of a run lie on.
type cluster struct {
	url     string
	pgbench string
	about   string
}

func findCluster(ctx context.Context, serverURL string) (cluster, error) {
	c := cluster{url: serverURL}
	if serverURL == "" {
		return c, fmt.Errorf("%s is not set: run this by `make bench`, which starts a PostgreSQL", clusterVariable)
	}
	var err error
	if c.pgbench, err = findPgbench(); err != nil {
		return c, err
	}
	conn, err := pgx.Connect(ctx, serverURL)
	if err != nil {
		return c, err
	}
	defer conn.Close(ctx)
	var version, fsync, commit string
	err = conn.QueryRow(ctx, "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')").
		Scan(&version, &fsync, &commit)
	if fsync == "off" || commit == "off" {
		return c, errors.New("this PostgreSQL does not wait for the disk; start it by `make bench` or with fsync and synchronous_commit on")
	}
	version, _, _ = strings.Cut(version, " ")
	c.about = "PostgreSQL " + version + ", durable"
	return c, err
}

// findPgbench looks on the PATH, to which scripts/postgres adds the programs of its
// server, and where Debian and Red Hat keep them.
func findPgbench() (string, error) {
	if path, err := exec.LookPath("pgbench"); err == nil {
		return path, nil
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/pgbench", "/usr/pgsql-*/bin/pgbench"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			slices.Sort(found)
			return found[len(found)-1], nil
		}
	}
	return "", errors.New("pgbench was not found; it comes with the PostgreSQL server's package")
}

// database is one of the run's own.
type database struct {
	url  string
	name string
	c    cluster
}

func (c cluster) newDatabase(ctx context.Context) (database, error) {
	u, err := url.Parse(c.url)
	if err != nil {
		return database{}, errors.New(clusterVariable + " is not a URL")
	}
	d := database{name: "scimbridge_bench_" + strings.ToLower(rand.Text()), c: c}
	u.Path = "/" + d.name
	d.url = u.String()
	return d, c.exec(ctx, "CREATE DATABASE "+d.name)
}

// drop is for defer: it works after ctx has ended too.
func (d database) drop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	_ = d.c.exec(ctx, "DROP DATABASE IF EXISTS "+d.name+" WITH (FORCE)")
}

func (c cluster) exec(ctx context.Context, statement string) error {
	return onConnection(ctx, c.url, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, statement)
		return err
	})
}

// do runs f on a connection of its own.
func (d database) do(ctx context.Context, f func(*pgx.Conn) error) error {
	return onConnection(ctx, d.url, f)
}

func onConnection(ctx context.Context, databaseURL string, f func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	return errors.Join(f(conn), conn.Close(context.WithoutCancel(ctx)))
}

// settle brings a freshly filled database to rest: what is measured next is not to pay
// for what came before.
func (d database) settle(ctx context.Context) error {
	return d.do(ctx, func(conn *pgx.Conn) error {
		for _, statement := range []string{"VACUUM (ANALYZE)", "CHECKPOINT"} {
			if _, err := conn.Exec(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
}
