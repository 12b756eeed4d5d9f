package admin_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"scimbridge/store"
	"scimbridge/store/storetest"
)

// operation is one that the served document describes. What the contract tests ask of it
// they take from here, so that a new operation is covered as soon as it is described.
type operation struct {
	id, method, path string
	open             bool // needs no token
	body             bool // takes one
	needsBody        bool
	members          []string // of the body
	query            []string // its parameters
	header           []string // its parameters
	list             bool     // comes in pages
}

// described is what of the document the tests read.
type described struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Parameters map[string]describedParameter
		Schemas    map[string]struct{ Properties map[string]any }
	}
}

type describedParameter struct {
	Ref      string `json:"$ref"`
	Name, In string
}

// operations reads them from the document that the bridge serves.
func (b *bridge) operations(t testing.TB) []operation {
	t.Helper()
	var document described
	if err := json.Unmarshal(b.must(t, 200, "GET", "/api/v1/openapi.json", "").body, &document); err != nil {
		t.Fatal(err)
	}
	var all []operation
	for path, methods := range document.Paths {
		for method, text := range methods {
			if method != "parameters" {
				all = append(all, document.operation(t, path, method, text))
			}
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	return all
}

func (d described) operation(t testing.TB, path, method string, text json.RawMessage) operation {
	t.Helper()
	var said struct {
		OperationID string
		RequestBody *struct {
			Required bool
			Content  map[string]struct {
				Schema struct {
					Ref string `json:"$ref"`
				}
			}
		}
		Security   *[]any
		Parameters []describedParameter
	}
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatal(err)
	}
	o := operation{id: said.OperationID, method: strings.ToUpper(method), path: path, open: said.Security != nil, body: said.RequestBody != nil}
	if o.body {
		o.needsBody = said.RequestBody.Required
		schema := d.Components.Schemas[last(said.RequestBody.Content["application/json"].Schema.Ref)]
		o.members = slices.Sorted(maps.Keys(schema.Properties))
	}
	for _, p := range said.Parameters {
		o.list = o.list || last(p.Ref) == "PageCursor"
		if p.Ref != "" {
			p = d.Components.Parameters[last(p.Ref)]
		}
		switch p.In {
		case "query":
			o.query = append(o.query, p.Name)
		case "header":
			o.header = append(o.header, p.Name)
		}
	}
	return o
}

// last is what a reference names.
func last(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

var inBraces = regexp.MustCompile(`\{[a-z]+\}`)

// at fills the parameters of a path: directory and URN, and all others with rest.
func (o operation) at(directory, rest string) string {
	path := strings.NewReplacer("{directory}", directory, "{urn}", badgeURN).Replace(o.path)
	return inBraces.ReplaceAllLiteralString(path, rest)
}

// What works everywhere is declared where it works.
func TestHeadersAreDeclaredWhereTheyWork(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	for _, o := range b.operations(t) {
		if declared := slices.Contains(o.header, "Idempotency-Key"); declared != (o.method == "POST") {
			t.Errorf("%s %s: Idempotency-Key is declared: %v", o.method, o.path, declared)
		}
		if !slices.Contains(o.header, "If-Match") {
			continue
		}
		p := b.newProperty(t)
		b.must(t, 202, "POST", p.directory+"/sync-runs/"+p.ids["{run}"]+"/cancel", "") // some start a run of their own
		b.refused(t, 412, "changed-meanwhile", "If-Match", o.method, p.of(o, nowhere), validBodies[o.id], ifMatch(`"not this"`))
		if got := b.ask(t, o.method, p.of(o, nowhere), validBodies[o.id], ifMatch("*")); got.status >= 300 {
			t.Errorf("%s, of whichever version: %d %s", o.id, got.status, got.body)
		}
	}
}
