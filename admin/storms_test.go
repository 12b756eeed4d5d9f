package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/access"
	"scimbridge/admin"
	"scimbridge/models"
	"scimbridge/push"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// stormy is a directory on which a client with a mistake in its scope is let loose: ten
// people are deactivated, ten deleted, eleven groups go, one member is taken out.
type stormy struct {
	*bridge
	*provisioning
	directory, storm string // paths
	people           []string
	groups           []string // each has the people of its number and the next
	everybody        string   // everybody but the last is in it
	watch            *push.StormWatch
}

func newStormy(t *testing.T, s *store.Store) *stormy {
	t.Helper()
	w := &stormy{bridge: newBridge(t, s)}
	w.directory = w.newDirectory(t)
	w.provisioning = w.bridge.provisioning(t, w.directory)
	w.watch = push.NewStormWatch(s, slog.New(slog.DiscardHandler))
	w.opener.Storms = w.watch
	for i := range 24 {
		w.people = append(w.people, w.user(t, fmt.Sprint("person", i), fmt.Sprintf(`"externalId":"%08d-0000-4000-8000-000000000000"`, i)))
	}
	for i := range 11 {
		w.groups = append(w.groups, w.group(t, fmt.Sprint("Group ", i), w.people[i], w.people[i+1]))
	}
	w.everybody = w.group(t, "Everybody", w.people[:23]...)
	for i := range 10 {
		w.activate(t, w.people[i], false)
		w.must(t, 204, "DELETE", "/Users/"+w.people[10+i], "")
	}
	for _, id := range w.groups {
		w.must(t, 204, "DELETE", "/Groups/"+id, "")
	}
	w.takeOut(t, w.everybody, w.people[22])
	w.watch.Look(t.Context())
	var page admin.StormPage
	w.get(t, w.directory+"/storms", &page)
	if len(page.Items) != 1 {
		t.Fatalf("storms: %+v", page)
	}
	w.storm = w.directory + "/storms/" + page.Items[0].ID
	return w
}

// must is that of the SCIM client.
func (w *stormy) must(t testing.TB, status int, method, path, body string) map[string]any {
	t.Helper()
	return w.provisioning.must(t, status, method, path, body)
}

// get reads an answer of the admin API.
func (b *bridge) get(t testing.TB, path string, into any) {
	t.Helper()
	if err := json.Unmarshal(b.must(t, 200, "GET", path, "").body, into); err != nil {
		t.Fatal(err)
	}
}

func (w *stormy) restore(t testing.TB, body string, restored, left admin.LossCounts) {
	t.Helper()
	var got admin.StormRestored
	if err := json.Unmarshal(w.bridge.must(t, 200, "POST", w.storm+"/restore", body).body, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]admin.LossCounts{restored, left}, []admin.LossCounts{got.Restored, got.Left}); diff != "" {
		t.Errorf("restored and left with %s (-want +got):\n%s", body, diff)
	}
	if got.Storm.RestoredAt == nil {
		t.Error("the storm does not say when it was restored")
	}
}

// shown is what SCIM shows of the people and groups.
type shown struct {
	Active, Inactive int
	Groups, Members  int
}

func (w *stormy) shown(t testing.TB) (s shown) {
	t.Helper()
	for _, r := range w.must(t, 200, "GET", "/Users?count=200", "")["Resources"].([]any) {
		if r.(map[string]any)["active"] == true {
			s.Active++
		} else {
			s.Inactive++
		}
	}
	for _, r := range w.must(t, 200, "GET", "/Groups?count=200", "")["Resources"].([]any) {
		s.Groups++
		members, _ := r.(map[string]any)["members"].([]any)
		s.Members += len(members)
	}
	return s
}

