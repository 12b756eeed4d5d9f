package push_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/push"
	"scimbridge/reconcile"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// watched is a server with a watch for storms, a clock that can be put forward, and a log.
type watched struct {
	*server
	watch *push.StormWatch
	later *atomic.Int64 // in microseconds
	log   *output
}

type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(line)
}

func (o *output) lines(level string) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Count(o.text.String(), `"level":"`+level+`"`)
}

func eachWatched(t *testing.T, f func(t *testing.T, w *watched)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		w := &watched{later: &atomic.Int64{}, log: &output{}}
		db := storetest.Open(t, databaseURL, store.Options{Now: func() models.Instant {
			return models.At(time.Now()).Add(time.Duration(w.later.Load()) * time.Microsecond)
		}})
		w.watch = push.NewStormWatch(db, slog.New(slog.NewJSONHandler(w.log, nil)))
		w.server = serveWatched(t, db, models.DefaultSettings(), w.watch)
		f(t, w)
	})
}

func (w *watched) pass(d time.Duration) { w.later.Add(d.Microseconds()) }

// storms are those of the directory, newest first, without ids and times.
func (w *watched) storms(t *testing.T) []models.Storm {
	t.Helper()
	storms, err := w.store.Storms(t.Context(), w.directory.ID, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for i := range storms {
		s := &storms[i]
		if s.TokenID == "" || s.BeganAt == 0 || s.LastAt < s.BeganAt || s.EndedAt != 0 && s.EndedAt <= s.LastAt {
			t.Errorf("a storm of %q from %d to %d, ended %d", s.TokenID, s.BeganAt, s.LastAt, s.EndedAt)
		}
		*s = models.Storm{PushLosses: s.PushLosses, Reasons: s.Reasons}
	}
	return storms
}

func (w *watched) expect(t *testing.T, when string, want ...models.Storm) {
	t.Helper()
	if diff := cmp.Diff(append([]models.Storm{}, want...), w.storms(t)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

func (w *watched) deactivate(t *testing.T, ids ...string) {
	t.Helper()
	for _, id := range ids {
		w.must(t, http.StatusOK, "PATCH", "/Users/"+id, patchBody(`{"op":"replace","path":"active","value":false}`))
	}
}

func (w *watched) stormChanges(t *testing.T) (actions []models.Action) {
	t.Helper()
	changes, err := w.store.Changes(t.Context(), w.directory.ID, 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		if c.Kind == "storm" {
			actions = append(actions, c.Action)
		}
	}
	return actions
}

func TestAStormIsAppliedAndTold(t *testing.T) {
	t.Parallel()
	eachWatched(t, func(t *testing.T, w *watched) {
		all := people(t, w.server, 60)
		w.deactivate(t, all[:10]...)
		w.watch.Look(t.Context())
		w.expect(t, "ten of sixty are within the limits")
		w.deactivate(t, all[:11]...) // ten of them again
		w.watch.Look(t.Context())
		storm := models.Storm{PushLosses: models.PushLosses{UsersDeactivated: 11},
			Reasons: models.Texts{"11 of 60 users deactivated or removed within an hour, more than 10 and more than 10 %"}}
		w.expect(t, "eleven are not", storm)
		w.shows(t, "/Users/"+all[10], map[string]any{"active": false}) // it was applied
		w.must(t, http.StatusNoContent, "DELETE", "/Users/"+all[0], "")
		w.must(t, http.StatusNoContent, "DELETE", "/Users/"+all[20], "")
		w.watch.Look(t.Context())
		storm.UsersRemoved = 2
		w.expect(t, "it goes on", storm)
		w.pass(61 * time.Minute)
		w.watch.Follow(t.Context())
		w.watch.Follow(t.Context())
		w.expect(t, "an hour later it has ended", storm)
		w.deactivate(t, all[30:40]...)
		w.watch.Look(t.Context())
		w.expect(t, "what it took does not count for another", storm)
		if diff := cmp.Diff([]models.Action{models.Began, models.Ended}, w.stormChanges(t)); diff != "" {
			t.Errorf("the feed (-want +got):\n%s", diff)
		}
		if warned := w.log.lines("WARN"); warned != 1 || w.watch.Began() != 1 {
			t.Errorf("warned %d times of %d storms", warned, w.watch.Began())
		}
	})
}

func TestGroupsAndMembershipsMakeStormsToo(t *testing.T) {
	t.Parallel()
	eachWatched(t, func(t *testing.T, w *watched) {
		all := people(t, w.server, 101)
		group := w.group(t, "Everybody", all...)
		w.must(t, http.StatusNoContent, "PATCH", "/Groups/"+group, patchBody(`{"op":"remove","path":"members"}`))
		var groups []string
		for i := range 11 {
			groups = append(groups, w.group(t, fmt.Sprint("Group ", i)))
		}
		for _, id := range groups {
			w.must(t, http.StatusNoContent, "DELETE", "/Groups/"+id, "")
		}
		w.watch.Look(t.Context())
		w.expect(t, "a group is emptied and others go", models.Storm{
			PushLosses: models.PushLosses{GroupsRemoved: 11, MembershipsEnded: 101},
			Reasons: models.Texts{
				"11 of 12 groups removed within an hour, more than 10 and more than 10 %",
				"101 of 101 memberships ended within an hour, more than 100 and more than 10 %",
			}})
	})
}

func TestManyLossesOfALongTimeAreNoStorm(t *testing.T) {
	t.Parallel()
	eachWatched(t, func(t *testing.T, w *watched) {
		all := people(t, w.server, 60)
		for i := range 4 {
			w.deactivate(t, all[5*i:5*i+5]...)
			w.watch.Look(t.Context())
			w.pass(31 * time.Minute)
		}
		w.expect(t, "five each half an hour")
	})
}

// A watch that begins finds what was lost before: the program may have ended in between.
func TestAStormIsFoundAfterARestart(t *testing.T) {
	t.Parallel()
	eachWatched(t, func(t *testing.T, w *watched) {
		w.deactivate(t, people(t, w.server, 20)...)
		again := push.NewStormWatch(w.store, slog.New(slog.DiscardHandler))
		again.Lost(w.directory.ID, w.directory.ID)
		again.Look(t.Context())
		w.watch.Look(t.Context()) // the other replica adds nothing
		if got := w.storms(t); len(got) != 1 || again.Began()+w.watch.Began() != 1 {
			t.Errorf("%d storms, told %d and %d times", len(got), again.Began(), w.watch.Began())
		}
	})
}

func TestWatchingForStormsTakesNoStatement(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		r := &recorder{}
		db := storetest.Open(t, databaseURL, store.Options{Trace: r.tell})
		s := serveWatched(t, db, models.DefaultSettings(), push.NewStormWatch(db, slog.New(slog.DiscardHandler)))
		s.get(t, "/Users?count=0")
		id := s.named(t, "mira@contoso.example")
		for _, statement := range r.of(func() {
			s.must(t, http.StatusNoContent, "DELETE", "/Users/"+id, "")
		}) {
			if strings.Contains(statement, "storms") || strings.Contains(statement, "FROM changes") {
				t.Errorf("a DELETE asks %s", statement)
			}
		}
	})
}

func TestTheLimitsOfStormsAreTheGuards(t *testing.T) {
	guard := models.DefaultSettings().Guard
	for name, c := range map[string]struct {
		lost, total models.Losses
		storms      int
	}{
		"nothing":                           {models.Losses{}, models.Losses{Users: 5}, 0},
		"ten of eleven users":               {models.Losses{Users: 10}, models.Losses{Users: 11}, 0},
		"eleven of a hundred and ten":       {models.Losses{Users: 11}, models.Losses{Users: 110}, 0},
		"eleven of a hundred and nine":      {models.Losses{Users: 11}, models.Losses{Users: 109}, 1},
		"the ceiling":                       {models.Losses{Users: 500}, models.Losses{Users: 100_000}, 0},
		"above the ceiling":                 {models.Losses{Users: 501}, models.Losses{Users: 100_000}, 1},
		"groups, and a hundred members":     {models.Losses{Groups: 11, Memberships: 100}, models.Losses{Groups: 20, Memberships: 200}, 1},
		"groups, and more than a hundred":   {models.Losses{Groups: 11, Memberships: 101}, models.Losses{Groups: 20, Memberships: 200}, 2},
		"a hundred and one of a million":    {models.Losses{Memberships: 101}, models.Losses{Memberships: 1_000_000}, 0},
		"a hundred thousand of a million":   {models.Losses{Memberships: 100_000}, models.Losses{Memberships: 1_000_000}, 0},
		"a little more than that, in edges": {models.Losses{Memberships: 100_001}, models.Losses{Memberships: 1_000_000}, 1},
	} {
		reasons := reconcile.Storming(guard, c.lost, c.total)
		if len(reasons) != c.storms || len(reasons) > 0 && !reconcile.MayStorm(guard, c.lost) {
			t.Errorf("%s: %q", name, reasons)
		}
	}
}

func TestAPOSTThatDeactivatesWhomThePullBroughtCounts(t *testing.T) {
	t.Parallel()
	eachWatched(t, func(t *testing.T, w *watched) {
		for i := range 12 {
			someone := ada()
			someone.ObjectID, someone.UserName = fmt.Sprintf("9a0e5d1c-22b8-4a37-8f0e-%012d", i), fmt.Sprintf("person%d@contoso.example", i)
			w.pulled(t, someone)
			w.must(t, http.StatusCreated, "POST", "/Users", fmt.Sprintf(
				`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"externalId":%q,"active":false}`, someone.UserName, someone.ObjectID))
		}
		w.watch.Look(t.Context())
		w.expect(t, "twelve of twelve are too many", models.Storm{PushLosses: models.PushLosses{UsersDeactivated: 12},
			Reasons: models.Texts{"12 of 12 users deactivated or removed within an hour, more than 10 and more than 10 %"}})
	})
}
