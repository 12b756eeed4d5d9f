package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	const want = `{"id":"1","names":["a","b"],"count":1}`
	for name, tc := range map[string]struct {
		got   string
		fails string // part of the message; empty if the comparison holds
	}{
		"the same bytes":                     {got: want},
		"white space and order do not count": {got: "{\"names\": [\"a\",\n\"b\"], \"count\": 1, \"id\":\"1\"}\n"},
		"a changed value is shown":           {got: `{"id":"2","names":["a","b"],"count":1}`, fails: `"id": "2"`},
		"the order of an array counts":       {got: `{"id":"1","names":["b","a"],"count":1}`, fails: "differs"},
		"the digits of a number count":       {got: `{"id":"1","names":["a","b"],"count":1.0}`, fails: "1.0"},
		"a missing member is shown":          {got: `{"id":"1","count":1}`, fails: "names"},
		"no JSON at all is shown":            {got: `<html>`, fails: "<html>"},
		"nothing may follow":                 {got: want + `{}`, fails: "more follows"},
	} {
		t.Run(name, func(t *testing.T) {
			path := keep(t, want)
			checkFailure(t, tc.fails, func(tb testing.TB) { JSON(tb, []byte(tc.got), path) })
		})
	}
}

func TestText(t *testing.T) {
	for name, tc := range map[string]struct{ kept, got, fails string }{
		"the same text":             {kept: "a\nb\n", got: "a\nb\n"},
		"line ends do not count":    {kept: "a\r\nb\r\n", got: "a\nb\n"},
		"a changed line is shown":   {kept: "a\nb\n", got: "a\nc\n", fails: `"c"`},
		"a missing last line shows": {kept: "a\n", got: "a", fails: "differs"},
	} {
		t.Run(name, func(t *testing.T) {
			path := keep(t, tc.kept)
			checkFailure(t, tc.fails, func(tb testing.TB) { Text(tb, tc.got, path) })
		})
	}
}

func TestAMissingFileSaysHowToWriteIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.json")
	checkFailure(t, "-update", func(tb testing.TB) { JSON(tb, []byte(`{}`), path) })
}

func TestUpdateWritesWhatComparesEqual(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "testdata")
	body, text := filepath.Join(dir, "x.json"), filepath.Join(dir, "x.txt")

	*update = true
	t.Cleanup(func() { *update = false })
	JSON(t, []byte(`{"z":1,"a":"<&>"}`), body)
	Text(t, "one\n", text)
	*update = false

	JSON(t, []byte(`{"z":1,"a":"<&>"}`), body)
	Text(t, "one\n", text)
	if got, want := string(Read(t, body)), "{\n  \"z\": 1,\n  \"a\": \"<&>\"\n}\n"; got != want {
		t.Errorf("written %q, want %q: the order of the program and plain signs", got, want)
	}
}

func TestReadTakesAPathBesideTheTest(t *testing.T) {
	JSON(t, Read(t, "testdata/hello.json"), "testdata/hello.json")
}

func keep(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kept")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkFailure runs f with a test that only notes its failure, and compares the
// message with the part that is wanted.
func checkFailure(t *testing.T, want string, f func(testing.TB)) {
	t.Helper()
	rec := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		f(rec)
	}()
	<-done
	switch {
	case want == "" && rec.message != "":
		t.Errorf("failed with: %s", rec.message)
	case want != "" && !strings.Contains(rec.message, want):
		t.Errorf("message %q does not show %q", rec.message, want)
	}
}

type recorder struct {
	testing.TB
	message string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Errorf(f string, a ...any) { r.message = fmt.Sprintf(f, a...) }
func (r *recorder) Fatalf(f string, a ...any) { r.Errorf(f, a...); panic("stop here") }
