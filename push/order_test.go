package push_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/scim"
	"scimbridge/scim/filter"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestDemand091And092ListsAreSortedByTypeAndCase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		populate(t, s)
		all := documents(t, s, "/Users")
		for sortBy, key := range map[string]func(map[string]any) string{
			"userName":        func(d map[string]any) string { return textOf(d["userName"]) },
			"externalId":      func(d map[string]any) string { exact, _ := d["externalId"].(string); return exact },
			"title":           func(d map[string]any) string { return textOf(d["title"]) },
			"name.familyName": func(d map[string]any) string { return textOf(sub(d["name"], "familyName")) },
			"emails":          func(d map[string]any) string { return textOf(sub(first(d["emails"]), "value")) },
			"meta.created":    func(d map[string]any) string { return textOf(sub(d["meta"], "created")) },
			"active":          func(d map[string]any) string { return fmt.Sprint(d["active"]) },
			"":                func(map[string]any) string { return "" },
		} {
			for _, order := range []string{"ascending", "descending"} {
				if want, got := sorted(all, key, order == "descending"), s.walk(t, "/Users?attributes=id&sortBy="+sortBy+"&sortOrder="+order, 7); !slices.Equal(want, got) {
					t.Errorf("%s %s differs (-documents +pages by cursor):\n%s", sortBy, order, cmp.Diff(want, got))
				}
			}
		}
	})
}

func textOf(v any) string { text, _ := v.(string); return filter.Fold(text) }

func sub(v any, name string) any { object, _ := v.(map[string]any); return object[name] }

func first(v any) any {
	if list, _ := v.([]any); len(list) > 0 {
		return list[0]
	}
	return nil
}

// sorted are the ids of documents in an order; nothing is more than anything.
func sorted(all []map[string]any, key func(map[string]any) string, descending bool) []string {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b map[string]any) int {
		x, y := key(a), key(b)
		c := strings.Compare(x, y)
		switch {
		case x == "" && y != "":
			c = 1
		case x != "" && y == "":
			c = -1
		}
		if descending {
			c = -c
		}
		return c
	})
	var ids []string
	for _, d := range all {
		ids = append(ids, d["id"].(string))
	}
	return ids
}

// cursorPage is a page by cursor.
func (s *server) cursorPage(t testing.TB, path, cursor string) (ids []string, next, previous string) {
	t.Helper()
	list := s.get(t, path+"&cursor="+url.QueryEscape(cursor))
	for _, r := range list["Resources"].([]any) {
		ids = append(ids, r.(map[string]any)["id"].(string))
	}
	next, _ = list["nextCursor"].(string)
	previous, _ = list["previousCursor"].(string)
	return ids, next, previous
}

// walk reads a list by cursor to its end, and back again: the same pages.
func (s *server) walk(t testing.TB, path string, count int) []string {
	t.Helper()
	path += fmt.Sprint("&count=", count)
	var all []string
	var pages [][]string
	ids, next, back := s.cursorPage(t, path, "")
	if back != "" {
		t.Errorf("%s: the first page has a previousCursor (demand 100)", path)
	}
	for pages, all = append(pages, ids), append(all, ids...); next != ""; pages, all = append(pages, ids), append(all, ids...) {
		if len(ids) != count {
			t.Errorf("%s: a page that is not the last has %d (demand 99)", path, len(ids))
		}
		ids, next, back = s.cursorPage(t, path, next)
	}
	for i := len(pages) - 2; i >= 0; i-- {
		if back == "" {
			t.Fatalf("%s: no way back to page %d", path, i+1)
		}
		ids, _, back = s.cursorPage(t, path, back)
		if !slices.Equal(ids, pages[i]) {
			t.Errorf("%s: page %d is another on the way back", path, i+1)
		}
	}
	if back != "" {
		t.Errorf("%s: the first page has a previousCursor on the way back", path)
	}
	return all
}

