package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestAnActIsStoredWithItsAuditOrNotAtAll(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		refusal := errors.New("the trail cannot be written")
		_, err := s.CreateDirectory(ctx, "Contoso", models.DefaultSettings(), func(*store.Tx, models.Directory) error { return refusal })
		if !errors.Is(err, refusal) {
			t.Fatal(err)
		}
		if directories, err := s.Directories(ctx, "", 10); err != nil || len(directories) != 0 {
			t.Errorf("%d directories are there, %v", len(directories), err)
		}
	})
}

func TestTheAuditTrailOutlivesItsDirectory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d, err := s.CreateDirectory(ctx, "Contoso", models.DefaultSettings(), func(tx *store.Tx, d models.Directory) error {
			return tx.AppendAudit(ctx, models.AuditEvent{DirectoryID: models.Optional(d.ID), Action: "directory.created", ActorKind: models.FirstAdmin})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteDirectory(ctx, d.ID); err != nil {
			t.Fatal(err)
		}
		if events, err := s.AuditEvents(ctx, store.AuditQuery{DirectoryID: d.ID, Limit: 10}); err != nil || len(events) != 1 {
			t.Errorf("%d events, %v", len(events), err)
		}
	})
}

func TestTheAuditTrailIsNeitherChangedNorDeleted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		if err := s.AppendAudit(ctx, models.AuditEvent{Action: "sign-in.failed", ActorKind: models.Stranger}); err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{"UPDATE audit_events SET action = 'nothing'", "DELETE FROM audit_events"} {
			if _, err := s.SQL().ExecContext(ctx, statement); err == nil {
				t.Errorf("%s is let through", statement)
			}
		}
	})
}

func TestTheAuditTrailIsShortenedByAnIndex(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		var told []string
		db := &explained{}
		db.Store = storetest.Open(t, databaseURL, store.Options{Trace: func(sql string) { told = append(told, sql) }})
		if err := db.InTx(t.Context(), "", func(tx *store.Tx) error {
			for range company {
				if err := tx.AppendAudit(t.Context(), models.AuditEvent{Action: "sign-in.failed", ActorKind: models.Stranger}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := db.SQL().ExecContext(t.Context(), "ANALYZE"); err != nil {
			t.Fatal(err)
		}
		events, err := db.AuditEvents(t.Context(), store.AuditQuery{Limit: company})
		if err != nil {
			t.Fatal(err)
		}
		told = nil
		if n, err := db.PurgeAudit(t.Context(), events[company-2].At); n != 1 || err != nil {
			t.Fatalf("%d events are purged, %v", n, err)
		}
		for _, statement := range told {
			if !strings.Contains(statement, "audit_events") {
				continue
			}
			db.last = statement
			if plan := db.plan(t); !strings.Contains(plan, "audit_events_at") {
				t.Errorf("%s:\n%s", statement, plan)
			}
		}
	})
}