func TestAStormIsShownAndRestoredInOneAct(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newStormy(t, s)
		var storm admin.Storm
		w.get(t, w.storm, &storm)
		want := admin.Storm{
			ID: storm.ID, BeganAt: storm.BeganAt, LastAt: storm.LastAt, TokenID: storm.TokenID,
			UsersDeactivated: 10, UsersRemoved: 10, GroupsRemoved: 11, MembershipsEnded: 1,
			Reasons: []string{
				"20 of 24 users deactivated or removed within an hour, more than 10 and more than 10 %",
				"11 of 12 groups removed within an hour, more than 10 and more than 10 %",
			},
		}
		if diff := cmp.Diff(want, storm); diff != "" || storm.TokenID == nil {
			t.Errorf("the storm (-want +got):\n%s", diff)
		}
		var d admin.Directory
		w.get(t, w.directory, &d)
		if len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0].Message, want.Reasons[0]) || !strings.Contains(d.Warnings[0].Message, storm.ID) {
			t.Errorf("the directory warns of %+v", d.Warnings)
		}
		if diff := cmp.Diff(shown{Active: 4, Inactive: 10, Groups: 1, Members: 12}, w.shown(t)); diff != "" {
			t.Errorf("after the storm (-want +got):\n%s", diff)
		}

		w.restore(t, `{"only":["groups"]}`, admin.LossCounts{Groups: 11}, admin.LossCounts{})
		w.restore(t, ``, admin.LossCounts{Users: 20, Memberships: 1}, admin.LossCounts{})
		whole := shown{Active: 24, Groups: 12, Members: 23 + 22}
		if diff := cmp.Diff(whole, w.shown(t)); diff != "" {
			t.Errorf("restored (-want +got):\n%s", diff)
		}
		w.restore(t, `{}`, admin.LossCounts{}, admin.LossCounts{})
		for _, id := range w.people[:10] { // a client that says the same again changes nothing
			w.activate(t, id, false)
		}
		if diff := cmp.Diff(whole, w.shown(t)); diff != "" {
			t.Errorf("the client goes on (-want +got):\n%s", diff)
		}
		w.activate(t, w.people[0], true)
		w.activate(t, w.people[0], false) // something different
		if got := w.shown(t); got.Inactive != 1 {
			t.Errorf("%d are inactive", got.Inactive)
		}
		w.get(t, w.storm, &storm)
		told := 0
		for _, e := range w.events(t, "action=storm.restored") {
			if e.Target == storm.ID {
				told++
			}
		}
		changes, err := s.Changes(t.Context(), idOf(w.directory), 0, 10_000)
		var actions []models.Action
		for _, c := range changes {
			if c.Kind == "storm" {
				actions = append(actions, c.Action)
			}
		}
		if err != nil || told != 3 || fmt.Sprint(actions) != "[began restored restored]" {
			t.Errorf("told %d times, and the feed of %v, %v", told, actions, err)
		}
	})
}

func TestARestoreLeavesWhatAPathHasSaidSince(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newStormy(t, s)
		yes, no := true, false
		objectID := func(i int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", i) }
		read := func(i int, existence models.Existence, enabled *bool) {
			w.reads(t, w.directory, w.people[i], models.SourceUser{ObjectID: objectID(i), Existence: existence, Enabled: enabled})
		}
		read(0, models.Exists, &no)      // disabled in Entra
		read(1, models.SoftDeleted, nil) // in the recycle bin
		read(2, models.Exists, &yes)     // as before
		read(11, models.Exists, &no)     // the pull's later look brings them back, disabled
		w.activate(t, w.people[3], true) // push has spoken again
		w.user(t, "person12")            // somebody else has the name
		w.bridge.must(t, 200, "POST", w.directory+"/users/"+w.people[4]+"/overrule", `{"activity":"inactive"}`)

		// Lost for good: 0 and 1 by the pull, 4 by an admin, 12 for the name; 3 and 11 are back.
		w.restore(t, `{"only":["users"]}`, admin.LossCounts{Users: 14}, admin.LossCounts{Users: 4})
		for i, want := range map[int]any{0: false, 1: false, 2: true, 3: true, 4: false, 5: true, 10: true, 11: false} {
			if got := w.must(t, 200, "GET", "/Users/"+w.people[i], "")["active"]; got != want {
				t.Errorf("person %d is active: %v, want %v", i, got, want)
			}
		}
		w.must(t, 404, "GET", "/Users/"+w.people[12], "")
	})
}

