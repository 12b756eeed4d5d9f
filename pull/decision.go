package pull

import (
	"context"

	"scimbridge/models"
)

// carryOut does what an admin has decided about a held run. It is judged by the words of
// this moment: whoever has come back meanwhile is not held any more, and stays.
func (r *Runner) carryOut(ctx context.Context, run models.SyncRun) (models.SyncRun, error) {
	w := &round{Runner: r, run: run, reportConflicts: true, emptiness: newEmptiness()}
	err := w.decide(ctx, *run.Decision)
	return w.run, err
}

func (w *round) decide(ctx context.Context, decision models.Decision) error {
	var err error
	if w.directory, err = w.Store.Directory(ctx, w.run.DirectoryID); err != nil {
		return err
	}
	if w.state, err = w.Store.PullState(ctx, w.run.DirectoryID); err != nil {
		return err
	}
	if w.at, err = w.Store.Now(ctx); err != nil {
		return err
	}
	planned := w.run.Counts
	fate := heldReject
	if decision.Approve {
		fate = heldApply
	}
	if err := w.settleHeld(ctx, fate, decision.Covers); err != nil {
		return err
	}
	if err := w.retryNames(ctx); err != nil { // a removed record gives its name up
		return err
	}
	w.run.Counts = planned // they were the plan, and are what came of it
	return w.decided(ctx, decision)
}

// decided ends the run; if only some kinds were decided, what is left stays held.
func (w *round) decided(ctx context.Context, decision models.Decision) error {
	var left models.Losses
	if err := w.inTx(ctx, func(d desk) error {
		var err error
		left, err = d.Held()
		return err
	}); err != nil {
		return err
	}
	switch {
	case left != (models.Losses{}):
		w.run.State, w.run.Decision = models.Held, nil
	case decision.Approve:
		w.run.State = models.Succeeded
	default:
		w.run.State = models.Rejected
	}
	ended, err := w.Store.EndRun(ctx, w.run, nil)
	if err == nil {
		w.run = ended
	}
	return err
}
