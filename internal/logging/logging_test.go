package logging_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/internal/logging"
)

func TestAttributesOfTheContextAreOnEveryLine(t *testing.T) {
	ctx := logging.With(t.Context(), slog.String("request", "r1"))
	run := logging.With(ctx, slog.String("run", "s1"), slog.Int("try", 1))
	for name, tc := range map[string]struct {
		log  func(*slog.Logger)
		want map[string]any
	}{
		"none without a context of ours": {
			log:  func(l *slog.Logger) { l.Info("m") },
			want: map[string]any{"msg": "m"},
		},
		"those of the request": {
			log:  func(l *slog.Logger) { l.InfoContext(ctx, "m", "a", 1.0) },
			want: map[string]any{"msg": "m", "a": 1.0, "request": "r1"},
		},
		"those of a run within it": {
			log:  func(l *slog.Logger) { l.InfoContext(run, "m") },
			want: map[string]any{"msg": "m", "request": "r1", "run": "s1", "try": 1.0},
		},
		"a later one takes the place of an earlier": {
			log:  func(l *slog.Logger) { l.InfoContext(logging.With(run, slog.Int("try", 2)), "m") },
			want: map[string]any{"msg": "m", "request": "r1", "run": "s1", "try": 2.0},
		},
		"also by a logger with its own attributes": {
			log:  func(l *slog.Logger) { l.With("room", "pull").InfoContext(ctx, "m") },
			want: map[string]any{"msg": "m", "request": "r1", "room": "pull"},
		},
		"in the group of a logger that has one": {
			log:  func(l *slog.Logger) { l.WithGroup("g").InfoContext(ctx, "m") },
			want: map[string]any{"msg": "m", "g": map[string]any{"request": "r1"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := jsonLine(t, slog.LevelInfo, tc.log)
			delete(got, "time")
			delete(got, "level")
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("line differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSiblingsDoNotShareAttributes(t *testing.T) {
	parent := logging.With(t.Context(), slog.String("request", "r1"), slog.String("user", "ann"))
	first := logging.With(parent, slog.String("step", "first"))
	logging.With(parent, slog.String("step", "second"))
	got := jsonLine(t, slog.LevelInfo, func(l *slog.Logger) { l.InfoContext(first, "m") })
	if got["step"] != "first" {
		t.Errorf("step is %v", got["step"])
	}
}

func TestLevels(t *testing.T) {
	for text, want := range map[string]slog.Level{
		"debug": slog.LevelDebug, "INFO": slog.LevelInfo, "Warn": slog.LevelWarn, "error": slog.LevelError,
	} {
		if got, err := logging.ParseLevel(text); err != nil || got != want {
			t.Errorf("ParseLevel(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "loud", "verbose"} {
		if _, err := logging.ParseLevel(text); err == nil || !strings.Contains(err.Error(), "use debug, info, warn or error") {
			t.Errorf("ParseLevel(%q): %v", text, err)
		}
	}
}

func TestTheLevelIsHeld(t *testing.T) {
	var out bytes.Buffer
	log := newLogger(t, &out, logging.Text, slog.LevelWarn)
	log.Info("quiet")
	log.Warn("heard")
	if got := out.String(); strings.Contains(got, "quiet") || !strings.Contains(got, "msg=heard") {
		t.Errorf("written: %s", got)
	}
}

func TestAnUnknownFormatSaysWhichExist(t *testing.T) {
	if _, err := logging.New(&bytes.Buffer{}, "xml", slog.LevelInfo); err == nil || !strings.Contains(err.Error(), "json or text") {
		t.Errorf("error: %v", err)
	}
}

func jsonLine(t *testing.T, level slog.Level, write func(*slog.Logger)) map[string]any {
	t.Helper()
	var out bytes.Buffer
	write(newLogger(t, &out, logging.JSON, level))
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	return line
}

func newLogger(t *testing.T, out *bytes.Buffer, format string, level slog.Level) *slog.Logger {
	t.Helper()
	log, err := logging.New(out, format, level)
	if err != nil {
		t.Fatal(err)
	}
	return log
}
