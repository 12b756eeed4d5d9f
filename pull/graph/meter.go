package graph

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"scimbridge/pull"
)

// meter counts what goes to Graph, and how often a token was asked for.
type meter struct {
	next http.RoundTripper
	now  func() time.Time

	mu    sync.Mutex
	usage pull.Usage
}

func (m *meter) RoundTrip(req *http.Request) (*http.Response, error) {
	attemptOf(req.Context()).sentAt = m.now()
	m.add(pull.Usage{Requests: 1})
	resp, err := m.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	cost := pull.Usage{Units: units(resp.Header)}
	if resp.StatusCode == http.StatusTooManyRequests {
		cost.Throttled = 1
	}
	m.add(cost)
	resp.Body = &countedBody{ReadCloser: resp.Body, meter: m}
	tameChallenge(resp)
	return resp, nil
}

// tameChallenge drops a challenge that the adapter cannot read: it takes the quoted
// part of a claims parameter and panics where nothing is quoted (kiota-http-go
// v1.5.4, retryCAEResponseIfRequired).
func tameChallenge(resp *http.Response) {
	for part := range strings.SplitSeq(resp.Header.Get("WWW-Authenticate"), ",") {
		if strings.Contains(part, "claims") && strings.Count(part, `"`) < 2 {
			resp.Header.Del("WWW-Authenticate")
			return
		}
	}
}

func units(header http.Header) int {
	n, err := strconv.Atoi(header.Get("x-ms-resource-unit"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (m *meter) add(u pull.Usage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.usage.Requests += u.Requests
	m.usage.Throttled += u.Throttled
	m.usage.Units += u.Units
	m.usage.Bytes += u.Bytes
	m.usage.Waited += u.Waited
	m.usage.SignIns += u.SignIns
}

func (m *meter) total() pull.Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.usage
}

// countedBody counts bytes as they are read, after decompression.
type countedBody struct {
	io.ReadCloser
	meter *meter
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.meter.add(pull.Usage{Bytes: int64(n)})
	return n, err
}
