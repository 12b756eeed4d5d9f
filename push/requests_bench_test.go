package push_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// wire is one kept connection. It allocates next to nothing itself, so that what a
// benchmark reports is the server's.
type wire struct {
	conn   net.Conn
	reader *bufio.Reader
}

func (s *server) wire(b *testing.B) wire {
	b.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(b.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	return wire{conn, bufio.NewReaderSize(conn, 64<<10)}
}

// request is one as it goes over a wire.
func (s *server) request(method, path, body string) []byte {
	return fmt.Appendf(nil, "%s /scim/%s/v2%s HTTP/1.1\r\nHost: bridge\r\nAuthorization: Bearer %s\r\nContent-Type: application/scim+json\r\nContent-Length: %d\r\n\r\n%s",
		method, s.directory.ID, path, s.write, len(body), body)
}

func (w wire) send(b *testing.B, request []byte, want int) {
	if _, err := w.conn.Write(request); err != nil {
		b.Fatal(err)
	}
	answer, err := http.ReadResponse(w.reader, nil)
	if err != nil {
		b.Fatal(err)
	}
	if answer.StatusCode != want {
		b.Fatalf("status %d, want %d", answer.StatusCode, want)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRequest tells time and allocations of a request, with a database that does not
// wait for the disk. A user is in ten groups, which lie in an eleventh.
func BenchmarkRequest(b *testing.B) {
	for name, databaseURL := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.PostgreSQL} {
		b.Run(name, func(b *testing.B) {
			s := serve(b, storetest.Open(b, databaseURL(b), store.Options{}), models.DefaultSettings())
			all := people(b, s, 1000)
			var groups []string
			for i := range 10 {
				groups = append(groups, s.group(b, fmt.Sprint("Group ", i), all[:10]...))
			}
			s.group(b, "Outer", groups...)
			byName := "/Users?filter=" + url.QueryEscape(`userName eq "person3@contoso.example"`)
			for _, kind := range []struct {
				name string
				want int
				of   func(i int) []byte
			}{
				{"GET by id", http.StatusOK, func(int) []byte { return s.request("GET", "/Users/"+all[3], "") }},
				{"GET by userName", http.StatusOK, func(int) []byte { return s.request("GET", byName, "") }},
				{"POST a user", http.StatusCreated, func(i int) []byte {
					return s.request("POST", "/Users", fmt.Sprintf(richUser, fmt.Sprint("b", i), fmt.Sprintf("b%d@contoso.example", i), all[0]))
				}},
				{"PATCH a member", http.StatusNoContent, func(i int) []byte {
					operation := fmt.Sprintf(`{"op":%q,"path":"members","value":%s}`, []string{"Add", "Remove"}[i/900%2], values(all[100+i%900]))
					return s.request("PATCH", "/Groups/"+groups[0], patchBody(operation))
				}},
			} {
				b.Run(kind.name, func(b *testing.B) {
					w, i := s.wire(b), 0
					b.ReportAllocs()
					for b.Loop() {
						w.send(b, kind.of(sent+i), kind.want)
						i++
					}
					sent += i // names are not given twice
				})
			}
		})
	}
}

// sent counts what the benchmarks have sent.
var sent int
