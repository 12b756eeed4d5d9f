package admin_test

import (
	"context"
	"testing"
	"time"

	"scimbridge/internal/golden"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

const (
	annID   = "00000000-0000-7000-8000-00000000000a"
	salesID = "00000000-0000-7000-8000-00000000000b"
	goneID  = "00000000-0000-7000-8000-00000000000c"
)

func TestRecordsShowWhatEachPathSaid(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		s := steady(t, databaseURL)
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		storeRecords(t, s, idOf(directory))

		golden.JSON(t, b.must(t, 200, "GET", directory+"/users/"+annID, "").body, "testdata/operator_get_user.response.json")
		golden.JSON(t, b.must(t, 200, "GET", directory+"/groups/"+salesID, "").body, "testdata/operator_get_group.response.json")
		other := b.newDirectory(t)
		for _, path := range []string{
			directory + "/users/" + salesID, // a group is no user
			directory + "/groups/" + annID,
			directory + "/users/" + goneID, // removed: gone from every answer
			other + "/users/" + annID,
			other + "/groups/" + salesID,
		} {
			b.refused(t, 404, "not-found", "", "GET", path, "")
		}
	})
}

// storeRecords stores one who is known to both paths, one who is removed, and a group
// that only the pull has brought.
func storeRecords(t *testing.T, s *store.Store, directoryID string) {
	t.Helper()
	at := func(minute int) models.Instant { return models.At(time.Date(2026, 3, 1, 11, minute, 0, 0, time.UTC)) }
	yes, no := true, false
	ann := models.User{
		DirectoryID: directoryID, ID: annID,
		Standing: models.Standing{
			EntraObjectID: "3fa85f64-5717-4562-b3fc-2c963f66afa6",
			PushSays:      models.Exists, PushAt: at(1), PushSpokeAt: at(2),
			PullSays: models.Exists, PullSince: at(3), PullAt: at(4), PullDirectAt: at(5),
		},
		PushActive: &yes, PullEnabled: &no,
		Living: true, UserName: "ann@contoso.example", UserNameKey: "ann@contoso.example", ExternalID: "ann", DisplayName: "Ann",
		CreatedAt: at(1), UpdatedAt: at(5),
	}
	gone := models.User{
		DirectoryID: directoryID, ID: goneID, Standing: models.Standing{PushSays: models.Gone, PushAt: at(1)}, UserName: "bob@contoso.example",
	}
	sales := models.Group{
		DirectoryID: directoryID, ID: salesID, Living: true, DisplayName: "Sales", DisplayNameKey: "sales",
		Standing: models.Standing{
			EntraObjectID: "7fa85f64-5717-4562-b3fc-2c963f66afa6", PullSays: models.OutOfScope, PullSince: at(6), PullAt: at(6),
		},
		CreatedAt: at(6), UpdatedAt: at(6),
	}
	err := s.InTx(context.Background(), directoryID, func(tx *store.Tx) error {
		if err := tx.CreateUsers([]models.User{ann, gone}); err != nil {
			return err
		}
		return tx.CreateGroups([]models.Group{sales})
	})
	if err != nil {
		t.Fatal(err)
	}
}
