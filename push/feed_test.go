package push_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"scimbridge/models"
)

func TestEveryVisibleChangeIsInTheFeedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		user := s.named(t, "mira@contoso.example")
		group := s.group(t, "Grid", user)
		for _, step := range []struct{ path, operation string }{
			{"/Users/" + user, `{"op":"Replace","path":"title","value":"Boss"}`},
			{"/Users/" + user, `{"op":"Replace","path":"title","value":"Boss"}`}, // no change
			{"/Users/" + user, `{"op":"Replace","path":"active","value":"False"}`},
			{"/Users/" + user, `{"op":"Replace","path":"active","value":"True"}`},
			{"/Groups/" + group, `{"op":"Add","path":"members","value":` + values(user) + `}`}, // no change
			{"/Groups/" + group, `{"op":"Remove","path":"members","value":` + values(user) + `}`},
			{"/Groups/" + group, `{"op":"Replace","path":"displayName","value":"Wind"}`},
		} {
			if r := s.patch(t, step.path, step.operation); r.status/100 != 2 {
				t.Fatalf("%s: %d %s", step.operation, r.status, r.body)
			}
		}
		s.must(t, http.StatusConflict, "POST", "/Users", `{"userName":"mira@contoso.example"}`)
		s.must(t, http.StatusNoContent, "DELETE", "/Users/"+user, "")
		s.must(t, http.StatusNoContent, "DELETE", "/Groups/"+group, "")

		got, err := s.store.Changes(t.Context(), s.directory.ID, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		change := func(kind, id string, action models.Action, detail models.Attributes) models.Change {
			return models.Change{DirectoryID: s.directory.ID, Kind: kind, RecordID: id, Action: action,
				By: models.Push, Origin: "the request", Detail: detail}
		}
		name := func(more ...string) models.Attributes {
			detail := models.Attributes{"userName": "mira@contoso.example"}
			for _, attribute := range more {
				detail["attributes"] = []any{attribute}
			}
			return detail
		}
		want := []models.Change{
			change("user", user, models.Created, name()),
			change("group", group, models.Created, models.Attributes{"displayName": "Grid"}),
			change("memberships", group, models.Updated, models.Attributes{"added": []any{user}}),
			change("user", user, models.Updated, name("title")),
			change("user", user, models.Deactivated, name("active")),
			change("user", user, models.Reactivated, name("active")),
			change("memberships", group, models.Updated, models.Attributes{"removed": []any{user}}),
			change("group", group, models.Updated, models.Attributes{"displayName": "Wind"}),
			change("user", user, models.Removed, name()),
			change("group", group, models.Removed, models.Attributes{"displayName": "Wind"}),
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(models.Change{}, "Seq", "At")); diff != "" {
			t.Errorf("feed (-want +got):\n%s", diff)
		}
	})
}
