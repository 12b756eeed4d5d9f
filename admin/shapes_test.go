package admin_test

import (
	"context"
	"testing"

	"scimbridge/internal/golden"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// The bodies that operators' scripts rely on (docs/design.md, section 4). More members
// may be added; one that is renamed or missing breaks somebody.
func TestPinnedShapes(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		s := steady(t, databaseURL)
		b := newBridge(t, s)
		keep := func(a answer, name string) {
			t.Helper()
			golden.JSON(t, a.body, "testdata/operator_"+name+".response.json")
		}

		made := b.must(t, 201, "POST", "/api/v1/directories", `{"name":"Contoso"}`)
		keep(made, "create_directory")
		directory := made.header.Get("Location")
		keep(b.must(t, 200, "PATCH", directory, string(golden.Read(t, "testdata/operator_patch_directory.request.json"))), "patch_directory")
		keep(b.must(t, 200, "GET", "/api/v1/directories?limit=1", ""), "list_directories")

		issued := b.must(t, 201, "POST", directory+"/scim-tokens", `{"name":"Entra","access":"write"}`)
		hideToken(t, &issued)
		keep(issued, "create_scim_token")
		keep(b.must(t, 200, "GET", directory+"/scim-tokens", ""), "list_scim_tokens")

		keep(b.must(t, 200, "PUT", directory+"/graph", string(golden.Read(t, "testdata/operator_put_graph.request.json"))), "put_graph")
		b.graph.checks = []models.Check{
			{Name: "sign-in", OK: true, Detail: "signed in"},
			{Name: "groups", Detail: "Authorization_RequestDenied: grant GroupMember.Read.All", Optional: true},
		}
		keep(b.must(t, 200, "POST", directory+"/graph/test", `{}`), "test_graph")

		started := b.must(t, 202, "POST", directory+"/sync-runs", `{"kind":"full","dryRun":false}`)
		keep(started, "start_sync_run")
		keep(b.must(t, 409, "POST", directory+"/sync-runs", `{"kind":"full","dryRun":false}`), "start_sync_run_twice")
		fail(t, s, directory, started.read(t, "id"))
		run := started.header.Get("Location")
		keep(b.must(t, 200, "GET", run, ""), "get_sync_run")
		keep(b.must(t, 200, "GET", run+"/items", ""), "list_sync_run_items")
		keep(b.must(t, 409, "POST", run+"/approve", `{"only":["users"]}`), "approve_sync_run_not_held")
		keep(b.must(t, 409, "POST", run+"/cancel", ``), "cancel_sync_run_ended")
	})
}

// fail ends a run as one that did something before its secret expired.
func fail(t *testing.T, s *store.Store, directory, id string) {
	t.Helper()
	ctx := context.Background()
	directoryID := idOf(directory)
	run, ok, err := s.ClaimRun(ctx, directoryID, id, "a test")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	run.State = models.RunFailed
	run.Counts.Users = models.RecordCounts{Read: 3, Created: 2, Adopted: 1}
	run.Counts.Memberships.Added = 4
	run.Usage = models.RunUsage{Requests: 12, Throttled: 1}
	run.Failure = &models.Failure{Code: "AADSTS7000222", Message: "The client secret has expired.", Hint: "Make a new one in Entra and enter it."}
	_, err = s.EndRun(ctx, run, func(tx *store.Tx) error {
		return tx.AppendItems([]models.Item{
			{DirectoryID: directoryID, RunID: id, Kind: "user", Action: models.Created, RecordID: "00000000-0000-7000-8000-0000000000aa", EntraObjectID: "3fa85f64-5717-4562-b3fc-2c963f66afa6", Detail: "ann@contoso.example"},
			{DirectoryID: directoryID, RunID: id, Kind: "error", Action: models.Failed, Detail: "AADSTS7000222"},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}
