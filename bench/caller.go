package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// caller sends requests over one kept connection. It shares the cores with what it
// measures, as pgbench does, so it is hardly more than a socket: a request is bytes,
// and of an answer only the status is looked at.
type caller struct {
	conn   net.Conn
	reader *bufio.Reader
}

// answerLimit bounds a wait for one answer.
const answerLimit = time.Minute

func dial(ctx context.Context, t tenancy) (*caller, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", t.base.Host)
	if err != nil {
		return nil, err
	}
	return &caller{conn: conn, reader: bufio.NewReaderSize(conn, 64<<10)}, nil
}

func (c *caller) close() { _ = c.conn.Close() }

// send answers the body of the answer if keep is set.
func (c *caller) send(request []byte, want int, keep bool) ([]byte, error) {
	if err := c.conn.SetDeadline(time.Now().Add(answerLimit)); err != nil {
		return nil, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if !keep && answer.StatusCode == want {
		_, err := io.Copy(io.Discard, answer.Body)
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != want {
		err = fmt.Errorf("the bridge answered %s instead of %d: %s", answer.Status, want, body)
	}
	return body, err
}

// request writes a request to a path below the directory's SCIM base.
func (t tenancy) request(method, path, body string) []byte {
	text := method + " " + t.base.Path + path + " HTTP/1.1\r\nHost: " + t.base.Host +
		"\r\nAuthorization: Bearer " + t.token + "\r\nAccept: application/scim+json\r\n"
	if body != "" {
		text += "Content-Type: application/scim+json; charset=utf-8\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	return []byte(text + "\r\n" + body)
}
