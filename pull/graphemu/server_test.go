package graphemu_test

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"testing"
	"time"

	"scimbridge/pull/graphemu"
)

func TestAServerIsTrustedByItsRoots(t *testing.T) {
	t.Parallel()
	tenant := village(t, time.Now)
	srv, err := graphemu.Listen(graphemu.New(graphemu.Config{}, tenant), "127.0.0.1:0")
	must(t, err)
	c := &client{t: t, http: srv.Client(), origin: srv.URL, tenant: tenant}
	c.signIn()
	same(t, "people", "ann bob cem dee", ids(c.get("/users?$select=id").values()))

	answer, err := srv.Client().Do(c.request(http.MethodGet, "/users", nil))
	must(t, err, answer.Body.Close())
	same(t, "protocol", "HTTP/2.0", answer.Proto)

	if _, err := http.Get(srv.URL); err == nil {
		t.Error("a client without the roots trusts the server")
	}
	block, _ := pem.Decode(srv.RootsPEM)
	certificate, err := x509.ParseCertificate(block.Bytes)
	must(t, err, certificate.VerifyHostname("localhost"), certificate.VerifyHostname("127.0.0.1"))

	must(t, srv.Close())
	if _, err := srv.Client().Get(srv.URL); err == nil {
		t.Error("a closed server answers")
	}
	if _, err := graphemu.Listen(graphemu.New(graphemu.Config{}, tenant), "127.0.0.1:-1"); err == nil {
		t.Error("a server listens at no address")
	}
}
