package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgproto3"
)

// wiretap stands between a bridge and PostgreSQL and writes down what the bridge says:
// the statements of a request as they are, with nothing of the bridge opened for it.
type wiretap struct {
	listener net.Listener
	server   string

	mu     sync.Mutex
	heard  []statement
	flight int // counts what the bridge has waited for
}

// statement is SQL and the values of its parameters, nil for NULL. Those of one flight
// were sent together, and waited for once.
type statement struct {
	sql    string
	args   []*string
	flight int
}

// messageLimit bounds a message: more is no request of a benchmark.
const messageLimit = 64 << 20

// tap answers a wiretap, and the URL by which a bridge speaks through it. Its parameters
// come as text, so that they can be read.
func tap(databaseURL string) (*wiretap, string, error) {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return nil, "", err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	w := &wiretap{listener: listener, server: u.Host}
	query := u.Query()
	query.Set("sslmode", "disable")
	query.Set("default_query_exec_mode", "exec")
	u.RawQuery, u.Host = query.Encode(), listener.Addr().String()
	go w.accept()
	return w, u.String(), nil
}

func (w *wiretap) close() { _ = w.listener.Close() }

func (w *wiretap) accept() {
	for {
		conn, err := w.listener.Accept()
		if err != nil {
			return // closed
		}
		go w.relay(conn)
	}
}

func (w *wiretap) relay(client net.Conn) {
	defer client.Close()
	var dialer net.Dialer
	server, err := dialer.DialContext(context.Background(), "tcp", w.server)
	if err != nil {
		return // the bridge will say that its database is not there
	}
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
	defer server.Close()
	_ = w.listen(bufio.NewReader(io.TeeReader(client, server))) // ends with the connection
}

// listen reads the messages of a client: first a start without a kind, then kind,
// length and body each.
func (w *wiretap) listen(from *bufio.Reader) error {
	if _, err := readBody(from); err != nil {
		return err
	}
	var sql string
	for {
		kind, err := from.ReadByte()
		if err != nil {
			return err
		}
		body, err := readBody(from)
		if err != nil {
			return err
		}
		switch kind {
		case 'P':
			var parse pgproto3.Parse
			if err := parse.Decode(body); err != nil {
				return err
			}
			sql = parse.Query
		case 'B':
			var bind pgproto3.Bind
			if err := bind.Decode(body); err != nil {
				return err
			}
			w.hear(statement{sql: sql, args: texts(bind.Parameters)})
		case 'Q':
			var query pgproto3.Query
			if err := query.Decode(body); err != nil {
				return err
			}
			w.hear(statement{sql: query.String})
			w.landed()
		case 'S':
			w.landed()
		}
	}
}

func readBody(from *bufio.Reader) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(from, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n < 4 || n > messageLimit {
		return nil, fmt.Errorf("a message of %d bytes", n)
	}
	body := make([]byte, n-4)
	_, err := io.ReadFull(from, body)
	return body, err
}

func texts(values [][]byte) []*string {
	args := make([]*string, len(values))
	for i, v := range values {
		if v != nil {
			text := string(v)
			args[i] = &text
		}
	}
	return args
}

func (w *wiretap) hear(s statement) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.flight = w.flight
	w.heard = append(w.heard, s)
}

// landed ends a flight: what comes next is sent after an answer. Connections share the
// count, for of a single request only one speaks at a time.
func (w *wiretap) landed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flight++
}

// during answers what was said while f ran, without what the job queue asks for itself
// at any time.
func (w *wiretap) during(f func() error) ([]statement, error) {
	w.mu.Lock()
	w.heard = nil
	w.mu.Unlock()
	err := f()
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.heard), func(s statement) bool {
		return strings.Contains(s.sql, "river") || strings.HasPrefix(s.sql, "--")
	}), err
}
