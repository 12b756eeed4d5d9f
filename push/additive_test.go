package push_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// Some directories of 2026 send "replace members" with one id for every user they add
// (fact sheet of SCIM clients, section 3.6).
func TestReplaceAddsWhereTheDirectorySaysSo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		settings := models.DefaultSettings()
		settings.AdditiveMembers = true
		s := serve(t, db, settings)
		mira, ben := s.named(t, "mira@contoso.example"), s.named(t, "ben@contoso.example")
		group := s.group(t, "Grid")
		for _, id := range []string{mira, ben} {
			s.must(t, http.StatusNoContent, "PATCH", "/Groups/"+group, patchBody(`{"op":"replace","path":"members","value":`+values(id)+`}`))
		}
		if diff := cmp.Diff([]string{mira, ben}, s.members(t, group)); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
		s.must(t, http.StatusNoContent, "PATCH", "/Groups/"+group, patchBody(`{"op":"remove","path":"members"}`))
		if got := s.members(t, group); len(got) != 0 {
			t.Errorf("members after remove: %v", got)
		}
	})
}