func TestARestoreLeavesWhatPushHasGivenBackAndTakenAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newStormy(t, s)
		w.activate(t, w.people[0], true)
		w.activate(t, w.people[0], false) // she has left the company since
		w.must(t, 201, "POST", "/Users", `{"userName":"person10@contoso.example","active":true,"externalId":"00000010-0000-4000-8000-000000000000"}`)
		w.must(t, 204, "DELETE", "/Users/"+w.people[10], "")
		member := fmt.Sprintf(`{"Operations":[{"op":"add","path":"members","value":[{"value":%q}]}]}`, w.people[22])
		w.must(t, 204, "PATCH", "/Groups/"+w.everybody, member)
		w.takeOut(t, w.everybody, w.people[22])

		w.restore(t, ``, admin.LossCounts{Users: 18, Groups: 11}, admin.LossCounts{Users: 2, Memberships: 1})
		w.restore(t, ``, admin.LossCounts{}, admin.LossCounts{Users: 2, Memberships: 1})
		if got := w.must(t, 200, "GET", "/Users/"+w.people[0], "")["active"]; got != false {
			t.Errorf("whom push has deactivated again is active: %v", got)
		}
		w.must(t, 404, "GET", "/Users/"+w.people[10], "")
		if w.members(t, w.everybody)[w.people[22]] {
			t.Error("who was taken out again is a member")
		}
	})
}

func TestAStormThatGoesOnAfterItsRestoreIsRestoredOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newStormy(t, s)
		w.restore(t, ``, admin.LossCounts{Users: 20, Groups: 11, Memberships: 1}, admin.LossCounts{})
		w.activate(t, w.people[0], true)
		w.activate(t, w.people[0], false)  // given back, and taken again
		w.activate(t, w.people[20], false) // taken for the first time
		w.watch.Look(t.Context())
		var storm admin.Storm
		w.get(t, w.storm, &storm)
		if storm.EndedAt != nil || storm.UsersDeactivated != 11 || !storm.LastAt.After(*storm.RestoredAt) {
			t.Fatalf("the storm does not go on: %+v", storm)
		}
		w.restore(t, ``, admin.LossCounts{Users: 1}, admin.LossCounts{Users: 1})
		for i, want := range map[int]any{0: false, 1: true, 20: true} {
			if got := w.must(t, 200, "GET", "/Users/"+w.people[i], "")["active"]; got != want {
				t.Errorf("person %d is active: %v, want %v", i, got, want)
			}
		}
	})
}

func TestARestoreThatIsCutShortIsOnRecord(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		cut := func() {}
		s := storetest.Open(t, databaseURL, store.Options{Trace: func(sql string) {
			if strings.HasPrefix(strings.ReplaceAll(sql, "`", `"`), `INSERT INTO "users"`) {
				cut()
			}
		}})
		w := newStormy(t, s)
		handler := admin.New(admin.Config{Store: s, SignIn: access.NewAdmins(adminToken, s), Log: discard()})
		ctx, cancel := context.WithCancel(t.Context())
		cut = cancel // the first of the users, after the groups
		r := httptest.NewRequestWithContext(ctx, "POST", w.storm+"/restore", strings.NewReader(`{"only":["groups","users"]}`))
		r.Header.Set("Authorization", "Bearer "+adminToken)
		r.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		if got := w.shown(t); answer.Code != 503 || got.Groups != 12 || got.Inactive != 10 {
			t.Errorf("answered %d, and shows %+v", answer.Code, got)
		}
		began := w.events(t, "action=storm.restoring")
		if len(began) != 1 || !strings.HasSuffix(w.storm, began[0].Target) || len(w.events(t, "action=storm.restored")) != 0 {
			t.Errorf("the trail tells %+v", began)
		}
		w.restore(t, ``, admin.LossCounts{Users: 20, Memberships: 1}, admin.LossCounts{})
	})
}

func TestWhatAStormTookIsListedInPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newStormy(t, s)
		if got := w.walk(t, w.storm+"/items", 3); len(got) != 32 || got[0] != w.people[0] || got[1] != w.people[10] {
			t.Errorf("%d items, first %v", len(got), got[:2])
		}
		var page admin.StormItemPage
		w.get(t, w.storm+"/items?limit=200", &page)
		last := page.Items[31]
		want := admin.StormItem{
			Kind: "memberships", Action: "ended", ID: w.everybody, MemberIds: []string{w.people[22]}, At: last.At, Origin: last.Origin,
		}
		if diff := cmp.Diff(want, last); diff != "" {
			t.Errorf("the last item (-want +got):\n%s", diff)
		}
		if first := page.Items[0]; first.Name != "person0@contoso.example" || first.Action != "deactivated" {
			t.Errorf("the first item: %+v", first)
		}
		for _, path := range []string{"/items", "", "/restore"} {
			method := "GET"
			if path == "/restore" {
				method = "POST"
			}
			w.refused(t, 404, "not-found", "", method, w.directory+"/storms/"+nowhere+path, "")
		}
	})
}
