package push_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/push"
)

const badge = "urn:contoso:params:scim:schemas:badge:2.0:User"

// badges is a customer's own extension of users.
var badges = models.Extension{ResourceType: "User", URN: badge, Definition: json.RawMessage(`{"id":"` + badge + `","name":"Badge","attributes":[
	{"name":"number","type":"integer"},
	{"name":"color","type":"string"},
	{"name":"doors","type":"complex","multiValued":true,"subAttributes":[{"name":"value","type":"string","caseExact":true},{"name":"type","type":"string"}]},
	{"name":"issued","type":"string","mutability":"immutable"}]}`)}

// extended gives the server's directory extensions of its own.
func (s *server) extended(t testing.TB, extensions ...models.Extension) {
	t.Helper()
	_, err := s.store.UpdateDirectory(t.Context(), s.directory.ID, func(d *models.Directory) error {
		d.Settings.Extensions = extensions
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestADirectoryHasExtensionsOfItsOwn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		other, write, _ := directory(t, s.store, models.DefaultSettings())
		s.extended(t, badges)
		body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + badge + `"],"userName":"ada@contoso.example",
			"` + badge + `":{"number":"7","color":"Red","issued":"2020","doors":[{"type":"main","value":"A"}]}}`
		id := s.user(t, body)
		if r := s.patch(t, "/Users/"+id,
			`{"op":"Add","path":"`+badge+`:doors[type eq \"side\"].value","value":"B"}`,
			`{"op":"Replace","path":"`+badge+`:color","value":"green"}`); r.status != http.StatusOK && r.status != http.StatusNoContent {
			t.Fatalf("PATCH: %d %s", r.status, r.body)
		}
		shown := s.get(t, "/Users/"+id)
		want := map[string]any{"number": 7.0, "color": "green", "issued": "2020",
			"doors": []any{map[string]any{"type": "main", "value": "A"}, map[string]any{"type": "side", "value": "B"}}}
		if diff := cmp.Diff(want, shown[badge]); diff != "" {
			t.Errorf("extension (-want +got):\n%s", diff)
		}
		if !slices.Contains(shown["schemas"].([]any), any(badge)) {
			t.Errorf("schemas are %v", shown["schemas"])
		}
		for _, filter := range []string{badge + ":number+gt+6", badge + ":color+eq+%22GREEN%22", badge + ":doors[type+eq+%22side%22+and+value+eq+%22B%22]"} {
			if n := s.found(t, "/Users?filter="+filter); n != 1 {
				t.Errorf("%s finds %d", filter, n)
			}
		}
		expectError(t, s.patch(t, "/Users/"+id, `{"op":"replace","path":"`+badge+`:issued","value":"2021"}`), "mutability", "issued")
		expectError(t, s.patch(t, "/Users/"+id, `{"op":"replace","path":"`+badge+`:number","value":"seven"}`), "invalidValue", "number")
		s.must(t, http.StatusOK, "GET", "/Schemas/"+badge, "")

		if r := s.send(t, other.ID, write, "GET", "/Schemas/"+badge, ""); r.status != http.StatusNotFound {
			t.Errorf("the other directory knows the schema: %d %s", r.status, r.body)
		}
		if r := s.send(t, other.ID, write, "GET", "/Users?filter="+badge+":number+gt+6", ""); r.status != http.StatusBadRequest {
			t.Errorf("the other directory knows the attribute: %d %s", r.status, r.body)
		}
	})
}

func TestAnExtensionThatIsTakenAwayIsHiddenUntilItComesBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		s.extended(t, badges)
		id := s.user(t, `{"userName":"ada@contoso.example","`+badge+`":{"color":"red"}}`)
		s.extended(t)
		if shown := s.get(t, "/Users/"+id); shown[badge] != nil || slices.Contains(shown["schemas"].([]any), any(badge)) {
			t.Errorf("shown without the extension: %v", shown)
		}
		s.patch(t, "/Users/"+id, `{"op":"replace","path":"displayName","value":"Ada"}`)
		s.extended(t, badges)
		if diff := cmp.Diff(any(map[string]any{"color": "red"}), s.get(t, "/Users/"+id)[badge]); diff != "" {
			t.Errorf("extension (-want +got):\n%s", diff)
		}
	})
}

func TestExtensionsThatCannotBeTogetherAreRefused(t *testing.T) {
	t.Parallel()
	enterprise := models.Extension{ResourceType: "User", Definition: json.RawMessage(
		`{"id":"` + models.EnterpriseURN + `","name":"E","attributes":[{"name":"a","type":"string"}]}`)}
	for name, extensions := range map[string][]models.Extension{
		"twice the same":              {badges, badges},
		"one that is there anyway":    {enterprise},
		"one that is no definition":   {{ResourceType: "Group", Definition: json.RawMessage(`{}`)}},
		"a good one and an empty one": {badges, {ResourceType: "User", Definition: json.RawMessage(`[]`)}},
	} {
		if _, ok := push.CheckExtensions(extensions).(*models.InvalidError); !ok {
			t.Errorf("%s: %v", name, push.CheckExtensions(extensions))
		}
	}
	if err := push.CheckExtensions([]models.Extension{badges}); err != nil {
		t.Error(err)
	}
}
