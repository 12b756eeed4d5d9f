package push_test

import (
	"net/http"
	"net/url"
	"testing"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

func pulledGrid(objectID, name string) models.SourceGroup {
	return models.SourceGroup{ObjectID: objectID, Existence: models.Exists, Values: map[string]any{"displayName": name}}
}

// renamedByPull is a reading of a group that the directory knows by its object id.
func (s *server) renamedByPull(t testing.TB, said models.SourceGroup) {
	t.Helper()
	s.reads(t, func(tx *store.Tx, look models.Look) error {
		known, err := tx.PulledGroupCandidates([]string{said.ObjectID}, nil)
		if err != nil {
			return err
		}
		heard := reconcile.HearPullGroup(known[0], said, look)
		return reconcile.ApplyGroups(tx, reconcile.PlanGroups([]*models.Group{&known[0]}, []models.Group{heard}, rules, look.At), reconcile.Origin{By: models.Pull, At: look.At})
	})
}

func TestTheClientFindsByNameTheGroupThatItKnows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		s.pulledGroup(t, pulledGrid(adaID, "Grid"))
		s.pulledGroup(t, pulledGrid(benID, "Grid"))
		byName := "/Groups?excludedAttributes=members&filter=" + url.QueryEscape(`displayName eq "grid"`)
		if n := s.found(t, byName); n != 0 {
			t.Errorf("the client knows none of the name, and finds %d", n)
		}
		mine := s.group(t, "Grid")
		renamed := s.must(t, http.StatusCreated, "POST", "/Groups", `{"displayName":"Wind","externalId":"`+gridID+`"}`).object(t)["id"].(string)
		s.renamedByPull(t, pulledGrid(gridID, "Wind")) // agrees, so that the pull's readings show
		s.renamedByPull(t, pulledGrid(gridID, "Grid"))
		s.shows(t, "/Groups/"+renamed, map[string]any{"displayName": "Grid"})

		found := s.get(t, byName)["Resources"].([]any)
		if len(found) != 1 || found[0].(map[string]any)["id"] != mine {
			t.Errorf("the client finds %v, want %s", found, mine)
		}
		read := s.send(t, s.directory.ID, s.read, "GET", byName, "").object(t)
		if read["totalResults"] != 4.0 {
			t.Errorf("the product finds %v, want all 4", read["totalResults"])
		}
		if n := s.found(t, byName+url.QueryEscape(` and id eq "`+mine+`"`)); n != 1 {
			t.Errorf("with the id %d are found", n)
		}
		if page := s.get(t, byName+"&startIndex=2"); page["totalResults"] != 1.0 || len(page["Resources"].([]any)) != 0 {
			t.Errorf("second page: %v", page)
		}
	})
}

func TestWhoWaitsForANameGetsItWhenItIsFree(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		ada := s.user(t, pushed("ada@contoso.example", adaID))
		s.reading(t, person(adaID, "ada@contoso.example"))
		ben := s.user(t, pushed("star@contoso.example", "ben"))
		s.reading(t, person(adaID, "star@contoso.example"))
		title := func(value string) {
			t.Helper()
			s.must(t, http.StatusOK, "PATCH", "/Users/"+ada, patchBody(`{"op":"Replace","path":"title","value":"`+value+`"}`))
		}
		title("waiting")
		s.shows(t, "/Users/"+ada, map[string]any{"userName": "ada@contoso.example", "title": "waiting"})
		s.must(t, http.StatusOK, "PUT", "/Users/"+ada, pushed("ada@contoso.example", adaID))
		s.reading(t, person(adaID, "ada@contoso.example"))
		s.reading(t, person(adaID, "star@contoso.example"))
		s.must(t, http.StatusNoContent, "DELETE", "/Users/"+ben, "")
		title("free")
		s.shows(t, "/Users/"+ada, map[string]any{"userName": "star@contoso.example", "title": "free"})
	})
}

func TestARemovedGroupYieldsItsObjectIDAndALivingOneDoesNot(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		gone := s.must(t, http.StatusCreated, "POST", "/Groups", `{"displayName":"Old","externalId":"`+gridID+`"}`).object(t)["id"].(string)
		s.must(t, http.StatusNoContent, "DELETE", "/Groups/"+gone, "")
		group := s.group(t, "Grid")
		identify := func(objectID string) reply {
			return s.patch(t, "/Groups/"+group, `{"op":"Replace","path":"externalId","value":"`+objectID+`"}`)
		}
		s.pulledGroup(t, pulledGrid(benID, "Wind"))
		living := identify(benID)
		if living.status != http.StatusConflict {
			t.Errorf("an object that another group is: %d", living.status)
		}
		expectError(t, living, "uniqueness", "externalId")
		if r := identify(gridID); r.status != http.StatusNoContent {
			t.Errorf("an object that a removed group was: %d %s", r.status, r.body)
		}
		s.shows(t, "/Groups/"+group, map[string]any{"externalId": gridID})
		s.must(t, http.StatusNotFound, "GET", "/Groups/"+gone, "")
	})
}

func TestAManagerOfThePullShowsAsTheRecordAndCanBeCleared(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		led := person(adaID, "ada@contoso.example")
		led.Values[models.ManagerPath] = benID
		s.reading(t, led)
		ada := s.id(t, `userName eq "ada@contoso.example"`)
		s.shows(t, "/Users/"+ada, map[string]any{enterprise: nil}) // Ben is not known yet
		s.reading(t, person(benID, "ben@contoso.example"))
		ben := s.id(t, `userName eq "ben@contoso.example"`)
		manager := map[string]any{"manager": map[string]any{
			"value": ben, "displayName": "ben@contoso.example",
			"$ref": publicURL + "/scim/" + s.directory.ID + "/v2/Users/" + ben}}
		s.shows(t, "/Users/"+ada, map[string]any{enterprise: manager})
		if found := s.id(t, `id eq "`+ada+`" and manager eq "`+ben+`"`); found != ada {
			t.Errorf("the filter finds %q", found)
		}
		for _, c := range []struct {
			operation string
			want      any
		}{
			{`{"op":"Remove","path":"` + enterprise + `:manager"}`, nil},
			{`{"op":"Add","path":"` + enterprise + `:manager","value":"` + ben + `"}`, manager},
			{`{"op":"Replace","path":"` + enterprise + `:manager","value":""}`, nil},
		} {
			s.must(t, http.StatusOK, "PATCH", "/Users/"+ada, patchBody(c.operation))
			s.shows(t, "/Users/"+ada, map[string]any{enterprise: c.want})
		}
	})
}
