package push_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// inRecycleBin creates a pushed user whom Entra soft-deletes, and returns the id.
func (s *server) inRecycleBin(t testing.TB) string {
	t.Helper()
	id := s.user(t, pushed("ada@contoso.example", adaID))
	s.reading(t, person(adaID, "ada@contoso.example"))
	s.reading(t, softDeleted(person(adaID, "ada@contoso.example")))
	return id
}

func TestASoftDeletedUserIsReadableDeactivatedAndFreesTheName(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id := s.inRecycleBin(t)
		s.shows(t, "/Users/"+id, map[string]any{"active": false, "userName": "ada@contoso.example", "groups": nil})
		if found := s.id(t, `userName eq "ada@contoso.example"`); found != "" {
			t.Errorf("found by name: %s", found)
		}
		if found := s.id(t, `externalId eq "`+adaID+`"`); found != id {
			t.Errorf("by the object id found: %q", found)
		}
		newcomer := s.user(t, pushed("ada@contoso.example", "another"))
		if newcomer == id {
			t.Error("a name brought a soft-deleted user back")
		}
		s.shows(t, "/Users/"+newcomer, map[string]any{"active": true})
	})
}

func TestADeletedSoftDeletedUserIsNotFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id := s.inRecycleBin(t)
		s.must(t, http.StatusNoContent, "DELETE", "/Users/"+id, "")
		for _, method := range []string{"GET", "DELETE"} {
			s.must(t, http.StatusNotFound, method, "/Users/"+id, "")
		}
		if revived := s.user(t, pushed("ada@contoso.example", adaID)); revived != id {
			t.Errorf("revived as %s, not %s", revived, id)
		}
	})
}

func TestAChangeOfASoftDeletedUserTakesNobodysName(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id := s.inRecycleBin(t)
		s.reading(t, person(benID, "star@contoso.example"))
		ben := s.id(t, `userName eq "star@contoso.example"`)
		s.must(t, http.StatusOK, "PATCH", "/Users/"+id, patchBody(`{"op":"Replace","path":"userName","value":"star@contoso.example"}`))
		s.shows(t, "/Users/"+ben, map[string]any{"userName": "star@contoso.example"})
		if found := s.id(t, `userName eq "star@contoso.example"`); found != ben {
			t.Errorf("the name finds %q", found)
		}
	})
}

func TestAMembershipGivenWhileSoftDeletedShowsOnceRestored(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id := s.inRecycleBin(t)
		group := s.group(t, "Grid", id)
		if got := s.members(t, group); len(got) != 0 {
			t.Errorf("members while soft-deleted: %v", got)
		}
		s.reading(t, person(adaID, "ada@contoso.example"))
		if diff := cmp.Diff([]string{id}, s.members(t, group)); diff != "" {
			t.Errorf("members once restored (-want +got):\n%s", diff)
		}
		s.shows(t, "/Users/"+id, map[string]any{"active": true})
	})
}

func TestWhoIsDisabledInEntraStaysInactiveWhateverPushSays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id := s.user(t, pushed("ada@contoso.example", adaID))
		disabled := person(adaID, "ada@contoso.example")
		disabled.Enabled = new(bool)
		s.reading(t, disabled)
		r := s.must(t, http.StatusOK, "PATCH", "/Users/"+id, patchBody(`{"op":"Replace","path":"active","value":"True"}`))
		if r.object(t)["active"] != false {
			t.Errorf("active: %s", r.body)
		}
	})
}
