package reconcile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
)

func TestDriftIsWhatPushHadMissed(t *testing.T) {
	manager := "9a0e5d1c-22b8-4a37-8f0e-31d6c5b7a904"
	no := false
	disabled := func(u models.User) models.User {
		return HearPullUser(u, models.SourceUser{ObjectID: annID, Existence: models.Exists, Enabled: &no}, listAt(60))
	}
	for name, tc := range map[string]struct {
		before []said
		round  said
		want   []models.Drift
	}{
		"nothing, where the pull reads what push said": {
			before: []said{pushed(0, values("title", "Pilot"))},
			round:  found(listAt(60), values("title", "Pilot")),
		},
		"nothing, of what push never said": {
			before: []said{pushed(0, nil)},
			round:  found(listAt(60), values("title", "Pilot")),
		},
		"nothing, where push does not vouch": {
			before: []said{found(listAt(0), values("title", "Pilot"))},
			round:  found(listAt(60), values("title", "Clerk")),
		},
		"a value that the pull never read as pushed is listed": {
			before: []said{pushed(0, values("title", "Pilot"))},
			round:  found(listAt(60), values("title", "Clerk")),
			want:   []models.Drift{{Kind: models.DifferentValue, RecordID: "ann", Path: "title", PushAt: minute(0)}},
		},
		"a value that was as pushed once is healed": {
			before: []said{pushed(0, values("title", "Pilot")), found(listAt(1), values("title", "Pilot"))},
			round:  found(listAt(60), values("title", "Clerk")),
			want:   []models.Drift{{Kind: models.DifferentValue, RecordID: "ann", Path: "title", PushAt: minute(0), Healed: true}},
		},
		"a value that was emptied": {
			before: []said{pushed(0, values("title", "Pilot")), found(listAt(1), values("title", "Pilot"))},
			round:  found(listAt(60), values("title", nil)),
			want:   []models.Drift{{Kind: models.ClearedValue, RecordID: "ann", Path: "title", PushAt: minute(0), Healed: true}},
		},
		"a manager": {
			before: []said{pushed(0, values(models.ManagerPath, "bob"))},
			round:  found(listAt(60), values(models.ManagerPath, manager)),
			want:   []models.Drift{{Kind: models.DifferentManager, RecordID: "ann", Path: models.ManagerPath, PushAt: minute(0)}},
		},
		"a deactivation that never arrived": {
			before: []said{pushed(0, nil), found(listAt(1), nil)},
			round:  disabled,
			want:   []models.Drift{{Kind: models.MissedDeactivation, RecordID: "ann", PushAt: minute(0), Healed: true}},
		},
		"a removal that never arrived": {
			before: []said{pushed(0, nil), found(listAt(1), nil)},
			round:  gone(60),
			want:   []models.Drift{{Kind: models.MissedRemoval, RecordID: "ann", PushAt: minute(0), Healed: true}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := Rules{Settle: settle}
			before := PlanUsers([]*models.User{nil}, []models.User{heard(tc.before...)}, nil, r, minute(2))[0].After
			step := PlanUsers([]*models.User{&before}, []models.User{tc.round(before)}, nil, r, minute(60))[0]
			if diff := cmp.Diff(tc.want, DriftOfUser(step)); diff != "" {
				t.Errorf("drift differs (-want +got):\n%s", diff)
			}
		})
	}
}
