package logging

import (
	"context"
	"log/slog"
)

// AtLeast is next for records of a level or above: what a library tells below it stays
// out of the log.
func AtLeast(next slog.Handler, level slog.Leveler) slog.Handler { return atLeast{next, level} }

type atLeast struct {
	slog.Handler
	level slog.Leveler
}

func (h atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level.Level() && h.Handler.Enabled(ctx, level)
}

func (h atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeast{h.Handler.WithAttrs(attrs), h.level}
}

func (h atLeast) WithGroup(name string) slog.Handler {
	return atLeast{h.Handler.WithGroup(name), h.level}
}
