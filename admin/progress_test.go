package admin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"scimbridge/admin"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// watcher reads a stream of server-sent events.
type watcher struct {
	t     *testing.T
	lines *bufio.Scanner
}

func (b *bridge) watch(t *testing.T, run string) watcher {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+run+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+adminToken)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	if media := answer.Header.Get("Content-Type"); answer.StatusCode != 200 || media != "text/event-stream" {
		t.Fatalf("%d %s", answer.StatusCode, media)
	}
	return watcher{t, bufio.NewScanner(answer.Body)}
}

// next is the run as the next event shows it; ok is false at the end of the stream.
func (w watcher) next() (run admin.SyncRun, ok bool) {
	w.t.Helper()
	for w.lines.Scan() {
		data, found := strings.CutPrefix(w.lines.Text(), "data: ")
		if !found {
			continue
		}
		if err := json.Unmarshal([]byte(data), &run); err != nil {
			w.t.Fatal(err)
		}
		return run, true
	}
	return run, false
}

func TestARunIsWatchedToItsEnd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newGraph(t)
		run := b.must(t, 202, "POST", directory+"/sync-runs", `{"kind":"full"}`).header.Get("Location")
		w := b.watch(t, run)
		if first, ok := w.next(); !ok || first.State != "queued" {
			t.Fatalf("first %+v, %v", first, ok)
		}
		fail(t, s, directory, idOf(run))
		last, ok := w.next()
		for ok && last.State != "failed" {
			last, ok = w.next()
		}
		if !ok || last.Error == nil || last.Counts.Users.Created != 2 {
			t.Errorf("last %+v", last)
		}
		if more, ok := w.next(); ok {
			t.Errorf("after the end: %+v", more)
		}
	})
}

func TestAStreamEndsSoThatClientsConnectAgain(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	run := b.must(t, 202, "POST", b.newGraph(t)+"/sync-runs", `{"kind":"full"}`).header.Get("Location")
	w := b.watch(t, run)
	if _, ok := w.next(); !ok {
		t.Fatal("no event")
	}
	if _, ok := w.next(); ok {
		t.Error("an event although nothing changed")
	}
	b.refused(t, 404, "not-found", "", "GET", strings.Replace(run, idOf(run), nowhere, 1)+"/events", "")
	if _, err := b.store.CancelRun(context.Background(), strings.Split(run, "/")[4], idOf(run)); err != nil {
		t.Fatal(err)
	}
	if ended, ok := b.watch(t, run).next(); !ok || ended.State != "cancelled" {
		t.Errorf("an ended run is shown as %+v", ended)
	}
}
