package models_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
)

func TestProgressTellsRateAndTimeLeft(t *testing.T) {
	start := time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	counts := models.Counts{Users: models.RecordCounts{Read: 900}, Groups: models.RecordCounts{Read: 100}}
	for name, tc := range map[string]struct {
		run  models.SyncRun
		want models.Progress
	}{
		"queued": {
			models.SyncRun{State: models.Queued, Expected: models.Expected{Users: 2000, Groups: 500}},
			models.Progress{Expected: 2500},
		},
		"running": {
			models.SyncRun{State: models.Running, StartedAt: models.At(start), Counts: counts, Expected: models.Expected{Users: 2000, Groups: 500}},
			models.Progress{Read: 1000, Expected: 2500, PerSecond: 100, Left: 15 * time.Second},
		},
		"running, and more than was expected": {
			models.SyncRun{State: models.Running, StartedAt: models.At(start), Counts: counts, Expected: models.Expected{Users: 500}},
			models.Progress{Read: 1000, Expected: 500, PerSecond: 100},
		},
		"running, and nothing is known": {
			models.SyncRun{State: models.Running, StartedAt: models.At(start), Counts: counts},
			models.Progress{Read: 1000, PerSecond: 100},
		},
		"ended": {
			models.SyncRun{State: models.Succeeded, StartedAt: models.At(start), FinishedAt: models.At(start.Add(5 * time.Second)), Counts: counts},
			models.Progress{Read: 1000, PerSecond: 200},
		},
	} {
		if diff := cmp.Diff(tc.want, tc.run.Progress(start.Add(10*time.Second))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
