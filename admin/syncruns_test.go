package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/admin"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestARunIsStartedWatchedAndCancelled(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newGraph(t)
		runs := directory + "/sync-runs"
		first := b.must(t, 202, "POST", runs, `{"kind":"incremental","dryRun":true}`)
		path := first.header.Get("Location")
		if !strings.Contains(string(first.body), `"dryRun":true`) || first.read(t, "state") != "queued" || first.read(t, "kind") != "incremental" {
			t.Errorf("started %s", first.body)
		}
		busy := b.refused(t, 409, "run-under-way", "", "POST", runs, `{"kind":"full"}`)
		if !strings.Contains(busy.Detail, first.read(t, "id")) {
			t.Errorf("the problem does not name the run that is under way: %s", busy.Detail)
		}
		b.must(t, 202, "POST", b.newGraph(t)+"/sync-runs", `{"kind":"full"}`) // another directory's does not wait
		for _, verb := range []string{"approve", "reject"} {
			b.refused(t, 409, "run-not-held", "", "POST", path+"/"+verb, "")
		}
		if got := b.must(t, 202, "POST", path+"/cancel", ""); got.read(t, "state") != "cancelled" {
			t.Errorf("cancelled %s", got.body)
		}
		b.refused(t, 409, "run-ended", "", "POST", path+"/cancel", "{}")
		second := b.must(t, 202, "POST", runs, `{"kind":"full"}`)
		if got, want := b.walk(t, runs, 1), []string{second.read(t, "id"), first.read(t, "id")}; !slices.Equal(got, want) {
			t.Errorf("runs %v, not %v", got, want)
		}
	})
}

func TestAHeldRunIsDecidedByAnAdmin(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for verb, body := range map[string]string{"approve": `{"only":["users"]}`, "reject": ""} {
			b := newBridge(t, s)
			directory := b.newGraph(t)
			path := b.must(t, 202, "POST", directory+"/sync-runs", `{"kind":"full"}`).header.Get("Location")
			run, ok, err := s.ClaimRun(context.Background(), idOf(directory), idOf(path), "a test")
			if !ok || err != nil {
				t.Fatal(ok, err)
			}
			run.State, run.Doubts = models.Held, models.Texts{"too many"}
			if _, err := s.EndRun(context.Background(), run, nil); err != nil {
				t.Fatal(err)
			}
			if held := b.must(t, 200, "GET", path, ""); held.read(t, "state") != "held" || !strings.Contains(string(held.body), `"doubts":["too many"]`) {
				t.Errorf("held: %s", held.body)
			}
			if got := b.must(t, 202, "POST", path+"/"+verb, body); got.read(t, "state") != "queued" {
				t.Errorf("%s answered %s", verb, got.body)
			}
			stored, err := s.Run(context.Background(), idOf(directory), idOf(path))
			if err != nil {
				t.Fatal(err)
			}
			want := models.Decision{}
			if verb == "approve" {
				want = models.Decision{Approve: true, Only: []string{"users"}}
			}
			if diff := cmp.Diff(&want, stored.Decision); diff != "" {
				t.Errorf("%s: decision differs (-want +got):\n%s", verb, diff)
			}
		}
	})
}

func TestARunningRunIsAskedToStop(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newGraph(t)
		path := b.must(t, 202, "POST", directory+"/sync-runs", `{"kind":"full"}`).header.Get("Location")
		if _, ok, err := s.ClaimRun(context.Background(), idOf(directory), idOf(path), "a test"); !ok || err != nil {
			t.Fatal(ok, err)
		}
		got := b.must(t, 202, "POST", path+"/cancel", "")
		if got.read(t, "state") != "running" || !strings.Contains(string(got.body), `"cancelRequested":true`) {
			t.Errorf("answered %s", got.body)
		}
	})
}

func TestItemsComeInPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newGraph(t)
		path := b.must(t, 202, "POST", directory+"/sync-runs", `{"kind":"full"}`).header.Get("Location")
		var items []models.Item
		var want []string
		for i := range 11 {
			want = append(want, fmt.Sprintf("00000000-0000-7000-8000-%012d", i))
			items = append(items, models.Item{
				DirectoryID: idOf(directory), RunID: idOf(path), Kind: "user", Action: models.Created, RecordID: models.Optional(want[i]),
			})
		}
		err := s.InTx(context.Background(), idOf(directory), func(tx *store.Tx) error { return tx.AppendItems(slices.Clone(items)) })
		if err != nil {
			t.Fatal(err)
		}
		if got := b.walk(t, path+"/items", 4); !slices.Equal(got, want) {
			t.Errorf("items %v, not %v", got, want)
		}
	})
}

