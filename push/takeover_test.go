package push_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"scimbridge/models"
	"scimbridge/push"
	"scimbridge/scim"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// Somebody is disabled in Entra, and push deletes them. When it gives their object id to
// another record, what the pull found is gone with the first: Graph has to be asked, or
// the other would stay active until the next full round.
func TestWhoTakesTheObjectIDOfOneWhoIsGoneIsLookedUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		s := &server{store: db}
		s.directory, s.write, s.read = directory(t, db, models.DefaultSettings())
		var looked []string
		e := echo.New()
		scim.New(&push.Opener{Store: db, PublicURL: publicURL, Look: func(_ context.Context, _ *store.Tx, _, objectID string) error {
			looked = append(looked, objectID)
			return nil
		}}).Mount(e.Group("/scim/:tenant/v2"))
		s.Server = httptest.NewServer(e)
		t.Cleanup(s.Close)

		said := ada()
		disabled := false
		said.Enabled = &disabled
		s.must(t, http.StatusNoContent, "DELETE", "/Users/"+s.pulled(t, said), "")
		zoe := s.named(t, "zoe@contoso.example")
		if r := s.patch(t, "/Users/"+zoe, `{"op":"replace","path":"externalId","value":"`+said.ObjectID+`"}`); r.status >= 300 {
			t.Fatalf("PATCH: %d %s", r.status, r.body)
		}
		if diff := cmp.Diff([]string{said.ObjectID}, looked); diff != "" {
			t.Errorf("looked up (-want +got):\n%s", diff)
		}
	})
}
