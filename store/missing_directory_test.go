package store_test

import (
	"context"
	"errors"
	"testing"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// A directory may be deleted between the moment it was read and the next write.
func TestARowForADirectoryThatIsGoneIsNotFound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		const gone = "00000000-0000-7000-8000-00000000ffff"
		_, token := s.CreateToken(ctx, models.Token{DirectoryID: gone, Name: "Entra", Access: models.WriteAccess, Hash: "abc"})
		_, graph := s.SetGraphSettings(ctx, models.GraphSettings{DirectoryID: gone})
		_, run := s.CreateRun(ctx, models.SyncRun{DirectoryID: gone, Kind: models.FullRun}, func(*store.Tx, models.SyncRun) error { return nil })
		for what, err := range map[string]error{"token": token, "graph settings": graph, "run": run, "nothing to forget": s.DeleteGraphSettings(ctx, gone)} {
			if !errors.Is(err, models.ErrNotFound) {
				t.Errorf("%s: %v, not ErrNotFound", what, err)
			}
		}
	})
}
