package store_test

import (
	"context"
	"errors"
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
