package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"scimbridge/internal/logging"
	"scimbridge/store"
)

// requestTimeout ends a request that nobody waits for any more: Okta gives up after
// 60 s (fact sheet of SCIM clients, section 10.1).
const requestTimeout = 60 * time.Second

// newServer has a time-out for every phase of a connection.
func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      requestTimeout + 10*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

type requestIDKey struct{}

// requestID names the request that a context belongs to.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// observed gives every request an id, a time limit and a line in the log. The query is
// left out of the log: SCIM clients put user names into it (RFC 7644 section 7.5.2).
func observed(log *slog.Logger, m *metrics, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		id := uuid.Must(uuid.NewV7()).String()
		ctx := context.WithValue(r.Context(), requestIDKey{}, id)
		ctx = logging.With(ctx, slog.String("request", id))
		ctx, cancel := context.WithTimeout(ctx, requestTimeout)
		defer cancel()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		header := w.Header()
		header.Set("X-Request-Id", id)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "no-store")
		defer func() {
			fault := recover()
			if fault != nil && fault != http.ErrAbortHandler {
				failed(ctx, log, recorder, id, fault)
			}
			m.answered(r, recorder.status, time.Since(started))
			log.Log(ctx, levelOf(r, recorder.status), "request", "method", r.Method, "path", r.URL.Path,
				"status", recorder.status, "ms", time.Since(started).Milliseconds())
			if fault == http.ErrAbortHandler || fault != nil && recorder.wrote {
				panic(http.ErrAbortHandler) // else half an answer would end like a whole one
			}
		}()
		next.ServeHTTP(recorder, r.WithContext(ctx))
	})
}

// levelOf keeps health checks, one every few seconds, out of the log while all is well.
func levelOf(r *http.Request, status int) slog.Level {
	if status < 400 && (r.URL.Path == healthPath || r.URL.Path == readyPath || r.URL.Path == metricsPath) {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// failed logs a panic, and answers if nothing has been answered yet.
func failed(ctx context.Context, log *slog.Logger, recorder *statusRecorder, id string, fault any) {
	log.ErrorContext(ctx, "a request failed by a fault of the server", "fault", fault, "stack", string(debug.Stack()))
	if !recorder.wrote {
		http.Error(recorder, "the server failed; look for request "+id+" in its log", http.StatusInternalServerError)
		recorder.wrote = false // the answer is whole
	}
}

// statusRecorder remembers the status for the log.
type statusRecorder struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (s *statusRecorder) WriteHeader(status int) {
	s.status, s.wrote = status, true
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusRecorder) Write(body []byte) (int, error) {
	s.wrote = true
	return s.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Where the program tells of itself.
const (
	healthPath = "/healthz"
	readyPath  = "/readyz"
)

func healthy(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// ready tells whether the database answers and has this program's schema.
func ready(log *slog.Logger, db *store.Store) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, cancel := context.WithTimeout(c.Request().Context(), 5*time.Second)
		defer cancel()
		if err := db.Ready(ctx); err != nil {
			log.WarnContext(ctx, "not ready", "error", err)
			return c.String(http.StatusServiceUnavailable, "not ready: the database does not answer as it should; see the server's log\n")
		}
		return c.String(http.StatusOK, "ready\n")
	}
}

func welcome(c echo.Context) error {
	return c.String(http.StatusOK, "scimbridge "+version+"\n\n"+
		"  SCIM 2.0    /scim/{directory}/v2\n"+
		"  admin API   /api/v1        described by /api/v1/openapi.json\n"+
		"  health      /healthz  /readyz\n"+
		"  metrics     /metrics       for an operator's token\n")
}

// answerPlainly answers for paths that belong to no room.
func answerPlainly(log *slog.Logger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		if c.Response().Committed {
			return
		}
		status, detail := http.StatusInternalServerError, "The server failed; look for this request's id in its log."
		var known *echo.HTTPError
		switch {
		case !errors.As(err, &known):
			log.ErrorContext(c.Request().Context(), "a request failed", "error", err)
		case known.Code == http.StatusMethodNotAllowed:
			status, detail = known.Code, "This path does not know the method "+c.Request().Method+"; the header Allow lists those that it knows."
		default:
			status, detail = known.Code, "There is nothing here. SCIM lies under /scim/{directory}/v2, the admin API under /api/v1."
		}
		body, _ := json.Marshal(map[string]any{
			"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail,
		})
		_ = c.Blob(status, "application/problem+json", body)
	}
}
