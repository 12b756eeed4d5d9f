package main

import (
	"context"
	"log/slog"
	"strings"

	"scimbridge/internal/logging"
)

// quiet is a log for libraries: what they tell below a warning is theirs.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(interruptionsLeftOut{logging.AtLeast(log.Handler(), slog.LevelWarn)})
}

// interrupted is how SQLite says that a statement was ended by its context. The job
// queue knows of context.Canceled only, and would log an error whenever a server stops
// while it tidies up.
const interrupted = "interrupted (9)"

// interruptionsLeftOut drops what is no fault: work that was told to stop, and did.
type interruptionsLeftOut struct{ slog.Handler }

func (h interruptionsLeftOut) Handle(ctx context.Context, r slog.Record) error {
	drop := false
	r.Attrs(func(a slog.Attr) bool {
		drop = drop || strings.HasSuffix(a.Value.String(), interrupted)
		return !drop
	})
	if drop {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

func (h interruptionsLeftOut) WithAttrs(attrs []slog.Attr) slog.Handler {
	return interruptionsLeftOut{h.Handler.WithAttrs(attrs)}
}

func (h interruptionsLeftOut) WithGroup(name string) slog.Handler {
	return interruptionsLeftOut{h.Handler.WithGroup(name)}
}
