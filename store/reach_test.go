package store_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scimbridge/store"
)

func TestADatabaseThatCannotBeOpenedIsToldInOneLine(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, tc := range map[string]struct {
		url, says string
		options   store.Options
	}{
		"nobody listens":           {url: "postgres://bob:planted@127.0.0.1:1/x", says: "connection refused"},
		"a password in the query":  {url: "postgres://bob@127.0.0.1:1/x?password=planted", says: "password=xxxxx"},
		"no such folder":           {url: "sqlite://" + folder + "/none/x.db", says: "no such file or directory"},
		"a folder":                 {url: "sqlite://" + folder, says: "is a folder"},
		"no file, and none wanted": {url: "sqlite://" + folder + "/x.db", says: "no such file yet", options: store.Options{MustExist: true}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := store.Open(context.Background(), tc.url, tc.options)
			if err == nil {
				_ = s.Close()
				t.Fatal("it was opened")
			}
			text := err.Error()
			if !strings.Contains(text, tc.says) || strings.Contains(text, "\n") || strings.Contains(text, "planted") {
				t.Errorf("the error is %q", text)
			}
		})
	}
}

func TestOthersCannotReadANewFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := store.Open(context.Background(), "sqlite://"+path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %v", info.Name(), mode)
		}
	}
}

func TestMistakesInAURLAreFoundWithoutConnecting(t *testing.T) {
	t.Parallel()
	for url, ok := range map[string]bool{
		"sqlite://x.db":                        true,
		"sqlite://":                            false,
		"postgres://bob:planted@h/x":           true,
		"postgres://bob:planted@h/x?sslmode=y": false,
		"postgres://bob:pla%nted@h/x":          false,
		"mysql://bob:planted@h/x":              false,
		"":                                     false,
	} {
		err := store.CheckURL(url)
		if (err == nil) != ok {
			t.Errorf("%s: %v", url, err)
		}
		if err != nil && (strings.Contains(err.Error(), "planted") || strings.Contains(err.Error(), "pla%nted")) {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}
