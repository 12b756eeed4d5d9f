package main

import (
	"context"
	"database/sql"
	"log/slog"
	"slices"
	"strings"

	"scimbridge/internal/logging"
)

// quiet is a log for libraries: what they tell below a warning is theirs.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(interruptionsLeftOut{logging.AtLeast(log.Handler(), slog.LevelWarn)})
}

// interruptions are how a statement ends that was ended by its context: SQLite's words, Go's,
// and those of a transaction that was rolled back with it. The job queue logs an error whenever a server stops while it tidies up or asks for
// a periodic job.
var interruptions = []string{"interrupted (9)", context.Canceled.Error(), sql.ErrTxDone.Error()}

// interruptionsLeftOut drops what is no fault: work that was told to stop, and did.
type interruptionsLeftOut struct{ slog.Handler }

func (h interruptionsLeftOut) Handle(ctx context.Context, r slog.Record) error {
	drop := false
	r.Attrs(func(a slog.Attr) bool {
		text := a.Value.String()
		drop = drop || slices.ContainsFunc(interruptions, func(end string) bool { return strings.HasSuffix(text, end) })
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
