package store

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"

	"scimbridge/migrations"
)

// CheckURL tells what is wrong with a database URL, without connecting.
func CheckURL(databaseURL string) error {
	db, dialect, err := connect(databaseURL)
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil || dialect == migrations.SQLite {
		return err
	}
	_, err = pgx.ParseConfig(databaseURL) // its error shows no password
	return err
}

// Redact is a database URL without its password, for messages.
func Redact(databaseURL string) string {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return "(unreadable URL)"
	}
	query := u.Query()
	for name := range query {
		if strings.Contains(strings.ToLower(name), "password") {
			query.Set(name, "xxxxx")
			u.RawQuery = query.Encode()
		}
	}
	return u.Redacted()
}

// fileOf is the path of a SQLite database, "" of any other.
func fileOf(databaseURL string) string {
	rest, found := strings.CutPrefix(databaseURL, "sqlite://")
	path, _, _ := strings.Cut(rest, "?")
	if !found {
		return ""
	}
	return path
}

// makeFile creates the file of a SQLite database that is not there yet, for its owner
// alone: it will hold people's data. SQLite itself would let everybody read it. A file
// that exists is not opened here, for closing it would end this process's locks on it.
func makeFile(path string, mustExist bool) error {
	found, err := os.Stat(path)
	switch {
	case err == nil && found.IsDir():
		return fmt.Errorf("%s is a folder", path)
	case err == nil || !errors.Is(err, fs.ErrNotExist):
		return err
	case mustExist:
		return errors.New("there is no such file yet; scimbridge serve makes it")
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was first
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// unreachable tells in one line why a database does not answer.
func unreachable(databaseURL string, err error) error {
	return fmt.Errorf("the database %s cannot be opened: %w", Redact(databaseURL), oneLine{err})
}

// oneLine shows an error that tells of every address and try on a line of its own.
type oneLine struct{ error }

func (e oneLine) Unwrap() error { return e.error }

func (e oneLine) Error() string {
	var parts []string
	for _, line := range strings.Split(e.error.Error(), "\n") {
		line = strings.TrimSpace(line)
		if len(parts) == 0 || parts[len(parts)-1] != line {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, " ")
}
