package scim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"scimbridge/models"
	"scimbridge/scim"
)

const base = "https://bridge.fabrikam.example/scim/contoso/v2"

// tokens opens the tenant contoso for a "writer" and a "reader".
type tokens struct {
	backend scim.Backend
}

func (o tokens) Open(_ context.Context, tenant, bearer string) (*scim.Session, error) {
	if tenant != "contoso" || bearer != "writer" && bearer != "reader" {
		return nil, models.ErrUnauthorized
	}
	return &scim.Session{Backend: o.backend, Schemas: standard, BaseURL: base, ReadOnly: bearer == "reader"}, nil
}

// server is a Handler behind real HTTP.
type server struct {
	*httptest.Server
	memory *memory
}

func newServer(t testing.TB, options ...scim.Option) *server {
	t.Helper()
	m := newMemory()
	return &server{serve(t, m, options...), m}
}

func serve(t testing.TB, b scim.Backend, options ...scim.Option) *httptest.Server {
	t.Helper()
	e := echo.New()
	scim.New(tokens{b}, options...).Mount(e.Group("/scim/:tenant/v2"))
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	return s
}

var everything = scim.WithFeatures(scim.Features{Sort: true, Cursor: true, ETag: true, Bulk: true})

// reply is an answer that has been read.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// json is the body as an object.
func (r reply) json(t testing.TB) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(r.body, &out); err != nil {
		t.Fatalf("status %d, body is not a JSON object: %v\n%s", r.status, err, r.body)
	}
	return out
}

// do sends a request as the writer; header lines such as "Accept: x" replace what
// is sent by default, and an empty value sends none.
func (s *server) do(t testing.TB, method, path, body string, header ...string) reply {
	t.Helper()
	r, err := http.NewRequest(method, s.URL+"/scim/contoso/v2"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	r.Header.Set("Authorization", "Bearer writer")
	r.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	r.Header.Set("User-Agent", "") // Entra sends none (Q30)
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header, bytes.TrimSpace(content)}
}

// must is do for a step that has to succeed.
func (s *server) must(t testing.TB, status int, method, path, body string, header ...string) reply {
	t.Helper()
	r := s.do(t, method, path, body, header...)
	if r.status != status {
		t.Fatalf("%s %s: status %d, want %d\n%s", method, path, r.status, status, r.body)
	}
	return r
}

// user creates a user and returns its id.
func (s *server) user(t testing.TB, body string) string {
	t.Helper()
	return s.must(t, http.StatusCreated, "POST", "/Users", body).json(t)["id"].(string)
}

func (s *server) group(t testing.TB, body string) string {
	t.Helper()
	return s.must(t, http.StatusCreated, "POST", "/Groups", body).json(t)["id"].(string)
}
