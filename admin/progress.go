package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"scimbridge/models"
)

// watchEvery is how often a run is looked at that somebody watches.
const watchEvery = 500 * time.Millisecond

func (a *api) StreamSyncRun(ctx context.Context, r StreamSyncRunRequestObject) (StreamSyncRunResponseObject, error) {
	run, err := a.Store.Run(ctx, r.Directory, r.Run)
	if err != nil {
		return nil, err
	}
	events, out := io.Pipe()
	go func() { out.CloseWithError(a.watch(ctx, out, run)) }()
	return StreamSyncRun200TextEventStreamResponse{Body: events}, nil
}

// watch writes a run whenever it has changed, until it has ended.
func (a *api) watch(ctx context.Context, out io.Writer, run models.SyncRun) error {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	until := time.NewTimer(a.WatchFor)
	defer until.Stop()
	shown := ""
	for {
		state, err := json.Marshal(showRun(run, time.Time{})) // without what time alone changes
		if err != nil {
			return err
		}
		if string(state) != shown {
			shown = string(state)
			if err := a.tellRun(ctx, out, run); err != nil {
				return err
			}
		}
		if !run.State.Active() {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-until.C:
			return nil
		case <-ticker.C:
		}
		if run, err = a.Store.Run(ctx, run.DirectoryID, run.ID); err != nil {
			return err
		}
	}
}

func (a *api) tellRun(ctx context.Context, out io.Writer, run models.SyncRun) error {
	now, err := a.run(ctx, run)
	if err != nil {
		return err
	}
	text, err := json.Marshal(now)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "event: run\ndata: %s\n\n", text)
	return err
}
