package push_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
)

func TestWhatOnlyEntraKnowsStandsInAnExtension(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		user := s.pulled(t, ada())
		group := s.pulledGroup(t, models.SourceGroup{ObjectID: "c41d7f80-96ab-4e0d-a6a2-0b6d5f3e7711", Existence: models.Exists,
			Values: map[string]any{"displayName": "Grid", ownGroup + ":kind": "security", ownGroup + ":dynamic": true}})
		for path, want := range map[string]any{
			"/Users/" + user:   entraOfAda,
			"/Groups/" + group: map[string]any{"kind": "security", "dynamic": true},
		} {
			urn := ownUser
			if path == "/Groups/"+group {
				urn = ownGroup
			}
			shown := s.get(t, path)
			if diff := cmp.Diff(want, shown[urn]); diff != "" {
				t.Errorf("%s: extension differs (-want +got):\n%s", path, diff)
			}
			if !slices.Contains(shown["schemas"].([]any), any(urn)) {
				t.Errorf("%s: schemas are %v", path, shown["schemas"])
			}
			definition := s.get(t, "/Schemas/"+urn)
			for _, a := range definition["attributes"].([]any) {
				if a.(map[string]any)["mutability"] != "readOnly" {
					t.Errorf("%v is not read-only", a)
				}
			}
		}
		if n := s.found(t, `/Users?filter=`+ownUser+`:mailNickname+eq+%22ADA.quist%22`); n != 1 {
			t.Errorf("%d users found by mailNickname", n)
		}
		if n := s.found(t, `/Users?filter=`+ownUser+`:otherMails+eq+%22Quist@post.example%22`); n != 1 {
			t.Errorf("%d users found by another mail", n)
		}
		if n := s.found(t, `/Groups?filter=`+ownGroup+`:dynamic+eq+true`); n != 1 {
			t.Errorf("%d dynamic groups found", n)
		}
	})
}

func TestResourceTypesNameTheExtensionOfEntra(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		for name, urn := range map[string]string{"User": ownUser, "Group": ownGroup} {
			extensions := s.get(t, "/ResourceTypes/"+name)["schemaExtensions"].([]any)
			if !slices.ContainsFunc(extensions, func(e any) bool { return e.(map[string]any)["schema"] == urn }) {
				t.Errorf("%s has the extensions %v", name, extensions)
			}
		}
	})
}

func TestNoClientWritesWhatOnlyEntraKnows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		user := s.pulled(t, ada())
		for _, operation := range []string{
			`{"op":"replace","path":"` + ownUser + `:mailNickname","value":"x"}`,
			`{"op":"remove","path":"` + ownUser + `"}`,
			`{"op":"remove","path":"` + ownUser + `:usageLocation"}`,
			`{"op":"replace","value":{"` + ownUser + `":{"mailNickname":"x"}}}`,
		} {
			if r := s.patch(t, "/Users/"+user, operation); r.status != http.StatusBadRequest || r.object(t)["scimType"] != "mutability" {
				t.Errorf("%s: %d %s", operation, r.status, r.body)
			}
		}
		s.must(t, http.StatusOK, "PUT", "/Users/"+user, `{"userName":"ada@contoso.example","`+ownUser+`":{"mailNickname":"x"}}`)
		if diff := cmp.Diff(entraOfAda, s.get(t, "/Users/"+user)[ownUser]); diff != "" {
			t.Errorf("extension differs (-want +got):\n%s", diff)
		}
	})
}

// entraOfAda is what only Graph tells of ada.
var entraOfAda = map[string]any{
	"mailNickname": "ada.quist", "usageLocation": "DE", "otherMails": []any{"ada@home.example", "quist@post.example"},
}
