package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"scimbridge/internal/logging"
)

// serveObserved serves a handler as the program does, with its log.
func serveObserved(t *testing.T, h http.HandlerFunc) (url string, log *bytes.Buffer) {
	t.Helper()
	log = &bytes.Buffer{}
	lines, err := logging.New(log, logging.JSON, slog.LevelInfo)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(observed(lines, newMetrics(), h))
	t.Cleanup(server.Close)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	return server.URL, log
}

func TestAPanicIsAnsweredAndLoggedUnderTheIDOfTheRequest(t *testing.T) {
	url, log := serveObserved(t, func(http.ResponseWriter, *http.Request) { panic("planted") })
	answer, err := http.Get(url + "/some/path?filter=userName")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	id := answer.Header.Get("X-Request-Id")
	if answer.StatusCode != http.StatusInternalServerError || !strings.Contains(string(body), id) || strings.Contains(string(body), "planted") {
		t.Errorf("the answer is %d: %s", answer.StatusCode, body)
	}
	var messages []string
	for line := range strings.Lines(log.String()) {
		var said map[string]any
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			t.Fatal(err)
		}
		if said["request"] != id {
			t.Errorf("a line is not of request %s: %s", id, line)
		}
		messages = append(messages, said["msg"].(string))
	}
	if len(messages) != 2 || strings.Contains(log.String(), "filter") {
		t.Errorf("the log:\n%s", log)
	}
}

// TestHalfAnAnswerDoesNotEndLikeAWholeOne: a client must notice that the rest is
// missing, or it takes half a list of people for all of it.
func TestHalfAnAnswerDoesNotEndLikeAWholeOne(t *testing.T) {
	for name, fault := range map[string]any{"a fault": "planted", "an abort": http.ErrAbortHandler} {
		t.Run(name, func(t *testing.T) {
			url, _ := serveObserved(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				_ = http.NewResponseController(w).Flush()
				panic(fault)
			})
			answer, err := http.Get(url)
			if err != nil {
				return // cut off before anything came: noticed
			}
			defer answer.Body.Close()
			if body, err := io.ReadAll(answer.Body); err == nil {
				t.Errorf("the answer seems whole: %s", body)
			}
		})
	}
}

func TestHealthChecksStayOutOfTheLogWhileAllIsWell(t *testing.T) {
	status := http.StatusOK
	url, log := serveObserved(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	for _, status = range []int{http.StatusOK, http.StatusServiceUnavailable} {
		answer, err := http.Get(url + readyPath)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"status":503`) {
		t.Errorf("the log:\n%s", got)
	}
}

func TestALibraryThatStopsAsToldLogsNoFault(t *testing.T) {
	var lines bytes.Buffer
	log := quiet(slog.New(slog.NewTextHandler(&lines, nil))).With("library", "queue")
	log.Info("chatter")
	log.Error("Error cleaning jobs", "error", "error cleaning jobs: interrupted (9)")
	log.Error("Error starting transaction", "error", context.Canceled)
	log.Error("Error committing transaction", "error", sql.ErrTxDone)
	log.Error("Error cleaning jobs", "error", "disk full")
	if got := lines.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "disk full") {
		t.Errorf("the log:\n%s", got)
	}
}
