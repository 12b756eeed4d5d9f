package admin_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"scimbridge/admin"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestTheDocumentIsServedAsItWasWritten(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	got := b.must(t, 200, "GET", "/api/v1/openapi.json", "", token(""))
	if media := got.header.Get("Content-Type"); !strings.HasPrefix(media, "application/json") {
		t.Errorf("served as %q", media)
	}
	source, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var written any
	if err := yaml.Unmarshal(source, &written); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(written)
	if err != nil {
		t.Fatal(err)
	}
	var want, served any
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got.body, &served); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(want, served) {
		t.Error("the served document says something else than openapi.yaml")
	}
	if !strings.HasPrefix(string(got.body), `{"openapi":"3.0.3","info":{"title":`) {
		t.Errorf("members are not in the order in which they were written: %.80s", got.body)
	}
}

// Bodies have the members that their schemas list, all required ones, and no others.
func TestBodiesAreWhatTheDocumentSays(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	var document struct {
		Components struct {
			Schemas map[string]struct {
				Required   []string
				Properties map[string]any
			}
		}
	}
	if err := json.Unmarshal(b.must(t, 200, "GET", "/api/v1/openapi.json", "").body, &document); err != nil {
		t.Fatal(err)
	}
	for _, shown := range []any{
		admin.Directory{}, admin.ScimToken{}, admin.ScimTokenIssued{}, admin.Graph{}, admin.GraphTest{}, admin.SyncRun{},
		admin.Item{}, admin.User{}, admin.Group{}, admin.Problem{},
		admin.AdminToken{}, admin.AdminTokenIssued{}, admin.AuditEvent{}, admin.ScimClient{}, admin.ClientSecret{}, admin.ClientSecretIssued{},
		admin.Federation{}, admin.Change{}, admin.ChangePage{}, admin.UserPage{},
	} {
		name := reflect.TypeOf(shown).Name()
		schema := document.Components.Schemas[name]
		text, err := json.Marshal(shown)
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]any
		if err := json.Unmarshal(text, &members); err != nil {
			t.Fatal(err)
		}
		for _, required := range schema.Required {
			if _, there := members[required]; !there {
				t.Errorf("%s lacks %s even when it is empty", name, required)
			}
		}
		for member := range members {
			if _, known := schema.Properties[member]; !known {
				t.Errorf("%s has %s, of which the document knows nothing", name, member)
			}
		}
	}
}
