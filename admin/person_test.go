package admin_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"scimbridge/admin"
	"scimbridge/migrations"
	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// The person to forget, by every name that they have.
const (
	miraID     = "11111111-aaaa-4aaa-8aaa-000000000001"
	miraObject = "22222222-bbbb-4bbb-8bbb-000000000002"
	miraName   = "Mira Käßtner"
	miraMail   = "mira.kaesstner@contoso.example"
	miraUPN    = "mkaesstner@contoso.example"
	ninaID     = "11111111-aaaa-4aaa-8aaa-000000000003"
	crewID     = "11111111-aaaa-4aaa-8aaa-000000000004"
)

// settle writes everything that is told of Mira, and of Nina who stands beside her.
func settle(t *testing.T, s *store.Store, directory string) {
	t.Helper()
	ctx := context.Background()
	mira := reconcile.HearPushUser(models.User{DirectoryID: directory, ID: miraID}, reconcile.PushSaid{Whole: true, Values: map[string]any{
		"userName": miraUPN, "displayName": miraName, `emails[type eq "work"].value`: miraMail, "externalId": miraObject,
	}}, 1)
	mira = reconcile.HearPullUser(mira, models.SourceUser{
		ObjectID: miraObject, Existence: models.Exists, UserName: miraUPN, Values: map[string]any{"displayName": miraName, "title": "Clerk of " + miraName},
	}, models.Look{At: 2})
	nina := reconcile.HearPushUser(models.User{DirectoryID: directory, ID: ninaID}, reconcile.PushSaid{Whole: true, Values: map[string]any{"userName": "nina@contoso.example"}}, 1)
	crew := models.Group{DirectoryID: directory, ID: crewID, DisplayName: "Crew", Living: true}
	from := reconcile.Origin{By: models.Push, ID: "request-1", At: 3}
	err := s.InTx(ctx, directory, func(tx *store.Tx) error {
		steps := reconcile.PlanUsers([]*models.User{nil, nil}, []models.User{mira, nina}, nil, reconcile.Rules{}, 3)
		edge := models.Membership{DirectoryID: directory, GroupID: crewID, MemberID: miraID, MemberKind: models.UserMember, PushSays: models.In, PushAt: 3, Present: true}
		for _, write := range []func() error{
			func() error { return reconcile.ApplyUsers(tx, steps, from) },
			func() error {
				return reconcile.ApplyGroups(tx, []reconcile.GroupStep{{After: crew, Action: models.Created}}, from)
			},
			func() error { return reconcile.ApplyEdges(tx, crewID, []reconcile.EdgeStep{{After: edge}}, from) },
			func() error {
				return tx.AppendItems([]models.Item{
					{DirectoryID: directory, RunID: nowhere, Kind: "user", Action: models.Created, RecordID: miraID, EntraObjectID: miraObject, Detail: miraUPN},
					{DirectoryID: directory, RunID: nowhere, Kind: "user", Action: models.Removed, EntraObjectID: miraObject, Detail: "once " + miraUPN},
					{DirectoryID: directory, RunID: nowhere, Kind: "user", Action: models.Conflicted, RecordID: ninaID, EntraObjectID: crewID, Detail: fmt.Sprintf("userName %q belongs to somebody else", strings.ToUpper(miraUPN))},
					{DirectoryID: directory, RunID: nowhere, Kind: "user", Action: models.Created, RecordID: ninaID, Detail: "nina@contoso.example"},
				})
			},
			func() error {
				return tx.AppendChanges([]models.Change{{DirectoryID: directory, At: 4, Kind: "user", RecordID: ninaID, Action: models.Conflicted, By: models.Pull, Detail: models.Attributes{"conflict": miraUPN}}})
			},
			func() error {
				return tx.AppendDrift([]models.Drift{{DirectoryID: directory, RunID: nowhere, Kind: models.ClearedValue, RecordID: miraID, Path: "title"}})
			},
			func() error {
				return tx.AppendAudit(ctx, models.AuditEvent{
					DirectoryID: models.Optional(directory), ActorKind: models.FirstAdmin, Action: "user.overruled", TargetID: miraID,
					After: models.Facts(`{"displayName":"` + miraName + `"}`),
				})
			},
		} {
			if err := write(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	requests := []models.ScimRequest{
		{Method: "POST", Path: "/Users", Status: 201, RecordKind: "user", RecordID: miraID},
		{Method: "GET", Path: "/Users", Query: `filter=userName eq "` + miraUPN + `"`, Status: 200},
		{Method: "POST", Path: "/Users", Status: 409, Detail: fmt.Sprintf("userName %q is already taken", miraMail)},
		{Method: "GET", Path: "/Users/" + ninaID, Status: 200, RecordKind: "user", RecordID: ninaID},
	}
	for i := range requests {
		requests[i].DirectoryID, requests[i].ID, requests[i].At = directory, s.NewID(), models.Instant(i+1)
	}
	if err := s.WriteRequests(ctx, directory, requests); err != nil {
		t.Fatal(err)
	}
}

// dump is every value of every table as text, table by table.
func dump(t *testing.T, s *store.Store) map[string]string {
	t.Helper()
	tables := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if s.Dialect() == migrations.PostgreSQL {
		tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
	}
	contents := make(map[string]string)
	for _, row := range rowsOf(t, s, tables) {
		contents[row[0]] = fmt.Sprint(rowsOf(t, s, `SELECT * FROM "`+row[0]+`"`))
	}
	return contents
}

func rowsOf(t *testing.T, s *store.Store, query string) [][]string {
	t.Helper()
	found, err := s.SQL().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for found.Next() {
		values, to := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := found.Scan(to...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(columns))
		for i, v := range values {
			texts[i] = v.String
		}
		rows = append(rows, texts)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// naming lists the tables in which a person can be found by one of their names.
func naming(t *testing.T, s *store.Store) []string {
	t.Helper()
	var found []string
	for table, text := range dump(t, s) {
		text = strings.ToLower(text)
		for _, name := range []string{miraName, miraMail, miraUPN, miraObject} {
			if strings.Contains(text, strings.ToLower(name)) {
				found = append(found, table)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestAPersonIsErasedFromEveryTable(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		settle(t, s, idOf(directory))
		before := naming(t, s)
		for _, table := range []string{"audit_events", "changes", "scim_requests", "sync_run_items", "users"} {
			if !slices.Contains(before, table) {
				t.Errorf("%s does not name them, so this test proves nothing of it", table)
			}
		}
		b.refused(t, 400, "invalid", "confirm", "POST", directory+"/users/"+miraID+"/erase", `{"confirm":"yes"}`)
		b.refused(t, 404, "not-found", "", "POST", directory+"/users/"+nowhere+"/erase", `{"confirm":"`+nowhere+`"}`)
		if got := naming(t, s); !slices.Equal(got, before) {
			t.Fatalf("refused, it changed what names them: %v", got)
		}

		var erased admin.Erasure
		if err := json.Unmarshal(b.must(t, 200, "POST", directory+"/users/"+miraID+"/erase", `{"confirm":"`+miraID+`"}`).body, &erased); err != nil {
			t.Fatal(err)
		}
		if !erased.ComesBack || !strings.Contains(erased.Note, "brings them back") {
			t.Errorf("the answer does not say that they come back: %+v", erased)
		}
		if got := naming(t, s); len(got) != 0 {
			t.Errorf("after the erasure %v still name them", got)
		}
		b.refused(t, 404, "not-found", "", "GET", directory+"/users/"+miraID, "")
		b.refused(t, 404, "not-found", "", "GET", directory+"/users/"+miraID+"/export", "")

		feed := string(b.must(t, 200, "GET", directory+"/changes", "").body)
		if !strings.Contains(feed, `"action":"removed","at"`) || strings.Count(feed, `"id":"`+miraID+`"`) != 2 {
			t.Errorf("the feed does not tell that they are removed: %s", feed)
		}
		purges := string(b.must(t, 200, "GET", directory+"/purges", "").body)
		if !strings.Contains(purges, `"kind":"person"`) || !strings.Contains(purges, `"recordId":"`+miraID+`"`) {
			t.Errorf("the erasure is not on record: %s", purges)
		}
		if got := b.events(t, "action=user.erased"); len(got) != 1 || got[0].Target != miraID {
			t.Errorf("the trail tells %+v", got)
		}
		// Nina is as she was.
		b.must(t, 200, "GET", directory+"/users/"+ninaID, "")
		for table, rows := range map[string]int{"scim_requests": 1, "memberships": 0, "drifts": 0, "users": 1} {
			if got := len(rowsOf(t, s, "SELECT * FROM "+table)); got != rows {
				t.Errorf("%s has %d rows, not %d", table, got, rows)
			}
		}
		if all := dump(t, s)["sync_run_items"]; !strings.Contains(all, "nina@contoso.example") || !strings.Contains(all, crewID) {
			t.Errorf("what is told of others has gone too: %s", all)
		}
	})
}

func TestEverythingHeldOfAPersonIsExported(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		settle(t, s, idOf(directory))
		var held admin.PersonExport
		if err := json.Unmarshal(b.must(t, 200, "GET", directory+"/users/"+miraID+"/export", "").body, &held); err != nil {
			t.Fatal(err)
		}
		if held.Record.UserName != miraUPN || !held.Living || len(held.Words.Push) != 4 || len(held.Words.Pull) != 3 || held.Attributes["displayName"] != miraName {
			t.Errorf("the record is %+v", held)
		}
		for what, n := range map[string][2]int{
			"memberships": {1, len(held.Memberships)}, "changes": {2, len(held.Changes)}, "items": {3, len(held.Items)},
			"drift": {1, len(held.Drift)}, "requests": {3, len(held.Requests)}, "audit events": {1, len(held.AuditEvents)},
		} {
			if n[0] != n[1] {
				t.Errorf("%d %s are exported, not %d", n[1], what, n[0])
			}
		}
		if m := held.Memberships[0]; m.DisplayName != "Crew" || m.Push != admin.PersonSaidIn || !m.Present {
			t.Errorf("the membership is %+v", m)
		}
		if got := b.events(t, "action=user.exported"); len(got) != 1 || got[0].Target != miraID {
			t.Errorf("the trail tells %+v", got)
		}
	})
}

func TestARemovedPersonIsExportedAndErasedToo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		settle(t, s, idOf(directory))
		err := s.InTx(t.Context(), idOf(directory), func(tx *store.Tx) error {
			found, err := tx.UsersForUpdate([]string{miraID})
			if err != nil {
				return err
			}
			gone := found[0]
			reconcile.HearPushGone(&gone.Standing, 10)
			gone = reconcile.HearPullUser(gone, models.SourceUser{ObjectID: miraObject, Existence: models.Gone}, models.Look{At: 11})
			steps := reconcile.PlanUsers([]*models.User{&found[0]}, []models.User{gone}, nil, reconcile.Rules{}, 11)
			return reconcile.ApplyUsers(tx, steps, reconcile.Origin{By: models.Push, ID: "request-2", At: 11})
		})
		if err != nil {
			t.Fatal(err)
		}
		b.must(t, 404, "GET", directory+"/users/"+miraID, "")
		if got := string(b.must(t, 200, "GET", directory+"/users/"+miraID+"/export", "").body); !strings.Contains(got, `"living":false`) {
			t.Errorf("exported as %s", got)
		}
		if got := string(b.must(t, 200, "POST", directory+"/users/"+miraID+"/erase", `{"confirm":"`+miraID+`"}`).body); !strings.Contains(got, `"comesBack":false`) {
			t.Errorf("erased as %s", got)
		}
		if got := naming(t, s); len(got) != 0 {
			t.Errorf("after the erasure %v still name them", got)
		}
	})
}

func TestErasingSomebodyLeavesTheFeedOfOthersAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		p := b.provisioning(t, directory)
		remo, other := p.user(t, "r", `"displayName":"Remo"`), p.user(t, "other")
		p.takeOut(t, p.group(t, "Sales", other), other)
		b.must(t, 200, "POST", directory+"/users/"+remo+"/erase", `{"confirm":"`+remo+`"}`)
		changes, err := s.Changes(t.Context(), idOf(directory), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			if told := len(c.Detail) > 0; told == (c.RecordID == remo) {
				t.Errorf("%s of %s %s is told: %v", c.Action, c.Kind, c.RecordID, told)
			}
		}
	})
}

