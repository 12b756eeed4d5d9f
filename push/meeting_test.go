package push_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// Object ids of two people and a group in Entra.
const (
	adaID  = "9a0e5d1c-22b8-4a37-8f0e-31d6c5b7a904"
	benID  = "4be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1"
	gridID = "c41d7f80-96ab-4e0d-a6a2-0b6d5f3e7711"
)

// reading is what a pull does with one user whom it reads by id now: match, hear, merge,
// write.
func (s *server) reading(t testing.TB, said models.SourceUser) {
	t.Helper()
	s.reads(t, func(tx *store.Tx, look models.Look) error {
		candidates, err := tx.UserCandidates([]string{said.ObjectID}, []string{models.Fold(said.UserName)})
		if err != nil {
			return err
		}
		var steps []reconcile.UserStep
		var before *models.User
		current := models.User{DirectoryID: s.directory.ID, ID: tx.NewID()}
		match := reconcile.MatchPulledUser(candidates, said.ObjectID, said.UserName)
		if match.Record >= 0 {
			before, current = &candidates[match.Record], candidates[match.Record]
		}
		if match.Yields >= 0 {
			steps = append(steps, reconcile.Yield(candidates[match.Yields]))
		}
		heard := reconcile.HearPullUser(current, said, look)
		pushed, _ := heard.PushWords["userName"].Value.(string)
		names, err := tx.NameHolders([]string{models.Fold(said.UserName), models.Fold(pushed)})
		if err != nil {
			return err
		}
		steps = append(steps, reconcile.PlanUsers([]*models.User{before}, []models.User{heard}, names, rules, look.At)...)
		return reconcile.ApplyUsers(tx, steps, reconcile.Origin{By: models.Pull, At: look.At})
	})
}

// person is someone in Entra.
func person(objectID, userName string) models.SourceUser {
	return models.SourceUser{ObjectID: objectID, Existence: models.Exists, UserName: userName,
		Values: map[string]any{"displayName": userName}}
}

func softDeleted(u models.SourceUser) models.SourceUser {
	u.Existence = models.SoftDeleted
	return u
}

func pushed(userName, externalID string) string {
	return fmt.Sprintf(`{"userName":%q,"externalId":%q,"active":true}`, userName, externalID)
}

// shows compares some attributes of a resource; nil is "absent".
func (s *server) shows(t testing.TB, path string, want map[string]any) {
	t.Helper()
	resource := s.get(t, path)
	got := make(map[string]any, len(want))
	for name := range want {
		got[name] = resource[name]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// groups are the ids of the groups that a user shows.
func (s *server) groups(t testing.TB, userID string) map[string]bool {
	t.Helper()
	ids := make(map[string]bool)
	list, _ := s.get(t, "/Users/"+userID)["groups"].([]any)
	for _, g := range list {
		ids[g.(map[string]any)["value"].(string)] = true
	}
	return ids
}

// id is the one user whom a filter finds, "" if it finds none.
func (s *server) id(t testing.TB, filter string) string {
	t.Helper()
	resources := s.get(t, "/Users?filter="+url.QueryEscape(filter))["Resources"].([]any)
	if len(resources) > 1 {
		t.Fatalf("%s finds %d users", filter, len(resources))
	}
	if len(resources) == 0 {
		return ""
	}
	return resources[0].(map[string]any)["id"].(string)
}

func TestAPostAdoptsByTheObjectIDWhateverTheName(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		s.reading(t, person(adaID, "ada@contoso.example"))
		id := s.id(t, `externalId eq "`+adaID+`"`)
		if adopted := s.user(t, pushed("ada.quist@contoso.example", strings.ToUpper(adaID))); adopted != id {
			t.Errorf("adopted %s, not %s", adopted, id)
		}
		s.shows(t, "/Users/"+id, map[string]any{
			"userName": "ada.quist@contoso.example", "displayName": "ada@contoso.example", "externalId": strings.ToUpper(adaID)})
		if n := s.found(t, "/Users"); n != 1 {
			t.Errorf("%d users", n)
		}
	})
}

