package admin_test

import (
	"context"
	"testing"

	"scimbridge/admin/client"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// A directory is set up through the generated client, as the command line does it.
func TestTheClientSetsADirectoryUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b, ctx := newBridge(t, s), context.Background()
		made, err := b.client.CreateDirectoryWithResponse(ctx, nil, client.DirectoryCreate{Name: "Contoso"})
		if err != nil || made.JSON201 == nil {
			t.Fatalf("%v: %s", err, made.Body)
		}
		id := made.JSON201.ID

		mode, settle := client.ModeProduction, "15m"
		patched, err := b.client.UpdateDirectoryWithResponse(ctx, id, nil, client.DirectoryPatch{Mode: &mode, Settle: &settle})
		if err != nil || patched.JSON200 == nil || patched.JSON200.Mode != mode || patched.JSON200.Settle != settle {
			t.Fatalf("%v: %s", err, patched.Body)
		}
		secret, app := planted, "66666666-7777-8888-9999-aaaaaaaaaaaa"
		graph, err := b.client.SetGraphWithResponse(ctx, id, nil, client.GraphUpdate{
			TenantID: "contoso.onmicrosoft.com", ClientID: &app, ClientSecret: &secret,
		})
		if err != nil || graph.JSON200 == nil || graph.JSON200.GraphHost != "https://graph.microsoft.com" {
			t.Fatalf("%v: %s", err, graph.Body)
		}
		b.graph.checks = []models.Check{{Name: "sign-in", OK: true, Detail: "signed in"}}
		tested, err := b.client.TestGraphWithResponse(ctx, id, nil, client.Nothing{})
		if err != nil || tested.JSON200 == nil || !tested.JSON200.Ok {
			t.Fatalf("%v: %s", err, tested.Body)
		}
		token, err := b.client.CreateScimTokenWithResponse(ctx, id, nil, client.ScimTokenCreate{Name: "Entra", Access: client.TokenAccessWrite})
		if err != nil || token.JSON201 == nil || token.JSON201.Token == "" {
			t.Fatalf("%v: %s", err, token.Body)
		}
		run, err := b.client.StartSyncRunWithResponse(ctx, id, nil, client.SyncRunStart{Kind: client.RunKindFull})
		if err != nil || run.JSON202 == nil || run.JSON202.State != client.RunStateQueued {
			t.Fatalf("%v: %s", err, run.Body)
		}
		again, err := b.client.StartSyncRunWithResponse(ctx, id, nil, client.SyncRunStart{Kind: client.RunKindFull})
		if err != nil || again.ApplicationProblemJSONDefault == nil || again.ApplicationProblemJSONDefault.Status != 409 {
			t.Fatalf("%v: %s", err, again.Body)
		}
	})
}
