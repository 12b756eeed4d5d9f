package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestATokenIsShownOnceAndOpensUntilItIsRevoked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b, ctx := newBridge(t, s), context.Background()
		directory := b.newDirectory(t)
		issued := b.must(t, 201, "POST", directory+"/scim-tokens", `{"name":"Entra","access":"write"}`)
		text, path := issued.read(t, "token"), issued.header.Get("Location")

		admitted, err := s.Admit(ctx, idOf(directory), access.Hash(text))
		if err != nil || admitted.Token.Access != models.WriteAccess {
			t.Fatalf("admitted %+v, %v", admitted, err)
		}
		for _, later := range []string{path, directory + "/scim-tokens"} {
			body := string(b.must(t, 200, "GET", later, "").body)
			if strings.Contains(body, text) || strings.Contains(body, access.Hash(text)) {
				t.Errorf("GET %s shows the token or its hash: %s", later, body)
			}
		}

		b.must(t, 204, "DELETE", path, "")
		if _, err := s.Admit(ctx, idOf(directory), access.Hash(text)); !errors.Is(err, models.ErrUnauthorized) {
			t.Errorf("revoked, and yet: %v", err)
		}
		b.must(t, 200, "GET", path, "").read(t, "revokedAt")
		b.refused(t, 404, "not-found", "", "DELETE", path, "")
	})
}

func TestBadTokensAreNotIssued(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	path := b.newDirectory(t) + "/scim-tokens"
	for body, field := range map[string]string{
		`{"access":"write"}`:                                                   "name",
		`{"name":" ","access":"write"}`:                                        "name",
		`{"name":"Entra\u0000","access":"write"}`:                              "name",
		`{"name":"Entra"}`:                                                     "access",
		`{"name":"Entra","access":"admin"}`:                                    "access",
		`{"name":"Entra","access":"write","expiresAt":"tomorrow"}`:             "expiresAt",
		`{"name":"Entra","access":"write","expiresAt":"2001-01-01T00:00:00Z"}`: "expiresAt",
		`{"name":"Entra","access":"write","token":"scb_mine"}`:                 "token",
	} {
		b.refused(t, 400, "invalid", field, "POST", path, body)
	}
	b.must(t, 201, "POST", path, `{"name":"Entra","access":"read","expiresAt":"2999-12-31T23:59:59Z"}`)
}

// hideToken puts a fixed text in the place of the random one.
func hideToken(t *testing.T, a *answer) {
	t.Helper()
	text := a.read(t, "token")
	if !access.WellFormed(text) {
		t.Errorf("%q is not a token", text)
	}
	a.body = []byte(strings.ReplaceAll(string(a.body), text, "scb_(49 more)"))
	if !json.Valid(a.body) {
		t.Fatalf("not JSON: %s", a.body)
	}
}

// idOf is the last segment of a resource's path.
func idOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
