package admin_test

import (
	"strings"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestThePurgesOfADirectoryAreListed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		mine, other := b.newDirectory(t), b.newDirectory(t)
		past := models.At(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
		for i, id := range []string{s.NewID(), s.NewID(), s.NewID()} {
			request := models.ScimRequest{DirectoryID: idOf(mine), ID: id, At: past + models.Instant(i), Method: "GET"}
			if err := s.WriteRequests(t.Context(), idOf(mine), []models.ScimRequest{request}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.PurgeRequests(t.Context(), idOf(mine), past+models.Instant(i)+1); err != nil {
				t.Fatal(err)
			}
		}
		if got := b.walk(t, mine+"/purges", 2); len(got) != 3 {
			t.Errorf("%d purges are listed", len(got))
		}
		body := string(b.must(t, 200, "GET", mine+"/purges?limit=1", "").body)
		for _, part := range []string{`"kind":"requests"`, `"count":1`, `"olderThan":"2020-01-01T00:00:00.000003Z"`, `"recordId":null`} {
			if !strings.Contains(body, part) {
				t.Errorf("%s is not in %s", part, body)
			}
		}
		for _, path := range []string{other + "/purges", "/api/v1/purges"} {
			if got := b.walk(t, path, 2); len(got) != 0 {
				t.Errorf("%s lists %d purges", path, len(got))
			}
		}
	})
}

func TestAReaderOfTheFeedLearnsWhatItHasMissed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		change := func(at models.Instant) {
			err := s.InTx(t.Context(), idOf(directory), func(tx *store.Tx) error {
				return tx.AppendChanges([]models.Change{{DirectoryID: idOf(directory), At: at, Kind: "user", RecordID: nowhere, Action: models.Updated, By: models.Push}})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for at := range models.Instant(4) {
			change(at + 1)
		}
		first := b.must(t, 200, "GET", directory+"/changes?limit=1", "").read(t, "next")
		third := b.must(t, 200, "GET", directory+"/changes?limit=3", "").read(t, "next")
		if n, err := s.PurgeChanges(t.Context(), idOf(directory), 4); n != 3 || err != nil {
			t.Fatalf("%d changes are purged: %v", n, err)
		}
		b.refused(t, 410, "feed-gone", "after", "GET", directory+"/changes?after="+first, "")
		for _, query := range []string{"", "?after=" + third} {
			if got := string(b.must(t, 200, "GET", directory+"/changes"+query, "").body); strings.Count(got, `"seq"`) != 1 {
				t.Errorf("%q answers %s", query, got)
			}
		}
	})
}
