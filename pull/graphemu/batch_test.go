package graphemu_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"scimbridge/pull/graphemu"
)

func TestABatchIsAnsweredInAnyOrder(t *testing.T) {
	t.Parallel()
	emu, c := serve(t, village(t, newClock().Now), graphemu.Config{})
	emu.Inject(graphemu.Fault{Route: "GET /users/{id}", Effect: graphemu.Throttle("3")})
	r := c.post("/$batch", `{"requests":[
		{"id":"1","method":"GET","url":"/users/ann/manager?$select=id"},
		{"id":"2","method":"GET","url":"users/dee/manager"},
		{"id":"3","method":"GET","url":"/users/ann"},
		{"id":"4","method":"GET","url":"/groups/$count","headers":{"ConsistencyLevel":"eventual"}},
		{"id":"5","method":"POST","url":"/directoryObjects/getByIds?$select=id","body":{"ids":["dee"],"types":["user"]}}]}`)
	responses := r.json()["responses"].([]any)
	inOrder := map[string]map[string]any{}
	var order []string
	for _, one := range responses {
		m := one.(map[string]any)
		order = append(order, m["id"].(string))
		inOrder[m["id"].(string)] = m
	}
	same(t, "status", 200, r.status)
	if slices.IsSorted(order) {
		t.Errorf("answers come in the order of the requests: %v", order)
	}
	same(t, "a manager", any("bob"), inOrder["1"]["body"].(map[string]any)["id"])
	same(t, "no manager", any(404.0), inOrder["2"]["status"])
	same(t, "a throttled part", []any{429.0, "3"}, []any{inOrder["3"]["status"], inOrder["3"]["headers"].(map[string]any)["Retry-After"]})
	same(t, "text in base64", any("Mw=="), inOrder["4"]["body"])
	same(t, "a part with a body", parse(t, `[{"@odata.type":"#microsoft.graph.user","id":"dee"}]`), inOrder["5"]["body"].(map[string]any)["value"].([]any))
	same(t, "requests counted", 6, emu.Meter().Total()-1) // less the sign-in
}

func TestBatchesThatAreRefused(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{})
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprintf(`{"id":"%d","method":"GET","url":"/users/ann"}`, i)
	}
	for name, body := range map[string]string{
		"21 requests":        `{"requests":[` + strings.Join(many, ",") + `]}`,
		"none":               `{"requests":[]}`,
		"the same id twice":  `{"requests":[` + many[0] + `,` + many[0] + `]}`,
		"a batch in a batch": `{"requests":[{"id":"1","method":"POST","url":"/$batch"}]}`,
		"an absolute url":    `{"requests":[{"id":"1","method":"GET","url":"https://graph.microsoft.com/v1.0/users"}]}`,
		"no url":             `{"requests":[{"id":"1","method":"GET"}]}`,
		"no JSON":            `{"requests":`,
	} {
		t.Run(name, func(t *testing.T) { same(t, "status", 400, c.post("/$batch", body).status) })
	}
	same(t, "20 requests", 200, c.post("/$batch", `{"requests":[`+strings.Join(many[:20], ",")+`]}`).status)
}

func TestABatchMayBeCompressed(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{})
	var body bytes.Buffer
	zip := gzip.NewWriter(&body)
	_, err := zip.Write([]byte(`{"requests":[{"id":"1","method":"GET","url":"/users/ann?$select=id"}]}`))
	must(t, err, zip.Close())
	same(t, "gzip", 200, c.post("/$batch", body.String(), "Content-Encoding: gzip").status)
	same(t, "no gzip, though it says so", 400, c.post("/$batch", "{}", "Content-Encoding: gzip").status)
	same(t, "another encoding", 415, c.post("/$batch", body.String(), "Content-Encoding: br").status)
}

func TestGetByIDsLeavesOutWhoIsNotThere(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	must(t, tenant.DeleteUser("cem"))
	_, c := serve(t, tenant, graphemu.Config{})
	post := func(ids []string, types string) response {
		body, err := json.Marshal(ids)
		must(t, err)
		return c.post("/directoryObjects/getByIds?$select=id,accountEnabled", `{"ids":`+string(body)+types+`}`)
	}
	same(t, "of any type", parse(t, `[
		{"@odata.type":"#microsoft.graph.user","id":"bob","accountEnabled":false},
		{"@odata.type":"#microsoft.graph.group","id":"crew"}]`), post([]string{"bob", "cem", "nobody", "crew"}, "").values())
	same(t, "users", "bob", ids(post([]string{"bob", "crew"}, `,"types":["user"]`).values()))
	same(t, "nobody asked for", 400, post([]string{}, "").status)
	same(t, "1,001 ids", 400, post(make([]string, 1001), "").status)
	same(t, "1,000 ids", 200, post(make([]string, 1000), "").status)
}

func TestOrganizationIsTheTenant(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	_, c := serve(t, tenant, graphemu.Config{})
	same(t, "organization", []any{map[string]any{"id": tenant.ID(), "displayName": "Contoso"}},
		c.get("/organization?$select=id,displayName").values())
	same(t, "an unknown property", http.StatusBadRequest, c.get("/organization?$select=colour").status)
}
