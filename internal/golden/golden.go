// Package golden compares what a test got with a file kept beside it.
//
// Bodies of a protocol live in testdata, named after who sends them, such as
// testdata/entra_create_user.response.json. To accept what the code says now:
//
//	go test ./push -update
//
// and review the difference like code. The flag exists only in packages whose tests
// import this one, so name the package rather than ./... .
package golden

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// Read returns the content of a golden file; the path is relative to the package
// under test, such as "testdata/entra_create_user.request.json".
func Read(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatalf("golden file: %v (run the test with -update to write it)", err)
	}
	return content
}

// JSON fails the test unless got says the same as the golden file at path. White
// space and the order of members do not count; the order of array elements and the
// digits of numbers do.
func JSON(t testing.TB, got []byte, path string) {
	t.Helper()
	canonical, err := canonicalJSON(got)
	if err != nil {
		t.Fatalf("%s: what the test got is not JSON: %v\n%s", path, err, got)
	}
	if *update {
		write(t, path, indented(got))
		return
	}
	want, err := canonicalJSON(Read(t, path))
	if err != nil {
		t.Fatalf("%s: the golden file is not JSON: %v", path, err)
	}
	compare(t, path, want, canonical)
}

// Text fails the test unless got equals the golden file at path. A checkout with
// Windows line ends compares as one without.
func Text(t testing.TB, got, path string) {
	t.Helper()
	if *update {
		write(t, path, []byte(got))
		return
	}
	compare(t, path, unixLines(string(Read(t, path))), unixLines(got))
}

func compare(t testing.TB, path, want, got string) {
	t.Helper()
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs (-want +got); if the new one is right, run the test with -update\n%s", path, diff)
	}
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	path = filepath.FromSlash(path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatalf("golden file: %v", err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatalf("golden file: %v", err)
	}
}

// canonicalJSON writes one JSON value with sorted members and two spaces.
func canonicalJSON(data []byte) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // 1 and 1.0 are different answers of an API
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return "", fmt.Errorf("more follows after the JSON value, at byte %d", decoder.InputOffset())
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // a diff shows & as &
	encoder.SetIndent("", "  ")
	err := encoder.Encode(value)
	return out.String(), err
}

// indented keeps the order in which the program wrote the members, which reads
// better than the alphabet. Its input is known to be JSON.
func indented(data []byte) []byte {
	var out bytes.Buffer
	_ = json.Indent(&out, bytes.TrimSpace(data), "", "  ")
	out.WriteByte('\n')
	return out.Bytes()
}

func unixLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
