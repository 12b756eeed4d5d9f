package push_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scimbridge/internal/golden"
)

// exchange is one step of a client. The request is written by hand, as the client sends
// it; {1} stands for the id of the first resource created.
type exchange struct {
	Request string          `json:"request"` // "PATCH /Users/{1}"
	Body    json.RawMessage `json:"body,omitempty"`
	Status  int             `json:"status"`
}

// TestClients replays testdata/*.requests.json: each is one sequence of one client, from
// an empty directory on. Beside it lie all answers.
func TestClients(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.requests.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sequences found: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".requests.json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := readSteps(t, file)
			eachWith(t, counting, func(t *testing.T, s *server) {
				answers, err := json.Marshal(replay(t, s, steps))
				if err != nil {
					t.Fatal(err)
				}
				golden.JSON(t, bytes.ReplaceAll(answers, []byte(s.directory.ID), []byte("contoso")),
					"testdata/"+name+".answers.json")
			})
		})
	}
}

func readSteps(t *testing.T, file string) []exchange {
	t.Helper()
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
	return steps
}

// answer is what a golden file keeps of a reply.
type answer struct {
	Request  string          `json:"request"`
	Status   int             `json:"status"`
	Location string          `json:"location,omitempty"`
	ETag     string          `json:"etag,omitempty"`
	Body     json.RawMessage `json:"body,omitempty"`
}

func replay(t *testing.T, s *server, steps []exchange) []answer {
	t.Helper()
	var ids []string
	var out []answer
	for i, e := range steps {
		fill := placeholders(ids)
		method, path, _ := strings.Cut(fill.Replace(e.Request), " ")
		r := s.do(t, method, path, fill.Replace(string(e.Body)))
		if r.status != e.Status {
			t.Errorf("step %d, %s: status %d, want %d\n%s", i+1, e.Request, r.status, e.Status, r.body)
		}
		if r.status == http.StatusCreated {
			ids = append(ids, r.object(t)["id"].(string))
		}
		out = append(out, answer{e.Request, r.status, r.header.Get("Location"), r.header.Get("ETag"), r.body})
	}
	return out
}

func placeholders(ids []string) *strings.Replacer {
	var pairs []string
	for i, id := range ids {
		pairs = append(pairs, fmt.Sprintf("{%d}", i+1), id)
	}
	return strings.NewReplacer(pairs...)
}
