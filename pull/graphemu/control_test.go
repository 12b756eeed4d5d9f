package graphemu_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"scimbridge/pull/graphemu"
)

func TestControlShowsTruthAndMeter(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	emu, c := serve(t, tenant, graphemu.Config{})
	control := httptest.NewServer(emu.Control())
	t.Cleanup(control.Close)
	read := func(path string, v any) int {
		answer, err := http.Get(control.URL + path)
		must(t, err)
		defer answer.Body.Close()
		if answer.StatusCode == 200 {
			must(t, json.NewDecoder(answer.Body).Decode(v))
		}
		return answer.StatusCode
	}
	c.get("/users")

	var truth struct {
		Users []graphemu.User
		Edges []graphemu.Edge
	}
	same(t, "status", 200, read("/tenants/contoso.example/truth", &truth))
	same(t, "users", tenant.Users(), truth.Users)
	same(t, "edges", tenant.Edges(), truth.Edges)
	same(t, "truth of nobody", 404, read("/tenants/x/truth", nil))

	var meter graphemu.Meter
	read("/meter", &meter)
	same(t, "meter", emu.Meter(), meter)
	answer, err := http.Post(control.URL+"/meter/reset", "", nil)
	must(t, err, answer.Body.Close())
	same(t, "after a reset", 0, emu.Meter().Total())
}

func TestAnApplicationReadsAboutItself(t *testing.T) {
	t.Parallel()
	now := newClock()
	app := graphemu.App{
		Secrets: []graphemu.Secret{{Value: graphemu.ClientSecret, Expires: now.Now().Add(time.Hour)}},
		Roles:   []string{"Application.Read.All"},
	}
	_, c := serve(t, village(t, now.Now), graphemu.Config{App: app})
	key := "(appId='" + graphemu.ClientID + "')"
	secret := c.get("/applications" + key + "?$select=passwordCredentials").json()["passwordCredentials"].([]any)[0]
	same(t, "end of the secret", any("2026-03-02T07:15:09Z"), secret.(map[string]any)["endDateTime"])
	same(t, "an application nobody knows", 404, c.get("/applications(appId='x')").status)

	c = withRoles(t, village(t, now.Now))
	same(t, "its registration without a permission", 403, c.get("/applications"+key).status)
	same(t, "its service principal without a permission", any("scimbridge"), c.get("/servicePrincipals" + key).json()["displayName"])
}
