package graphemu

import (
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// answer is what goes back to the client, held in memory until it is whole, so
// that faults can spoil it.
type answer struct {
	status int
	header http.Header
	body   []byte
	// cutAfter breaks the connection after so many bytes of the body; negative
	// sends it whole.
	cutAfter int
}

// bodies are reused: a page of users is 100 KiB and more.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

func newBody() []byte { return (*bodies.Get().(*[]byte))[:0] }

func newAnswer(status int) *answer {
	return &answer{status: status, header: http.Header{}, body: newBody(), cutAfter: -1}
}

// release gives the body back. Nobody may hold on to it.
func (a *answer) release() {
	bodies.Put(&a.body)
}

// closedConnection is no answer at all.
func closedConnection() *answer {
	return &answer{header: http.Header{}, cutAfter: 0}
}

func (a *answer) write(w http.ResponseWriter, r *http.Request) {
	if a.status == 0 {
		panic(http.ErrAbortHandler) // net/http closes the connection, or resets the HTTP/2 stream
	}
	for key, values := range a.header {
		w.Header()[key] = values
	}
	if a.header.Get("Content-Encoding") == "gzip" && a.cutAfter < 0 {
		w.WriteHeader(a.status)
		zip := gzip.NewWriter(w)
		_, _ = zip.Write(a.body) // a client that left needs no answer
		_ = zip.Close()
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if a.cutAfter < 0 {
		_, _ = w.Write(a.body)
		return
	}
	_, _ = w.Write(a.body[:min(a.cutAfter, len(a.body))])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// compress marks the answer to be sent as gzip if the client takes it.
func (a *answer) compress(c *call) {
	if c.config.Gzip && strings.Contains(c.header.Get("Accept-Encoding"), "gzip") {
		a.header.Set("Content-Encoding", "gzip")
	}
}
