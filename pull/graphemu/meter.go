package graphemu

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Meter is what has been asked of the emulator.
type Meter struct {
	// Requests counts by route pattern, batched requests included. Requests that
	// fit no route count as "unknown".
	Requests map[string]int
	// Units are the resource units of all requests to Graph, refused ones included.
	Units int
	// Throttled counts answers with 429.
	Throttled int
	// Early counts requests to Graph sent before a Retry-After was over.
	Early int
	// Bytes counts the bodies of answers, before compression.
	Bytes int64
}

// Total is the number of requests.
func (m Meter) Total() int {
	total := 0
	for _, n := range m.Requests {
		total += n
	}
	return total
}

// Request is one request in the log.
type Request struct {
	Time     time.Time
	Route    string // the pattern
	Method   string
	Path     string
	RawQuery string
	// Header holds what tells clients apart and what changes an answer.
	Header http.Header
	Batch  bool // a part of a batch
}

// headersOfInterest are what the log keeps. No credentials are among them.
var headersOfInterest = []string{
	"Consistencylevel", "Prefer", "Client-Request-Id", "X-Ms-Throttle-Priority", "User-Agent", "Accept-Encoding", "Sdkversion",
}

// Meter returns the counts since the start or the last reset.
func (e *Emulator) Meter() Meter {
	e.meter.mu.Lock()
	defer e.meter.mu.Unlock()
	counts := e.meter.counts
	counts.Requests = maps.Clone(counts.Requests)
	if counts.Requests == nil {
		counts.Requests = map[string]int{}
	}
	return counts
}

// Requests returns the last requests, the oldest first.
func (e *Emulator) Requests() []Request {
	e.meter.mu.Lock()
	defer e.meter.mu.Unlock()
	return slices.Clone(e.meter.last(e.config.Load().LogSize))
}

// ResetMeter forgets counts and log, but not a Retry-After that is not over.
func (e *Emulator) ResetMeter() {
	e.meter.mu.Lock()
	defer e.meter.mu.Unlock()
	e.meter.counts, e.meter.log = Meter{}, nil
}

type meter struct {
	mu     sync.Mutex
	counts Meter
	log    []Request
	// closedUntil is when the last Retry-After is over.
	closedUntil time.Time
}

func (m *meter) count(c *call) Request {
	r := Request{
		Time: c.now(), Route: c.pattern(), Method: c.method, Path: c.rawPath, RawQuery: c.query.raw,
		Header: http.Header{}, Batch: c.part,
	}
	for _, name := range headersOfInterest {
		if values, has := c.header[name]; has {
			r.Header[name] = values
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.counts.Requests == nil {
		m.counts.Requests = map[string]int{}
	}
	m.counts.Requests[r.Route]++
	m.counts.Units += c.units()
	if (c.route == nil || c.route.graph) && !c.part && r.Time.Before(m.closedUntil) {
		m.counts.Early++
	}
	m.log = append(m.log, r)
	if size := c.config.LogSize; len(m.log) > 2*size { // in one go, not one each time
		m.log = slices.Clone(m.last(size))
	}
	return r
}

func (m *meter) last(n int) []Request { return m.log[max(0, len(m.log)-n):] }

func (m *meter) answered(c *call, a *answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts.Bytes += int64(len(a.body))
	if a.status == http.StatusTooManyRequests {
		m.counts.Throttled++
	}
	seconds, err := strconv.ParseFloat(a.header.Get("Retry-After"), 64)
	if err != nil {
		return
	}
	until := c.now().Add(time.Duration(seconds * float64(time.Second)))
	if until.After(m.closedUntil) {
		m.closedUntil = until
	}
}
