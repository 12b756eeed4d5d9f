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
		text, err := json.Marshal(showRun(run))
		if err != nil {
			return err
		}
		if string(text) != shown {
			shown = string(text)
			if _, err := fmt.Fprintf(out, "event: run\ndata: %s\n\n", text); err != nil {
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
