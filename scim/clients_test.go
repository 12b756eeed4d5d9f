package scim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"scimbridge/internal/golden"
)

// exchange is one step in a client's sequence. The request is written by hand, as
// the client sends it; the answer is compared with its golden file.
type exchange struct {
	Request string          `json:"request"` // "PATCH /Users/{1}"; {1} is the id of the first resource created
	Header  []string        `json:"header,omitempty"`
	Body    json.RawMessage `json:"body,omitempty"`
	Status  int             `json:"status"`
}

// TestClients replays testdata/clients/*.json: each is what one client sends in one
// sequence, from an empty directory on. Beside each lies a .golden with all answers.
func TestClients(t *testing.T) {
	files, err := filepath.Glob("testdata/clients/*.requests.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sequences found: %v", err)
	}
	sort.Strings(files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".requests.json")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d := json.NewDecoder(bytes.NewReader(text))
			d.DisallowUnknownFields()
			var steps []exchange
			if err := d.Decode(&steps); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			answers, err := json.Marshal(replay(t, steps))
			if err != nil {
				t.Fatal(err)
			}
			golden.JSON(t, answers, strings.TrimSuffix(file, ".requests.json")+".answers.json")
		})
	}
}

func replay(t *testing.T, steps []exchange) []any {
	s := newServer(t, everything)
	var out []any
	for i, e := range steps {
		ids := make([]string, 0, 18)
		for n := 9; n >= 1; n-- {
			ids = append(ids, fmt.Sprintf("{%d}", n), fmt.Sprintf("%08d-0000-4000-8000-000000000000", n))
		}
		fill := strings.NewReplacer(ids...)
		method, path, _ := strings.Cut(fill.Replace(e.Request), " ")
		r := s.do(t, method, path, fill.Replace(string(e.Body)), e.Header...)
		if r.status != e.Status {
			t.Errorf("step %d, %s: status %d, want %d\n%s", i+1, e.Request, r.status, e.Status, r.body)
		}
		answer := map[string]any{"request": e.Request, "status": r.status}
		if l := r.header.Get("Location"); l != "" {
			answer["location"] = l
		}
		if tag := r.header.Get("ETag"); tag != "" {
			answer["etag"] = tag
		}
		if len(r.body) > 0 {
			answer["body"] = json.RawMessage(r.body)
		}
		out = append(out, answer)
	}
	return out
}