func TestDemand099PagesByCursorStayStableWhileOthersWrite(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		var stay, leave []string
		for i := range 30 {
			id := s.named(t, fmt.Sprintf("person%02d@contoso.example", i))
			if i%3 == 0 {
				leave = append(leave, id)
			} else {
				stay = append(stay, id)
			}
		}
		for _, path := range []string{"/Users?count=4", "/Users?count=4&sortBy=userName&sortOrder=descending"} {
			var seen []string
			cursor := ""
			for n := 0; ; n++ {
				ids, next, _ := s.cursorPage(t, path, cursor)
				seen = append(seen, ids...)
				if cursor = next; cursor == "" {
					break
				}
				s.must(t, http.StatusNoContent, "DELETE", "/Users/"+leave[0], "")
				leave = append(leave[1:], s.named(t, fmt.Sprintf("%c-newcomer%d@contoso.example", 'a'+rune(n*5%26), len(seen)+1000*len(path))))
			}
			for _, id := range stay {
				if n := count(seen, id); n != 1 {
					t.Errorf("%s: someone who was there all the time was seen %d times", path, n)
				}
			}
		}
	})
}

func count(all []string, one string) (n int) {
	for _, id := range all {
		if id == one {
			n++
		}
	}
	return n
}

func TestDemand103And110CursorsThatAreNotOfThisListAreRefused(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		var late atomic.Int64
		clock := func() models.Instant { return models.At(time.Now()).Add(time.Duration(late.Load())) }
		s := serve(t, storetest.Open(t, databaseURL, store.Options{Now: clock}), models.DefaultSettings())
		for i := range 6 {
			s.named(t, fmt.Sprintf("person%d@contoso.example", i))
		}
		_, cursor, _ := s.cursorPage(t, "/Users?count=2", "")
		forged := []byte(cursor)
		forged[len(forged)-3] ^= 1
		refuse := func(what, path, scimType string) {
			t.Helper()
			if r := s.do(t, "GET", path, ""); r.status != 400 || r.object(t)["scimType"] != scimType {
				t.Errorf("%s: %d %s", what, r.status, r.body)
			}
		}
		refuse("forged", "/Users?count=2&cursor="+string(forged), "invalidCursor")
		refuse("invented", "/Users?count=2&cursor=1", "invalidCursor")
		refuse("of another list", "/Users?count=2&filter=active+eq+true&cursor="+cursor, "invalidCursor")
		refuse("of another order", "/Users?count=2&sortBy=userName&cursor="+cursor, "invalidCursor")
		refuse("of another type", "/Groups?count=2&cursor="+cursor, "invalidCursor")
		refuse("with another count", "/Users?count=3&cursor="+cursor, "invalidCount")
		refuse("with too much", "/Users?count=100000&cursor=", "invalidCount")
		other := *s
		other.directory, other.write, other.read = directory(t, s.store, models.DefaultSettings())
		if r := other.do(t, "GET", "/Users?count=2&cursor="+cursor, ""); r.status != 400 || r.object(t)["scimType"] != "invalidCursor" {
			t.Errorf("of another directory: %d %s", r.status, r.body)
		}
		if strings.Trim(cursor, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~") != "" {
			t.Errorf("a cursor has characters that are reserved in URLs (demand 98): %s", cursor)
		}
		late.Store(int64(scim.CursorLife + time.Minute))
		refuse("expired", "/Users?count=2&cursor="+cursor, "expiredCursor")
	})
}

func TestTotalsAreExactWhileManyWrite(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		var writers sync.WaitGroup
		for w := range 8 {
			writers.Add(1)
			go func() {
				defer writers.Done()
				for i := range 6 {
					id := s.named(t, fmt.Sprintf("person%d-%d@contoso.example", w, i))
					group := s.group(t, fmt.Sprintf("Group %d-%d", w, i), id)
					if i%2 == 0 {
						s.do(t, "DELETE", "/Users/"+id, "")
					}
					if i%3 == 0 {
						s.do(t, "DELETE", "/Groups/"+group, "")
					}
				}
			}()
		}
		writers.Wait()
		for path, want := range map[string]float64{"/Users": 24, "/Groups": 32} {
			if got := s.get(t, path+"?count=0")["totalResults"]; got != want {
				t.Errorf("%s: totalResults %v, want %v", path, got, want)
			}
			if got := s.get(t, path+"?count=1&startIndex=2")["totalResults"]; got != want {
				t.Errorf("%s, one page: totalResults %v, want %v", path, got, want)
			}
		}
		if err := s.store.DeleteDirectory(t.Context(), s.directory.ID); err != nil {
			t.Error(err)
		}
	})
}
