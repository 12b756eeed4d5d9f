package main_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// asked finds the counts of requests without their durations.
var asked = regexp.MustCompile(`(?m)^scimbridge_request_duration_seconds_count\{(.*)\} (\d+)$`)

func TestMetricsAreForTheOperator(t *testing.T) {
	t.Parallel()
	c := &customer{settings: newSettings("sqlite://" + filepath.Join(t.TempDir(), "x.db"))}
	c.program = start(t, c.settings)
	c.setUp(t)
	for token, status := range map[string]int{"": http.StatusUnauthorized, "planted": http.StatusUnauthorized, c.write: http.StatusUnauthorized} {
		if r := c.ask(t, token, http.MethodGet, "/metrics", ""); r.status != status {
			t.Errorf("with %q: %d %s", token, r.status, r.body)
		}
	}
	var one struct{ Token string }
	issued := c.ask(t, adminToken, http.MethodPost, "/api/v1/admin-tokens", `{"name":"IT","access":"write","directory":"`+c.id+`"}`)
	if err := json.Unmarshal(issued.body, &one); err != nil {
		t.Fatal(err)
	}
	if r := c.ask(t, one.Token, http.MethodGet, "/metrics", ""); r.status != http.StatusForbidden {
		t.Errorf("an admin of one directory: %d %s", r.status, r.body)
	}
	c.ask(t, c.read, http.MethodGet, "/scim/"+c.id+"/v2/Users", "")
	c.ask(t, c.read, http.MethodGet, "/scim/"+c.id+"/v2/Users", "")
	c.ask(t, c.write, http.MethodPost, "/scim/"+c.id+"/v2/Users", `{"userName":"ann@contoso.example"}`)
	c.ask(t, "", "BREW", "/teapot", "")

	told := string(c.ask(t, adminToken, http.MethodGet, "/metrics", "").body)
	var requests []string
	for _, m := range asked.FindAllStringSubmatch(told, -1) {
		if !strings.HasPrefix(m[1], `door="/api/v1/"`) {
			requests = append(requests, m[1]+" "+m[2])
		}
	}
	want := []string{
		`door="/",method="GET",status="401" 3`, `door="/",method="GET",status="403" 1`, `door="/",method="other",status="404" 1`,
		`door="/scim/",method="GET",status="200" 2`, `door="/scim/",method="POST",status="201" 1`,
	}
	if diff := cmp.Diff(want, slices.DeleteFunc(requests, func(r string) bool {
		return strings.Contains(r, `method="GET",status="200"`) && strings.HasPrefix(r, `door="/"`)
	})); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	for _, line := range []string{"scimbridge_storms_total 0\n", `scimbridge_sync_runs{state="held"} 0` + "\n", `scimbridge_sync_runs{state="expired"} 0` + "\n", "scimbridge_credentials_ending 0\n"} {
		if !strings.Contains(told, line) {
			t.Errorf("%q is not among\n%s", line, told)
		}
	}
}