func TestATiedExternalIDCannotBeChanged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id := s.user(t, pushed("ada@contoso.example", benID))
		change := func(externalID string) reply {
			return s.patch(t, "/Users/"+id, fmt.Sprintf(`{"op":"Replace","path":"externalId","value":%q}`, externalID))
		}
		if r := change(adaID); r.status != http.StatusOK {
			t.Errorf("before the pull has seen it: %d %s", r.status, r.body)
		}
		s.reading(t, person(adaID, "ada@contoso.example"))
		for _, other := range []string{benID, "ada"} {
			r := change(other)
			if r.status != http.StatusConflict {
				t.Errorf("to %s: %d", other, r.status)
			}
			expectError(t, r, "uniqueness", "externalId")
		}
		if r := change(strings.ToUpper(adaID)); r.status != http.StatusOK {
			t.Errorf("the same in capitals: %d %s", r.status, r.body)
		}
		s.must(t, http.StatusOK, "PUT", "/Users/"+id, `{"userName":"ada@contoso.example"}`)
		s.shows(t, "/Users/"+id, map[string]any{"externalId": adaID})
	})
}

func TestAPushTakesANameFromWhomOnlyThePullKnows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		// In Entra Ada has been renamed, and Ben has got her old name; the pull is behind.
		s.reading(t, person(adaID, "star@contoso.example"))
		ada := s.id(t, `userName eq "star@contoso.example"`)
		ben := s.user(t, pushed("star@contoso.example", benID))
		if found := s.id(t, `userName eq "star@contoso.example"`); found != ben || ben == ada {
			t.Errorf("the name finds %s, want %s", found, ben)
		}
		s.shows(t, "/Users/"+ada, map[string]any{"userName": adaID, "active": true})

		s.must(t, http.StatusOK, "PATCH", "/Users/"+ada, patchBody(`{"op":"replace","path":"title","value":"Boss"}`))
		s.shows(t, "/Users/"+ada, map[string]any{"title": "Boss"})

		s.reading(t, person(adaID, "ada@contoso.example"))
		s.shows(t, "/Users/"+ada, map[string]any{"userName": "ada@contoso.example", "title": "Boss"})
		s.shows(t, "/Users/"+ben, map[string]any{"userName": "star@contoso.example"})
	})
}

func TestARenameTakesANameFromWhomOnlyThePullKnows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		s.reading(t, person(adaID, "star@contoso.example"))
		ada := s.id(t, `userName eq "star@contoso.example"`)
		ben := s.user(t, pushed("ben@contoso.example", "ben"))
		s.must(t, http.StatusOK, "PATCH", "/Users/"+ben, patchBody(`{"op":"replace","path":"userName","value":"Star@contoso.example"}`))
		s.shows(t, "/Users/"+ben, map[string]any{"userName": "Star@contoso.example"})
		s.shows(t, "/Users/"+ada, map[string]any{"userName": adaID})
	})
}

func TestTwoRecordsOfOnePersonJoinWhenPushNamesTheObject(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		// The names differ, so push and pull have brought the person apart.
		read := person(adaID, "ada@entra.example")
		read.Values["title"] = "Analyst"
		s.reading(t, read)
		pulled := s.id(t, `userName eq "ada@entra.example"`)
		ofPull := s.pulledGroup(t, models.SourceGroup{ObjectID: gridID, Existence: models.Exists, Values: map[string]any{"displayName": "Grid"}})
		s.pulledEdge(t, ofPull, pulled)
		id := s.user(t, pushed("ada@push.example", "ada"))
		ofPush := s.group(t, "Wind", id)

		s.must(t, http.StatusOK, "PATCH", "/Users/"+id, patchBody(`{"op":"Replace","path":"externalId","value":"`+adaID+`"}`))
		s.shows(t, "/Users/"+id, map[string]any{
			"userName": "ada@push.example", "externalId": adaID, "title": "Analyst", "active": true})
		s.must(t, http.StatusNotFound, "GET", "/Users/"+pulled, "")
		if diff := cmp.Diff(map[string]bool{ofPull: true, ofPush: true}, s.groups(t, id)); diff != "" {
			t.Errorf("groups (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{id}, s.members(t, ofPull)); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}

		read.Values = maps.Clone(read.Values)
		read.Values["title"] = "Boss"
		s.reading(t, read)
		s.shows(t, "/Users/"+id, map[string]any{"title": "Boss"})
		if n := s.found(t, "/Users"); n != 1 {
			t.Errorf("%d users", n)
		}
		s.user(t, pushed("ada@entra.example", "another")) // the name is free
	})
}