func TestErasingSomebodyOfAShortNameLeavesOthersWhoseNamesHaveItAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		p := b.provisioning(t, directory)
		remo := p.user(t, "r", `"displayName":"Remo"`)
		stay := []string{
			"nobody is removed", `userName "remo.bianchi@contoso.example" is already taken`, "anna-remo@contoso.example was read",
			`displayName eq "Remo Bianchi"`, `displayName eq "San Remo"`, "Remolina",
		}
		erased := []string{
			"Remo", `displayName eq "REMO"`, "once remo.", `said {\"displayName\":\"Remo\"}`, "r@contoso.example, and others",
			"nobody is removed but remo",
		}
		var requests []models.ScimRequest
		var items []models.Item
		for i, text := range append(slices.Clone(stay), erased...) {
			requests = append(requests, models.ScimRequest{DirectoryID: idOf(directory), ID: s.NewID(), At: models.Instant(i + 1), Method: "GET", Path: "/Users", Query: text, Status: 200})
			items = append(items, models.Item{DirectoryID: idOf(directory), RunID: nowhere, Kind: "user", Action: models.Updated, RecordID: ninaID, Detail: text})
		}
		if err := s.WriteRequests(t.Context(), idOf(directory), requests); err != nil {
			t.Fatal(err)
		}
		if err := s.InTx(t.Context(), idOf(directory), func(tx *store.Tx) error { return tx.AppendItems(items) }); err != nil {
			t.Fatal(err)
		}
		b.must(t, 200, "POST", directory+"/users/"+remo+"/erase", `{"confirm":"`+remo+`"}`)
		for _, query := range []string{"SELECT query FROM scim_requests WHERE query <> '' ORDER BY id", "SELECT detail FROM sync_run_items WHERE detail <> '' ORDER BY seq"} {
			var left []string
			for _, row := range rowsOf(t, s, query) {
				left = append(left, row[0])
			}
			if !slices.Equal(left, stay) {
				t.Errorf("%s:\n%q, not\n%q", query, left, stay)
			}
		}
	})
}
