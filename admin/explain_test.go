package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"scimbridge/internal/golden"
	"scimbridge/migrations"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestAUserIsExplainedWithTheChainOfGroups(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		storeRecords(t, s, idOf(directory))
		at := models.At(time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC))
		everybody := "01a1f8c0-0000-7000-8000-00000000000e"
		if err := s.InTx(context.Background(), idOf(directory), func(tx *store.Tx) error {
			if err := tx.CreateGroups([]models.Group{{DirectoryID: idOf(directory), ID: everybody, Living: true, DisplayName: "Everybody"}}); err != nil {
				return err
			}
			if err := tx.AppendChanges([]models.Change{{
				DirectoryID: idOf(directory), At: at, Kind: "user", RecordID: annID, Action: models.Created, By: models.Push, Origin: "a request",
				Detail: models.Attributes{"userName": "ann@contoso.example"},
			}}); err != nil {
				return err
			}
			return tx.CreateMemberships([]models.Membership{
				{DirectoryID: idOf(directory), GroupID: salesID, MemberID: annID, MemberKind: models.UserMember, PushSays: models.In, PushAt: at, Present: true},
				{DirectoryID: idOf(directory), GroupID: everybody, MemberID: salesID, MemberKind: models.GroupMember, PullSays: models.In, PullAt: at, Present: true},
			})
		}); err != nil {
			t.Fatal(err)
		}
		golden.JSON(t, b.must(t, 200, "GET", directory+"/users/"+annID+"/explain", "").body, "testdata/operator_explain_user.response.json")
		golden.JSON(t, b.must(t, 200, "GET", directory+"/groups/"+salesID+"/explain", "").body, "testdata/operator_explain_group.response.json")
		b.refused(t, 404, "not-found", "", "GET", directory+"/users/"+goneID+"/explain", "")
	})
}

func TestDriftIsListedAndCounted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newGraph(t)
		storeRecords(t, s, idOf(directory))
		run := b.must(t, 202, "POST", directory+"/sync-runs", `{"kind":"full"}`).header.Get("Location")
		at := models.At(time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC))
		if err := s.InTx(context.Background(), idOf(directory), func(tx *store.Tx) error {
			return tx.AppendDrift([]models.Drift{
				{DirectoryID: idOf(directory), RunID: idOf(run), Kind: models.ClearedValue, RecordID: annID, Path: "title", PushAt: at, Healed: true, At: at},
				{DirectoryID: idOf(directory), RunID: idOf(run), Kind: models.ClearedValue, RecordID: annID, Path: "nickName", PushAt: at.Add(time.Minute), At: at},
				{DirectoryID: idOf(directory), RunID: idOf(run), Kind: models.MissedMember, RecordID: salesID, MemberID: annID, Healed: true, At: at},
			})
		}); err != nil {
			t.Fatal(err)
		}
		golden.JSON(t, b.must(t, 200, "GET", run+"/drift?limit=2", "").body, "testdata/operator_list_drift.response.json")
		var counts struct {
			Items []struct {
				Kind          string
				Count, Healed int
			}
		}
		if err := json.Unmarshal(b.must(t, 200, "GET", directory+"/drift", "").body, &counts); err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(counts.Items)
		if want := "[{cleared 2 1} {member 1 1}]"; got != want {
			t.Errorf("drift over time is %s, not %s", got, want)
		}
	})
}

func TestAnExplanationIsWaitedForOnceHoweverManyGroups(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		var told []string
		var mu sync.Mutex
		s := storetest.Open(t, databaseURL, store.Options{Trace: func(sql string) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, sql)
		}})
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		storeRecords(t, s, idOf(directory))
		nested := nestedIn(t, s, idOf(directory), salesID, 100)
		if err := s.InTx(context.Background(), idOf(directory), func(tx *store.Tx) error {
			return tx.CreateMemberships([]models.Membership{{DirectoryID: idOf(directory), GroupID: salesID, MemberID: annID, MemberKind: models.UserMember, PushSays: models.In, Present: true}})
		}); err != nil {
			t.Fatal(err)
		}
		for path, on := range map[string]struct{ postgres, sqlite, groups int }{
			"/users/" + annID + "/explain":                          {1, 5, 101},
			"/groups/" + salesID + "/explain":                       {1, 4, 100},
			"/groups/" + nested + "/explain":                        {1, 4, 0},
			"/groups/" + salesID + "/members/" + annID + "/explain": {1, 3, 0},
		} {
			told = nil
			var why struct{ Groups []any }
			b.get(t, directory+path, &why)
			limit := on.postgres
			if s.Dialect() == migrations.SQLite {
				limit = on.sqlite
			}
			if len(told) != limit || len(why.Groups) != on.groups {
				t.Errorf("%s is waited for %d times, not %d, and shows %d groups, not %d:\n%s", path, len(told), limit, len(why.Groups), on.groups, strings.Join(told, "\n"))
			}
		}
	})
}

// nestedIn puts a group into another one, that into a third, and so on; it answers the
// outermost.
func nestedIn(t *testing.T, s *store.Store, directoryID, group string, depth int) string {
	t.Helper()
	groups, edges := make([]models.Group, depth), make([]models.Membership, depth)
	for i := range groups {
		groups[i] = models.Group{DirectoryID: directoryID, ID: s.NewID(), Living: true, DisplayName: fmt.Sprint("Around ", i)}
		edges[i] = models.Membership{DirectoryID: directoryID, GroupID: groups[i].ID, MemberID: group, MemberKind: models.GroupMember, PullSays: models.In, Present: true}
		group = groups[i].ID
	}
	if err := s.InTx(context.Background(), directoryID, func(tx *store.Tx) error {
		return errors.Join(tx.CreateGroups(groups), tx.CreateMemberships(edges))
	}); err != nil {
		t.Fatal(err)
	}
	return group
}