func TestARenameAndAJoinInOneRequest(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		s.reading(t, person(adaID, "ada@entra.example"))
		id := s.user(t, pushed("ada@push.example", "ada"))
		s.must(t, http.StatusOK, "PATCH", "/Users/"+id, patchBody(`{"op":"replace","value":{"externalId":"`+adaID+`","userName":"ada@entra.example"}}`))
		s.shows(t, "/Users/"+id, map[string]any{"userName": "ada@entra.example", "externalId": adaID})
		if n := s.found(t, "/Users"); n != 1 {
			t.Errorf("%d users", n)
		}
	})
}

func TestARemovedRecordYieldsItsObjectID(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		gone := s.user(t, pushed("old@contoso.example", adaID))
		s.reading(t, person(adaID, "old@contoso.example"))
		s.reading(t, models.SourceUser{ObjectID: adaID, Existence: models.Gone})
		s.must(t, http.StatusNotFound, "GET", "/Users/"+gone, "")

		id := s.user(t, pushed("ada@contoso.example", "ada"))
		s.must(t, http.StatusOK, "PATCH", "/Users/"+id, patchBody(`{"op":"Replace","path":"externalId","value":"`+adaID+`"}`))
		s.must(t, http.StatusNotFound, "GET", "/Users/"+gone, "")
		s.reading(t, person(adaID, "ada@contoso.example"))
		s.shows(t, "/Users/"+id, map[string]any{"userName": "ada@contoso.example", "externalId": adaID})
		if n := s.found(t, "/Users"); n != 1 {
			t.Errorf("%d users", n)
		}
	})
}

func TestAPostOfTheSameObjectRevivesWithoutOldMemberships(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id := s.user(t, pushed("ada@contoso.example", adaID))
		group := s.group(t, "Grid", id)
		s.must(t, http.StatusNoContent, "DELETE", "/Users/"+id, "")
		if revived := s.user(t, pushed("ada.new@contoso.example", adaID)); revived != id {
			t.Errorf("revived as %s, not %s", revived, id)
		}
		s.shows(t, "/Users/"+id, map[string]any{"userName": "ada.new@contoso.example", "active": true})
		if got := s.members(t, group); len(got) != 0 {
			t.Errorf("DELETE was a look at all edges, but members are %v", got)
		}
		s.must(t, http.StatusNoContent, "PATCH", "/Groups/"+group, patchBody(`{"op":"Add","path":"members","value":`+values(id)+`}`))
		if diff := cmp.Diff([]string{id}, s.members(t, group)); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
	})
}

func TestARevivedUserHasTheGroupsThatThePullHasSeenSince(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		s.reading(t, person(adaID, "ada@contoso.example"))
		id := s.user(t, pushed("ada@contoso.example", adaID))
		group := s.pulledGroup(t, models.SourceGroup{ObjectID: gridID, Existence: models.Exists, Values: map[string]any{"displayName": "Grid"}})
		s.must(t, http.StatusNoContent, "DELETE", "/Users/"+id, "")
		s.pulledEdge(t, group, id)
		if got := s.members(t, group); len(got) != 0 {
			t.Errorf("members while the user is gone: %v", got)
		}
		s.user(t, pushed("ada@contoso.example", adaID))
		if diff := cmp.Diff([]string{id}, s.members(t, group)); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
	})
}
