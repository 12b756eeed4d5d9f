package admin_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/push"
	"scimbridge/scim"
	"scimbridge/store"
)

// provisioning is a SCIM client of one directory of a bridge.
type provisioning struct {
	url, token string
	opener     *push.Opener
}

func (b *bridge) provisioning(t testing.TB, directory string) *provisioning {
	t.Helper()
	text, hash := access.NewToken()
	if _, err := b.store.CreateToken(t.Context(), models.Token{DirectoryID: idOf(directory), Name: "Entra", Access: models.WriteAccess, Hash: hash}); err != nil {
		t.Fatal(err)
	}
	p := &provisioning{token: text, opener: &push.Opener{Store: b.store, PublicURL: "https://bridge.example"}}
	e := echo.New()
	scim.New(p.opener).Mount(e.Group("/scim/:tenant/v2"))
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	p.url = server.URL + "/scim/" + idOf(directory) + "/v2"
	return p
}

// must sends a request that has to be answered with a status, and reads the answer.
func (p *provisioning) must(t testing.TB, status int, method, path, body string) map[string]any {
	t.Helper()
	r, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Content-Type", "application/scim+json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != status {
		t.Fatalf("%s %s: %d, %v, want %d: %s", method, path, response.StatusCode, err, status, text)
	}
	var object map[string]any
	if len(text) > 0 {
		if err := json.Unmarshal(text, &object); err != nil {
			t.Fatal(err)
		}
	}
	return object
}

func (p *provisioning) user(t testing.TB, name string, more ...string) string {
	t.Helper()
	body := fmt.Sprintf(`{"userName":"%s@contoso.example","active":true%s}`, name, strings.Join(append([]string{""}, more...), ","))
	return p.must(t, 201, "POST", "/Users", body)["id"].(string)
}

func (p *provisioning) group(t testing.TB, name string, members ...string) string {
	t.Helper()
	return p.must(t, 201, "POST", "/Groups", fmt.Sprintf(`{"displayName":%q,"members":%s}`, name, references(members)))["id"].(string)
}

func references(ids []string) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = fmt.Sprintf(`{"value":%q}`, id)
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func (p *provisioning) activate(t testing.TB, id string, active bool) {
	t.Helper()
	p.must(t, 200, "PATCH", "/Users/"+id, fmt.Sprintf(`{"Operations":[{"op":"replace","path":"active","value":%v}]}`, active))
}

func (p *provisioning) takeOut(t testing.TB, group string, members ...string) {
	t.Helper()
	p.must(t, 204, "PATCH", "/Groups/"+group, fmt.Sprintf(`{"Operations":[{"op":"remove","path":"members","value":%s}]}`, references(members)))
}

// members are the ids of a group's members, as SCIM shows them.
func (p *provisioning) members(t testing.TB, group string) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	list, _ := p.must(t, 200, "GET", "/Groups/"+group, "")["members"].([]any)
	for _, m := range list {
		ids[m.(map[string]any)["value"].(string)] = true
	}
	return ids
}

// reads records a reading of the pull of somebody whom it reads by id.
func (b *bridge) reads(t testing.TB, directory, id string, said models.SourceUser) {
	t.Helper()
	err := b.store.InTx(t.Context(), idOf(directory), func(tx *store.Tx) error {
		users, err := tx.UsersForUpdate([]string{id})
		if err != nil {
			return err
		}
		at, err := tx.Now(t.Context())
		if err != nil {
			return err
		}
		return hearPull(tx, users[0], said, models.Look{At: at, Direct: true})
	})
	if err != nil {
		t.Fatal(err)
	}
}
