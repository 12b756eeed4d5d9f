package admin_test

import (
	"encoding/json"
	"net/url"
	"strconv"
	"testing"

	"scimbridge/store"
	"scimbridge/store/storetest"
)

// walk reads a list page by page and answers the ids of its entries.
func (b *bridge) walk(t testing.TB, path string, limit int) []string {
	t.Helper()
	var ids []string
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	for {
		var page struct {
			Items      []struct{ ID string }
			NextCursor *string
		}
		got := b.must(t, 200, "GET", path+"?"+query.Encode(), "")
		if err := json.Unmarshal(got.body, &page); err != nil {
			t.Fatalf("%v: %s", err, got.body)
		}
		if len(page.Items) > limit {
			t.Fatalf("%d entries on a page of %d", len(page.Items), limit)
		}
		for _, item := range page.Items {
			ids = append(ids, item.ID)
		}
		if page.NextCursor == nil {
			return ids
		}
		query.Set("cursor", *page.NextCursor)
	}
}

func TestAnEmptyCursorBeginsTheList(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	b.newDirectory(t)
	if first, begun := b.must(t, 200, "GET", "/api/v1/directories", ""), b.must(t, 200, "GET", "/api/v1/directories?cursor=", ""); string(first.body) != string(begun.body) {
		t.Errorf("%s, not %s", begun.body, first.body)
	}
}

func TestBadPagesAreRefused(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	directory := b.newGraph(t)
	run := b.must(t, 202, "POST", directory+"/sync-runs", `{"kind":"full"}`).header.Get("Location")
	for _, list := range []string{"/api/v1/directories", directory + "/scim-tokens", directory + "/sync-runs", run + "/items", directory + "/users", directory + "/groups", directory + "/scim-clients", directory + "/storms", directory + "/findings", "/api/v1/admin-tokens", "/api/v1/audit-events"} {
		for query, field := range map[string]string{
			"limit=0":            "limit",
			"limit=-1":           "limit",
			"limit=201":          "limit",
			"limit=all":          "limit",
			"limit=":             "limit",
			"limit=1&limit=2000": "limit",
			"cursor=%00":         "cursor",
			"cursor=bm9uZQ":      "cursor", // "none"
			"cursor=LTE":         "cursor", // "-1"
			"cursor=!":           "cursor",
		} {
			b.refused(t, 400, "invalid", field, "GET", list+"?"+query, "")
		}
	}
}
