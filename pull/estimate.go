package pull

import (
	"context"

	"scimbridge/models"
)

// estimate asks how much there is to read of the whole tenant, less what is left out. It
// is for whoever watches: a run does not fail by it, and what the last one has read stands
// where the source does not tell.
func (w *round) estimate(ctx context.Context, without models.Losses) {
	estimates, can := w.source.(Estimator)
	if !can {
		return
	}
	users, groups, err := estimates.Expected(ctx)
	if err != nil {
		w.Log.DebugContext(ctx, "how much there is to read is not known", "error", err)
		return
	}
	w.run.Expected = models.Expected{Users: max(0, users-without.Users), Groups: max(0, groups-without.Groups)}
}
