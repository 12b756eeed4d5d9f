package arrows

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

func TestTheHouse(t *testing.T) {
	files, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("only %d Go files found: is the root right?", len(files))
	}
	for _, f := range files {
		for _, problem := range Check(f) {
			t.Error(problem)
		}
	}
}

// A rule that never fails holds nothing, so each is shown to bite.
func TestCheck(t *testing.T) {
	for name, tc := range map[string]struct {
		file   string
		source string
		want   string // part of the only problem; empty if there is none
	}{
		"down is right": {
			file: "push/users.go", source: `package push; import ("scimbridge/models"; "scimbridge/store"; "net/http")`},
		"down to a room inside another": {
			file: "scim/patch.go", source: `package scim; import "scimbridge/scim/filter"`},
		"within a room": {
			file: "push/wire/wire.go", source: `package wire; import "scimbridge/push"`},
		"up": {
			file: "store/users.go", source: `package store; import "scimbridge/push"`,
			want: "store/users.go:1 imports scimbridge/push: arrows only go down, and push (3) stands above store (2)"},
		"up from the ground": {
			file: "scim/filter/parse.go", source: `package filter; import "scimbridge/models"`,
			want: "models (1) stands above scim/filter (-1)"},
		"up to the room around": {
			file: "scim/schema/user.go", source: `package schema; import "scimbridge/scim"`,
			want: "scim (2) stands above scim/schema (0)"},
		"internal to a room": {
			file: "internal/seal/seal.go", source: `package seal; import "scimbridge/models"`,
			want: "models (1) stands above internal (0)"},
		"the program is imported by nobody": {
			file: "bench/main.go", source: `package main; import "scimbridge/cmd/scimbridge"`,
			want: "on one line (5)"},
		"sideways": {
			file: "reconcile/apply.go", source: `package reconcile; import "scimbridge/store"`,
			want: "reconcile and store are on one line (2)"},
		"sideways on the ground": {
			file: "pull/graphemu/emu.go", source: `package graphemu; import "scimbridge/internal/seal"`,
			want: "pull/graphemu and internal are on one line (0)"},
		"tests may": {
			file: "reconcile/apply_test.go", source: `package reconcile_test; import ("scimbridge/store"; "os"; "gorm.io/gorm"); var _ = os.Getenv`},
		"the test database in the program": {
			file: "cmd/scimbridge/serve.go", source: `package main; import "scimbridge/store/storetest"`,
			want: "store/storetest is for tests alone"},
		"the test database in a benchmark": {
			file: "bench/push.go", source: `package main; import "scimbridge/store/storetest"`},
		"the test database reads its URL": {
			file: "store/storetest/open.go", source: `package storetest; import ("os"; "gorm.io/gorm"; "scimbridge/store"); var _ = os.Getenv("X")`},

		"a new folder": {
			file: "sync/run.go", source: `package sync`, want: "no room of the house: add it with its line to docs/design.md"},
		"a new folder with tests alone": {
			file: "sync/run_test.go", source: `package sync`, want: "no room of the house"},
		"a file at the root": {
			file: "main.go", source: `package main`, want: "no room of the house"},
		"a second program": {
			file: "cmd/other/main.go", source: `package main`, want: "no room of the house"},
		"an import of a folder that is none": {
			file: "push/users.go", source: `package push; import "scimbridge/tools"`, want: "that folder is no room"},
		"a vague folder": {
			file: "store/utils/ids.go", source: `package utils`, want: `a room is not called "utils"`},
		"a vague package": {
			file: "push/names/x.go", source: `package helpers`, want: `a room is not called "helpers"`},
		"a vague package of tests": {
			file: "push/names/x_test.go", source: `package common_test`, want: `a room is not called "common"`},

		"GORM in store": {
			file: "store/users.go", source: `package store; import ("gorm.io/gorm"; "gorm.io/driver/postgres")`},
		"GORM in models": {
			file: "models/user.go", source: `package models; import "gorm.io/gorm/schema"`,
			want: "only store, store/storetest may import GORM"},
		"the SDK in its room": {
			file: "pull/graph/users.go", source: `package graph; import "github.com/microsoftgraph/msgraph-sdk-go/users"`},
		"the SDK in the program": {
			file: "cmd/scimbridge/serve.go", source: `package main; import "github.com/microsoft/kiota-abstractions-go"`,
			want: "only pull/graph may import the Graph SDK"},
		"azidentity in admin": {
			file: "admin/graph.go", source: `package admin; import "github.com/Azure/azure-sdk-for-go/sdk/azidentity"`,
			want: "only pull/graph may import the Graph SDK"},
		"Echo in a handler": {
			file: "admin/runs.go", source: `package admin; import "github.com/labstack/echo/v4"`},
		"Echo below the handlers": {
			file: "push/users.go", source: `package push; import "github.com/labstack/echo/v4"`,
			want: "may import Echo"},
		"Echo in the vocabulary of SCIM": {
			file: "scim/schema/http.go", source: `package schema; import "github.com/labstack/echo/v4/middleware"`,
			want: "may import Echo"},
		"env in the program": {
			file: "cmd/scimbridge/config.go", source: `package main; import ("github.com/caarlos0/env/v11"; "os"); var _ = os.Getenv("X")`},
		"env in a room": {
			file: "pull/config.go", source: `package pull; import "github.com/caarlos0/env/v11"`,
			want: "may import a reader of the environment"},

		"Getenv in a room": {
			file: "pull/config.go", source: "package pull\nimport \"os\"\nvar x = os.Getenv(\"X\")",
			want: "pull/config.go:3 uses os.Getenv: the environment is read in cmd alone"},
		"LookupEnv as a value under another name": {
			file: "pull/config.go", source: `package pull; import sys "os"; var lookup = sys.LookupEnv`,
			want: "uses os.LookupEnv"},
		"Setenv": {
			file: "pull/graph/tls.go", source: `package graph; import "os"; func f() { os.Setenv("SSL_CERT_FILE", "x") }`,
			want: "uses os.Setenv"},
		"syscall.Getenv": {
			file: "pull/config.go", source: `package pull; import "syscall"; var x, _ = syscall.Getenv("X")`,
			want: "uses syscall.Getenv"},
		"a Getenv of our own": {
			file: "pull/config.go", source: `package pull; var x = config.Getenv("X")`},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := Parse(tc.file, tc.source)
			if err != nil {
				t.Fatal(err)
			}
			checkOnly(t, tc.want, Check(file))
		})
	}
}

func TestReadTakesWhatTheGoCommandTakes(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"models/user.go", "models/user_test.go", "models/testdata/x.go", ".hidden/x.go", "_old/x.go",
		"tools/go.mod", "tools/tools.go", "docs/page.md",
	} {
		keep(t, filepath.Join(dir, name), "package x\n")
	}
	files, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Path)
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"models/user.go", "models/user_test.go"}, got); diff != "" {
		t.Errorf("files differ (-want +got):\n%s", diff)
	}
}

// The page and the table say the same, or newcomers read one house and build another.
func TestEveryRoomIsOnThePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/design.md"))
	if err != nil {
		t.Fatal(err)
	}
	for room := range rooms {
		if !strings.Contains(string(page), room) {
			t.Errorf("docs/design.md does not name the room %s", room)
		}
	}
}

func checkOnly(t *testing.T, want string, problems []string) {
	t.Helper()
	switch {
	case want == "" && len(problems) > 0:
		t.Errorf("refused: %s", strings.Join(problems, "\n"))
	case want != "" && (len(problems) != 1 || !strings.Contains(problems[0], want)):
		t.Errorf("problems %q, want one that says %q", problems, want)
	}
}

func keep(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
