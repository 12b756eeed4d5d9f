package admin_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

const (
	badgeURN  = "urn:contoso:params:scim:schemas:badge:2.0:User"
	badgeBody = `{"resourceType":"User","definition":{"id":"` + badgeURN + `","name":"Badge","attributes":[{"name":"number","type":"integer"}]}}`
)

// asJSON compares definitions as JSON: PostgreSQL lays them out in its own way.
var asJSON = cmp.Transformer("JSON", func(text json.RawMessage) (value any) {
	if err := json.Unmarshal(text, &value); err != nil {
		panic(err)
	}
	return value
})

func TestAnExtensionIsDefinedAndTakenAway(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		path := b.newDirectory(t) + "/extensions"
		b.must(t, 200, "PUT", path+"/"+badgeURN, badgeBody)
		set := b.must(t, 200, "PUT", path+"/"+strings.ToUpper(badgeURN), strings.Replace(badgeBody, "integer", "string", 1))
		want := `{"items":[` + strings.TrimSpace(string(set.body)) + `]}`
		if diff := cmp.Diff(want, strings.TrimSpace(string(b.must(t, 200, "GET", path, "").body))); diff != "" {
			t.Errorf("listed (-want +got):\n%s", diff)
		}
		stored, err := s.Directory(t.Context(), idOf(strings.TrimSuffix(path, "/extensions")))
		if err != nil {
			t.Fatal(err)
		}
		wantStored := []models.Extension{{URN: badgeURN, ResourceType: "User", Definition: []byte(
			`{"id":"` + badgeURN + `","name":"Badge","attributes":[{"name":"number","type":"string"}]}`)}}
		if diff := cmp.Diff(wantStored, stored.Settings.Extensions, asJSON); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
		b.must(t, 204, "DELETE", path+"/"+badgeURN, "")
		b.refused(t, 404, "not-found", "", "DELETE", path+"/"+badgeURN, "")
	})
}

func TestAnExtensionThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		path := b.newDirectory(t) + "/extensions/"
		b.refused(t, 400, "invalid", "definition.id", "PUT", path+"urn:fabrikam:a", badgeBody)
		b.refused(t, 400, "invalid", "definition.attributes[0].name", "PUT", path+badgeURN, strings.Replace(badgeBody, "number", "a b", 1))
		b.refused(t, 400, "invalid", "definition.id", "PUT", path+models.EnterpriseURN, strings.Replace(badgeBody, badgeURN, models.EnterpriseURN, 1))
		for i := range 10 {
			urn := fmt.Sprint(badgeURN, i)
			b.must(t, 200, "PUT", path+urn, strings.Replace(badgeBody, badgeURN, urn, 1))
		}
		b.refused(t, 400, "invalid", "urn", "PUT", path+badgeURN, badgeBody)
	})
}