func TestBadRunsAreNotStarted(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	directory := b.newGraph(t)
	for body, field := range map[string]string{
		`{}`:                             "kind",
		`{"kind":"partial"}`:             "kind",
		`{"kind":"full","dryRun":"no"}`:  "dryRun",
		`{"kind":"full","dry_run":true}`: "dry_run",
	} {
		b.refused(t, 400, "invalid", field, "POST", directory+"/sync-runs", body)
	}
	path := b.must(t, 202, "POST", directory+"/sync-runs", `{"kind":"full"}`).header.Get("Location")
	b.refused(t, 400, "invalid", "only[1]", "POST", path+"/approve", `{"only":["users","people"]}`)
	b.refused(t, 400, "invalid", "why", "POST", path+"/reject", `{"why":"because"}`)
}

func TestWhatBelongsToAnotherDirectoryIsNotThere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		mine, other := b.newGraph(t), b.newGraph(t)
		token := idOf(b.must(t, 201, "POST", mine+"/scim-tokens", `{"name":"Entra","access":"write"}`).header.Get("Location"))
		run := idOf(b.must(t, 202, "POST", mine+"/sync-runs", `{"kind":"full"}`).header.Get("Location"))
		for _, try := range [][2]string{
			{"GET", "/scim-tokens/" + token},
			{"DELETE", "/scim-tokens/" + token},
			{"GET", "/sync-runs/" + run},
			{"GET", "/sync-runs/" + run + "/items"},
			{"POST", "/sync-runs/" + run + "/cancel"},
			{"POST", "/sync-runs/" + run + "/approve"},
			{"POST", "/sync-runs/" + run + "/reject"},
		} {
			b.refused(t, 404, "not-found", "", try[0], other+try[1], "")
		}
		b.must(t, 200, "GET", mine+"/scim-tokens/"+token, "")
		if got := b.must(t, 200, "GET", mine+"/sync-runs/"+run, ""); got.read(t, "state") != "queued" {
			t.Errorf("cancelled through another directory: %s", got.body)
		}
		if got := b.walk(t, other+"/scim-tokens", 50); len(got) != 0 {
			t.Errorf("another directory lists %v", got)
		}
	})
}

func TestPushIsSwitchedOffAndOnAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		runs := func() string { return string(b.must(t, 200, "GET", directory+"/sync-runs", "").body) }
		b.refused(t, 409, "path-in-use", "", "POST", directory+"/sync-runs", `{"kind":"endPush"}`)
		b.refused(t, 400, "invalid", "push.enabled", "PATCH", directory, `{"push":{}}`)
		b.must(t, 200, "PATCH", directory, `{"push":{"enabled":true}}`)
		if strings.Contains(runs(), "endPush") {
			t.Fatal("push was on, and its end was started")
		}
		off := b.must(t, 200, "PATCH", directory, `{"push":{"enabled":false}}`)
		if !strings.Contains(string(off.body), `"push":{"enabled":false}`) || strings.Count(runs(), `"kind":"endPush"`) != 1 {
			t.Fatalf("push is off: %s, with the runs %s", off.body, runs())
		}
		b.must(t, 200, "PATCH", directory, `{"push":{"enabled":false}}`)
		b.refused(t, 409, "run-under-way", "", "PATCH", directory, `{"push":{"enabled":true}}`)
		var page admin.SyncRunPage
		if err := json.Unmarshal([]byte(runs()), &page); err != nil || len(page.Items) != 1 {
			t.Fatalf("%v in %s", err, runs())
		}
		b.must(t, 202, "POST", directory+"/sync-runs/"+page.Items[0].ID+"/cancel", "{}")
		b.must(t, 202, "POST", directory+"/sync-runs", `{"kind":"endPush"}`)
	})
}

func TestTheEndOfAPathInUseIsPlannedOnly(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newGraph(t)
		b.refused(t, 409, "path-in-use", "", "POST", directory+"/sync-runs", `{"kind":"endPull"}`)
		b.must(t, 202, "POST", directory+"/sync-runs", `{"kind":"endPull","dryRun":true}`)
	})
}

func TestRunsAreListedByStateAndTime(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		b := newBridge(t, steady(t, databaseURL))
		directory := b.newGraph(t)
		var times []string
		for range 3 {
			run := b.must(t, 202, "POST", directory+"/sync-runs", `{"kind":"full"}`)
			times = append(times, run.read(t, "requestedAt"))
			b.must(t, 202, "POST", run.header.Get("Location")+"/cancel", "{}")
		}
		b.must(t, 202, "POST", directory+"/sync-runs", `{"kind":"full"}`)
		for query, want := range map[string]int{
			"":                                     4,
			"state=cancelled":                      3,
			"state=queued":                         1,
			"state=held":                           0,
			"from=" + times[1]:                     3,
			"to=" + times[1]:                       1,
			"from=" + times[1] + "&to=" + times[2]: 1,
			"state=cancelled&from=" + times[2]:     1,
		} {
			if got := len(b.walkQuery(t, directory+"/sync-runs?"+query)); got != want {
				t.Errorf("%q lists %d runs, not %d", query, got, want)
			}
		}
		b.refused(t, 400, "invalid", "state", "GET", directory+"/sync-runs?state=lost", "")
		b.refused(t, 400, "invalid", "from", "GET", directory+"/sync-runs?from=today", "")
	})
}
