package admin_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"scimbridge/admin"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// events reads the audit trail, oldest first.
func (b *bridge) events(t testing.TB, query string) []admin.AuditEvent {
	t.Helper()
	var page struct{ Items []admin.AuditEvent }
	got := b.must(t, 200, "GET", "/api/v1/audit-events?limit=200&"+query, "")
	if err := json.Unmarshal(got.body, &page); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(page.Items)
	return page.Items
}

func TestEveryActIsToldWithWhatItChanged(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		p := b.newProperty(t)
		b.must(t, 200, "PATCH", p.directory, `{"settle":"1h"}`)
		b.must(t, 200, "PUT", p.directory+"/graph", strings.Replace(graphBody, planted, "planted~newer", 1))
		b.must(t, 202, "POST", p.directory+"/sync-runs/"+p.ids["{run}"]+"/cancel", "")
		b.must(t, 204, "DELETE", p.directory+"/scim-clients/"+p.ids["{client}"]+"/secrets/"+p.ids["{secret}"], "")
		b.must(t, 204, "DELETE", p.directory+"/scim-clients/"+p.ids["{client}"], "")
		b.must(t, 204, "DELETE", p.directory+"/scim-tokens/"+p.ids["{token}"], "")
		b.must(t, 202, "DELETE", p.directory+"/graph", "")
		b.must(t, 204, "DELETE", p.directory+"/extensions/"+badgeURN, "")
		b.must(t, 204, "DELETE", p.directory, "")
		b.must(t, 204, "DELETE", "/api/v1/admin-tokens/"+b.newAdminTokenID(t), "")

		var actions []string
		all := b.events(t, "")
		for _, e := range all {
			actions = append(actions, e.Action)
			if e.Actor.Kind != "operator" || e.Target == "" {
				t.Errorf("%s by %+v on %q", e.Action, e.Actor, e.Target)
			}
		}
		want := []string{
			"directory.created", "graph.set", "scim-client.registered", "client-secret.issued", "sync-run.started", "scim-token.issued",
			"extension.set", "directory.updated", "graph.set", "sync-run.cancelled", "client-secret.revoked", "scim-client.revoked", "scim-token.revoked",
			"graph.deleted", "sync-run.started", "extension.deleted", "directory.deleted", "admin-token.issued", "admin-token.revoked",
		}
		if !slices.Equal(actions, want) {
			t.Fatalf("told of %v\nnot %v", actions, want)
		}
		changed := all[7]
		if (*changed.Before)["settle"] != "30m" || (*changed.After)["settle"] != "1h" {
			t.Errorf("directory.updated from %v to %v", changed.Before, changed.After)
		}
		if all[0].Before != nil || all[16].After != nil || (*all[16].Before)["name"] != secretName {
			t.Errorf("created from %v, deleted to %v", all[0].Before, all[16].After)
		}
		if (*all[8].After)["newCredential"] != true {
			t.Errorf("a new secret is not told: %v", all[8].After)
		}
		if said := b.said(); strings.Contains(said, "planted") {
			t.Error("a secret came out")
		}
	})
}

func TestARefusedActIsNotTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		b.must(t, 400, "PATCH", directory, `{"settle":"for ever"}`)
		b.must(t, 404, "DELETE", directory+"/graph", "")
		b.must(t, 404, "PATCH", "/api/v1/directories/"+nowhere, `{}`)
		if got := b.events(t, ""); len(got) != 1 {
			t.Errorf("told of %+v", got)
		}
	})
}

func TestTheTrailIsFilteredPagedAndExported(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		mine, other := b.newDirectory(t), b.newDirectory(t)
		for i := range 5 {
			b.must(t, 200, "PATCH", mine, fmt.Sprintf(`{"settle":"%dm"}`, i))
		}
		all := b.events(t, "")
		if got := len(b.walk(t, "/api/v1/audit-events", 2)); got != 7 || len(all) != 7 {
			t.Errorf("pages list %d events, one page %d", got, len(all))
		}
		middle := url.QueryEscape(all[3].At.Format("2006-01-02T15:04:05.999999Z07:00"))
		for query, want := range map[string]int{
			"directory=" + idOf(mine):                          6,
			"directory=" + idOf(other):                         1,
			"directory=" + nowhere:                             0,
			"directory=x":                                      0,
			"action=directory.updated":                         5,
			"actor=" + nowhere:                                 0,
			"since=" + middle:                                  4,
			"until=" + middle:                                  3,
			"since=2999-01-01T00:00:00Z":                       0,
			"action=directory.created&directory=" + idOf(mine): 1,
		} {
			if got := b.events(t, query); len(got) != want {
				t.Errorf("%s finds %d events, not %d", query, len(got), want)
			}
			exported := b.must(t, 200, "GET", "/api/v1/audit-events/export?"+query, "")
			if got := lines(t, exported.body); got != want {
				t.Errorf("%s exports %d events, not %d", query, got, want)
			}
		}
		b.refused(t, 400, "invalid", "since", "GET", "/api/v1/audit-events?since=yesterday", "")
		b.refused(t, 400, "invalid", "until", "GET", "/api/v1/audit-events/export?until=1", "")
	})
}

func TestALongTrailIsExportedWhole(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.SQLite(t), store.Options{})
	b, ctx := newBridge(t, s), context.Background()
	const many = 1234
	err := s.InTx(ctx, "", func(tx *store.Tx) error {
		for range many {
			if err := tx.AppendAudit(ctx, models.AuditEvent{ActorKind: models.FirstAdmin, Action: "directory.updated"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got := b.must(t, 200, "GET", "/api/v1/audit-events/export", "")
	if n := lines(t, got.body); n != many || got.header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("%d lines of %s", n, got.header.Get("Content-Type"))
	}
}

// lines counts the events of an export.
func lines(t *testing.T, body []byte) int {
	t.Helper()
	n := 0
	for scanner := bufio.NewScanner(bytes.NewReader(body)); scanner.Scan(); n++ {
		var e admin.AuditEvent
		if err := json.Unmarshal(scanner.Bytes(), &e); err != nil || e.ID == "" {
			t.Fatalf("%v: %s", err, scanner.Bytes())
		}
	}
	return n
}
