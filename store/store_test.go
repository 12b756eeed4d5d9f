package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestADirectoryComesBackAsItWasStored(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		made, err := s.CreateDirectory(ctx, "Contoso", models.DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		changed, err := s.UpdateDirectory(ctx, made.ID, func(d *models.Directory) error {
			d.Mode = models.ProductionMode
			d.Settings.Schedule.Enabled = false
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		read, err := s.Directory(ctx, made.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(changed, read); diff != "" {
			t.Errorf("directory differs (-stored +read):\n%s", diff)
		}
		if err := s.DeleteDirectory(ctx, made.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Directory(ctx, made.ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("a deleted directory answers %v, not ErrNotFound", err)
		}
	})
}

func TestATokenOpensItsDirectoryOnly(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		mine, _ := s.CreateDirectory(ctx, "Contoso", models.DefaultSettings())
		other, _ := s.CreateDirectory(ctx, "Fabrikam", models.DefaultSettings())
		token, err := s.CreateToken(ctx, models.Token{DirectoryID: mine.ID, Name: "Entra", Access: models.WriteAccess, Hash: "abc"})
		if err != nil {
			t.Fatal(err)
		}
		admitted, err := s.Admit(ctx, mine.ID, "abc")
		if err != nil {
			t.Fatal(err)
		}
		if admitted.Directory.Name != "Contoso" || admitted.Token.ID != token.ID || admitted.Now == 0 {
			t.Errorf("admitted %+v", admitted)
		}
		if diff := cmp.Diff(mine, admitted.Directory); diff != "" {
			t.Errorf("directory differs (-stored +admitted):\n%s", diff)
		}
		for what, try := range map[string][2]string{
			"another directory": {other.ID, "abc"},
			"another token":     {mine.ID, "abd"},
			"no directory":      {"x", "abc"},
		} {
			if _, err := s.Admit(ctx, try[0], try[1]); !errors.Is(err, models.ErrUnauthorized) {
				t.Errorf("%s: %v, not ErrUnauthorized", what, err)
			}
		}
		if err := s.RevokeToken(ctx, mine.ID, token.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Admit(ctx, mine.ID, "abc"); !errors.Is(err, models.ErrUnauthorized) {
			t.Errorf("a revoked token: %v, not ErrUnauthorized", err)
		}
	})
}

func TestOneRunADirectory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d, _ := s.CreateDirectory(ctx, "Contoso", models.DefaultSettings())
		woken := 0
		enqueue := func(*store.Tx, models.SyncRun) error { woken++; return nil }
		first, err := s.CreateRun(ctx, models.SyncRun{DirectoryID: d.ID, Kind: models.FullRun, Trigger: models.ByAdmin}, enqueue)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.CreateRun(ctx, models.SyncRun{DirectoryID: d.ID, Kind: models.FullRun, Trigger: models.ByAdmin}, enqueue)
		var busy *models.BusyError
		if !errors.As(err, &busy) || busy.ID != first.ID {
			t.Errorf("a second run: %v", err)
		}
		if woken != 1 {
			t.Errorf("woken %d times", woken)
		}
		claimed, ok, err := s.ClaimRun(ctx, d.ID, first.ID, "one")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if _, ok, err := s.ClaimRun(ctx, d.ID, first.ID, "two"); ok || err != nil {
			t.Errorf("two owners: %v %v", ok, err)
		}
		claimed.State, claimed.Failure = models.RunFailed, &models.Failure{Code: "AADSTS7000215", Message: "wrong secret"}
		ended, err := s.EndRun(ctx, claimed, nil)
		if err != nil {
			t.Fatal(err)
		}
		read, err := s.Run(ctx, d.ID, first.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(ended, read); diff != "" {
			t.Errorf("run differs (-ended +read):\n%s", diff)
		}
		if err := s.RenewLease(ctx, claimed); !errors.Is(err, store.ErrLeaseLost) {
			t.Errorf("the lease of an ended run: %v", err)
		}
	})
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		if err := s.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		if err := s.Ready(ctx); err != nil {
			t.Error(err)
		}
	})
}
