package push

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"scimbridge/models"
	"scimbridge/scim"
	"scimbridge/store"
)

// RequestLog keeps what SCIM clients asked and were answered, for each directory and for
// as long as it wants. It writes in batches beside the requests: a request never waits for
// it, and where it cannot follow, it counts what it lost and tells so.
type RequestLog struct {
	store *store.Store
	log   *slog.Logger
	full  chan struct{} // a batch is ready

	mu      sync.Mutex
	waiting map[string][]models.ScimRequest // by directory
	count   int
	lost    map[string]int // by directory
}

var _ scim.Recorder = (*RequestLog)(nil)

const (
	requestBatch  = 500
	requestsMost  = 20_000 // waiting in memory, some 10 MB
	requestsEvery = time.Second
)

// NewRequestLog is a log that Run writes.
func NewRequestLog(db *store.Store, log *slog.Logger) *RequestLog {
	return &RequestLog{
		store: db, log: log, full: make(chan struct{}, 1),
		waiting: make(map[string][]models.ScimRequest), lost: make(map[string]int),
	}
}

// Record implements scim.Recorder.
func (l *RequestLog) Record(r scim.Record) {
	directory, ok := models.ObjectID(r.Tenant)
	if !ok {
		return // names no directory
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count >= requestsMost {
		l.lost[directory]++
		return
	}
	l.waiting[directory] = append(l.waiting[directory], l.entry(directory, r))
	if l.count++; l.count >= requestBatch {
		select {
		case l.full <- struct{}{}:
		default: // it has been told
		}
	}
}

func (l *RequestLog) entry(directory string, r scim.Record) models.ScimRequest {
	id, _ := models.ObjectID(r.ID)
	return models.ScimRequest{
		DirectoryID: directory, ID: l.store.NewID(), At: models.At(r.At), RequestID: r.RequestID, TokenID: models.Optional(r.TokenID),
		Client: r.Client, Method: r.Method, Path: r.Path, Query: r.Query, Status: r.Status, ScimType: r.ScimType, Action: r.Action,
		RecordKind: strings.ToLower(r.Kind), RecordID: models.Optional(id), Detail: r.Detail, Micros: r.Took.Microseconds(),
	}
}

// Run writes until ctx ends, and then writes what is left. What is too old goes with the
// upkeep of the directory.
func (l *RequestLog) Run(ctx context.Context) {
	write := time.NewTicker(requestsEvery)
	defer write.Stop()
	for {
		select {
		case <-ctx.Done():
			l.flushWhole(ctx)
			return
		case <-l.full:
			l.flushWhole(ctx)
		case <-write.C:
			l.flushWhole(ctx)
		}
	}
}

// writingTime bounds a flush: a server that stops waits for it.
const writingTime = 10 * time.Second

// flushWhole is a flush that does not end where ctx does: what it has taken out of memory
// would be lost with it.
func (l *RequestLog) flushWhole(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writingTime)
	defer cancel()
	l.Flush(ctx)
}

// Flush writes what has been recorded. What cannot be written is lost, counted, and told
// in the log of the server and, once that can be written again, in that of the directory.
func (l *RequestLog) Flush(ctx context.Context) {
	waiting, lost := l.take()
	for _, directory := range slices.Sorted(maps.Keys(waiting)) {
		entries := waiting[directory]
		if n := lost[directory]; n > 0 {
			l.log.WarnContext(ctx, "SCIM requests were not kept in the request log", "directory", directory, "requests", n)
			entries = append(entries, l.notice(directory, entries[len(entries)-1].At, n))
		}
		if err := l.store.WriteRequests(ctx, directory, entries); err != nil {
			l.log.ErrorContext(ctx, "the request log cannot be written", "directory", directory, "requests", len(entries), "error", err)
			l.lose(directory, len(waiting[directory])+lost[directory])
		}
	}
}

func (l *RequestLog) take() (waiting map[string][]models.ScimRequest, lost map[string]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting, l.waiting, l.count = l.waiting, make(map[string][]models.ScimRequest, len(l.waiting)), 0
	lost = make(map[string]int)
	for directory := range waiting {
		if n := l.lost[directory]; n > 0 {
			lost[directory] = n
			delete(l.lost, directory)
		}
	}
	return waiting, lost
}

func (l *RequestLog) lose(directory string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost[directory] += n
}

// notice is the entry that tells an admin of a gap.
func (l *RequestLog) notice(directory string, at models.Instant, n int) models.ScimRequest {
	return models.ScimRequest{DirectoryID: directory, ID: l.store.NewID(), At: at, Action: fmt.Sprintf("%d requests were not recorded", n)}
}
