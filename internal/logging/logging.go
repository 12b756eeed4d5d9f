// Package logging makes the program's logger: slog, as JSON or text, with the ids of
// a request or a run added to every line that is written under its context.
//
// Only what identifies work belongs in the context (request, run, directory). What a
// function needs to do its work is an argument.
package logging

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
)

// Formats that New knows.
const (
	JSON = "json"
	Text = "text"
)

// New returns a logger that writes lines of one format, from one level up.
func New(w io.Writer, format string, level slog.Leveler) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: level}
	switch strings.ToLower(format) {
	case JSON:
		return slog.New(NewHandler(slog.NewJSONHandler(w, options))), nil
	case Text:
		return slog.New(NewHandler(slog.NewTextHandler(w, options))), nil
	}
	return nil, fmt.Errorf("log format %q: use json or text", format)
}

// ParseLevel reads debug, info, warn or error.
func ParseLevel(text string) (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(text)); err != nil {
		return 0, fmt.Errorf("log level %q: use debug, info, warn or error", text)
	}
	return level, nil
}

type key struct{}

// With remembers attributes that belong to everything done under ctx. One of the same
// name as an earlier one takes its place.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	all := slices.Clone(from(ctx)) // never append in place: siblings share the parent's
	for _, attr := range attrs {
		all = slices.DeleteFunc(all, func(a slog.Attr) bool { return a.Key == attr.Key })
		all = append(all, attr)
	}
	return context.WithValue(ctx, key{}, all)
}

func from(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(key{}).([]slog.Attr)
	return attrs
}

// Handler adds the attributes of the context to every record, so that no call repeats
// an id. Under a logger made with WithGroup they land in that group, as slog has no
// other place for them.
type Handler struct{ next slog.Handler }

// NewHandler wraps a handler of any format.
func NewHandler(next slog.Handler) Handler { return Handler{next: next} }

// Enabled reports whether the wrapped handler writes this level.
func (h Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle writes one record.
func (h Handler) Handle(ctx context.Context, r slog.Record) error {
	if attrs := from(ctx); len(attrs) > 0 {
		r = r.Clone() // the caller's record may be shared with other handlers
		r.AddAttrs(attrs...)
	}
	return h.next.Handle(ctx, r)
}

// WithAttrs keeps the wrapping; promoting the inner handler's method would lose it.
func (h Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return Handler{next: h.next.WithAttrs(attrs)}
}

// WithGroup keeps the wrapping too.
func (h Handler) WithGroup(name string) slog.Handler {
	return Handler{next: h.next.WithGroup(name)}
}
