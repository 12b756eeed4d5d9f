package admin_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"scimbridge/store"
	"scimbridge/store/storetest"
)

func keyed(key string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Idempotency-Key", key) }
}

func TestARepeatedPostIsDoneOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		first := b.must(t, 201, "POST", "/api/v1/directories", `{"name":"Contoso"}`, keyed("k1"))
		again := b.must(t, 201, "POST", "/api/v1/directories", `{"name":"Contoso"}`, keyed("k1"))
		if string(first.body) != string(again.body) || first.header.Get("Location") != again.header.Get("Location") ||
			first.header.Get("ETag") != again.header.Get("ETag") || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("first %v %s\nagain %v %s", first.header, first.body, again.header, again.body)
		}
		b.must(t, 201, "POST", "/api/v1/directories", `{"name":"Contoso"}`, keyed("k2"))
		if got := b.walk(t, "/api/v1/directories", 50); len(got) != 2 {
			t.Errorf("%d directories", len(got))
		}
		b.refused(t, 422, "idempotency-key-reused", "Idempotency-Key", "POST", "/api/v1/directories", `{"name":"Fabrikam"}`, keyed("k1"))
		b.refused(t, 400, "invalid", "Idempotency-Key", "POST", "/api/v1/directories", `{"name":"x"}`, keyed(strings.Repeat("k", 201)))

		path := first.header.Get("Location") + "/scim-tokens"
		issued := b.must(t, 201, "POST", path, `{"name":"Entra","access":"write"}`, keyed("k3")).read(t, "token")
		if same := b.must(t, 201, "POST", path, `{"name":"Entra","access":"write"}`, keyed("k3")).read(t, "token"); same != issued {
			t.Error("another token was issued")
		}
		var stored string
		if err := s.SQL().QueryRow("SELECT sealed_body FROM idempotency_keys WHERE key = 'k3'").Scan(&stored); err != nil || strings.Contains(stored, issued) {
			t.Errorf("stored %q, %v", stored, err)
		}
	})
}

func TestARefusedPostMayBeCorrectedUnderItsKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		b.refused(t, 400, "invalid", "name", "POST", "/api/v1/directories", `{"name":""}`, keyed("k"))
		b.must(t, 201, "POST", "/api/v1/directories", `{"name":"Contoso"}`, keyed("k"))
	})
}

func TestTwoWhoUseOneKeyDoNotMeet(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		other := b.must(t, 201, "POST", "/api/v1/admin-tokens", `{"name":"another","access":"write"}`).read(t, "token")
		mine := b.must(t, 201, "POST", "/api/v1/directories", `{"name":"Contoso"}`, keyed("k")).read(t, "id")
		theirs := b.must(t, 201, "POST", "/api/v1/directories", `{"name":"Contoso"}`, keyed("k"), token("Bearer "+other)).read(t, "id")
		if mine == theirs {
			t.Error("one got the answer of the other")
		}
	})
}

func TestPostsAtOnceUnderOneKeyAreDoneOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				got := b.ask(t, "POST", "/api/v1/directories", `{"name":"Contoso"}`, keyed("k"))
				if got.status != 201 && got.status != 409 {
					t.Errorf("%d %s", got.status, got.body)
				}
			})
		}
		all.Wait()
		if got := b.walk(t, "/api/v1/directories", 50); len(got) != 1 {
			t.Errorf("%d directories", len(got))
		}
	})
}
