package graphemu_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"scimbridge/pull/graphemu"
)

func TestAFaultStrikesWhereAndAsOftenAsItSays(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault graphemu.Fault
		links []string
		want  []int
	}{
		"the next two": {graphemu.Fault{Times: 2}, []string{"/users", "/groups", "/users"}, []int{429, 429, 200}},
		"every second": {graphemu.Fault{Every: 2}, []string{"/users", "/users", "/users", "/users"}, []int{200, 429, 200, 429}},
		"after one":    {graphemu.Fault{After: 1, Times: 1}, []string{"/users", "/users", "/users"}, []int{200, 429, 200}},
		"one route":    {graphemu.Fault{Route: "GET /groups"}, []string{"/users", "/groups", "/groups/crew"}, []int{200, 429, 200}},
		"some routes":  {graphemu.Fault{Route: "GET /groups*"}, []string{"/users", "/groups", "/groups/crew"}, []int{200, 429, 429}},
		"first pages":  {graphemu.Fault{Page: graphemu.FirstPage}, []string{"/users", "/users/delta"}, []int{429, 429}},
		"delta links":  {graphemu.Fault{Page: graphemu.DeltaLink}, []string{"/users/delta", "/users/delta?$deltatoken=latest"}, []int{200, 200}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			emu, c := serve(t, village(t, newClock().Now), graphemu.Config{})
			tc.fault.Effect = graphemu.Throttle("1")
			remove := emu.Inject(tc.fault)
			var got []int
			for _, link := range tc.links {
				got = append(got, c.get(link).status)
			}
			same(t, "answers", tc.want, got)
			remove()
			same(t, "after it is taken back", 200, c.get(tc.links[0]).status)
		})
	}
}

func TestAFaultThatCannotStrikeIsAMistake(t *testing.T) {
	t.Parallel()
	emu := graphemu.New(graphemu.Config{}, village(t, newClock().Now))
	defer func() {
		if recover() == nil {
			t.Error("Inject took a route that does not exist")
		}
	}()
	emu.Inject(graphemu.Fault{Route: "GET /people", Effect: graphemu.InternalError()})
}

func TestFaultsInAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		effect graphemu.Effect
		status int
		body   string
		header [2]string
	}{
		"throttled":                {graphemu.Throttle("2.128"), 429, `"code":"TooManyRequests"`, [2]string{"Retry-After", "2.128"}},
		"throttled without a time": {graphemu.Throttle(""), 429, `"code":"TooManyRequests"`, [2]string{"Retry-After", ""}},
		"unavailable":              {graphemu.Unavailable("5"), 503, `"code":"serviceNotAvailable"`, [2]string{"Retry-After", "5"}},
		"a gateway's time-out":     {graphemu.GatewayTimeout(), 504, `"code":"UnknownError","message":""`, [2]string{}},
		"an internal error":        {graphemu.InternalError(), 500, `"code":"generalException"`, [2]string{}},
		"no message":               {graphemu.WithoutMessage(500), 500, `{"error":{"code":"generalException"}}`, [2]string{}},
		"a proxy's page":           {graphemu.HTML(200), 200, `<!DOCTYPE html>`, [2]string{"Content-Type", "text/html; charset=utf-8"}},
		"another type":             {graphemu.ContentType("text/plain"), 200, `"value":[`, [2]string{"Content-Type", "text/plain"}},
		"a small page":             {graphemu.MaxPageSize(50), 400, "Must be between 1 and 50 inclusive", [2]string{}},
		"an expired page":          {graphemu.ExpiredToken(), 400, "Directory_ExpiredPageToken", [2]string{}},
		"a refusal":                {graphemu.Refuse(403, "Authorization_IdentityNotFound", "The identity of the calling application could not be established."), 403, "Authorization_IdentityNotFound", [2]string{}},
		"null mails":               {graphemu.Null("mail", "userPrincipalName"), 200, `"mail":null,"mobilePhone":null,"officeLocation":null,"preferredLanguage":null,"surname":null,"userPrincipalName":null`, [2]string{}},
		"nobody at all":            {graphemu.Empty(), 200, `"value":[]}`, [2]string{}},
		"two at once":              {graphemu.Together(graphemu.ContentType("text/plain"), graphemu.HTML(502)), 502, `<html>`, [2]string{"Content-Type", "text/plain"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			emu, c := serve(t, village(t, newClock().Now), graphemu.Config{})
			emu.Inject(graphemu.Fault{Effect: tc.effect})
			r := c.get("/users")
			same(t, "status", tc.status, r.status)
			if !strings.Contains(r.body, tc.body) {
				t.Errorf("body lacks %q: %s", tc.body, r.body)
			}
			if tc.header[0] != "" {
				same(t, tc.header[0], tc.header[1], r.header.Get(tc.header[0]))
			}
		})
	}
}

func TestFaultsOfTheConnection(t *testing.T) {
	t.Parallel()
	for name, protocol := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			emu, c := serve(t, village(t, newClock().Now), graphemu.Config{})
			c.http.Transport.(*http.Transport).ForceAttemptHTTP2 = protocol
			whole := len(c.get("/users").body)

			remove := emu.Inject(graphemu.Fault{Effect: graphemu.CutBody()})
			answer, err := c.http.Do(c.request(http.MethodGet, "/users", nil))
			must(t, err)
			body, err := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if err == nil || len(body) != whole/2 || int(answer.ContentLength) != whole {
				t.Errorf("a cut body came as %d of %d bytes, with error %v", len(body), answer.ContentLength, err)
			}
			remove()

			emu.Inject(graphemu.Fault{Times: 1, Effect: graphemu.TruncateJSON()})
			r := c.get("/users")
			same(t, "truncated", []any{200, whole / 2}, []any{r.status, len(r.body)})

			emu.Inject(graphemu.Fault{Effect: graphemu.CloseConnection()})
			if _, err := c.http.Do(c.request(http.MethodGet, "/users", nil)); err == nil {
				t.Error("a closed connection answered")
			}
			emu.ClearFaults()
			same(t, "afterwards", 200, c.get("/users").status)
		})
	}
}

func TestFaultsOfDelta(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	emu, c := serve(t, tenant, graphemu.Config{})
	inject := func(effect graphemu.Effect) {
		emu.ClearFaults()
		emu.Inject(graphemu.Fault{Route: "GET /users/delta", Times: 1, Effect: effect})
	}
	inject(graphemu.Strangers(2))
	told, _ := c.all("/users/delta?$select=id")
	same(t, "strangers", 6, len(told))
	same(t, "a stranger's reason", any(map[string]any{"reason": "changed"}), told[0].(map[string]any)["@removed"])

	inject(graphemu.Duplicate())
	told, link := c.all("/users/delta?$select=displayName,manager")
	same(t, "everybody twice", "ann ann bob bob cem cem dee dee", ids(told))

	inject(graphemu.Gone())
	gone := c.get(link)
	same(t, "a reset", "Gone: resyncRequired", gone.code())
	same(t, "its location", c.origin+"/v1.0/users/delta?$deltatoken=&$select=displayName,id,manager", gone.header.Get("Location"))
	told, _ = c.all(gone.header.Get("Location"))
	same(t, "a round from there", "ann bob cem dee", ids(told))

	inject(graphemu.SyncStateNotFound())
	same(t, "a forgotten state", "Bad Request: syncStateNotFound", c.get(link).code())

	inject(graphemu.Empty())
	told, link = c.all("/users/delta?$select=displayName")
	same(t, "nobody where there were four", 0, len(told))

	must(t, tenant.UpdateUser("ann", graphemu.Properties{"displayName": "A"}))
	told, link = c.all(link)
	same(t, "a change", "ann", ids(told))
	inject(graphemu.Replay())
	told, _ = c.all(link)
	same(t, "the change once more", "ann", ids(told))
}

func TestLatencyPassesByTheWaitHandedIn(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var waits []time.Duration
	config := graphemu.Config{Wait: func(_ context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		waits = append(waits, d)
		return nil
	}}
	emu, c := serve(t, village(t, newClock().Now), config)
	emu.Configure(func(config *graphemu.Config) { config.Latency = time.Second })
	emu.Inject(graphemu.Fault{Route: "GET /groups", Effect: graphemu.Slow(time.Minute)})
	c.get("/users")
	c.get("/groups")
	same(t, "waits", []time.Duration{time.Second, time.Second, time.Minute}, waits)
}

func TestAQuotaOfUnitsRefillsByTheClock(t *testing.T) {
	t.Parallel()
	now := newClock()
	emu, c := serve(t, village(t, now.Now), graphemu.Config{Units: 10})
	var warnings []string
	for range 5 { // two units each
		r := c.get("/users")
		same(t, "within the quota", 200, r.status)
		warnings = append(warnings, r.header.Get("x-ms-throttle-limit-percentage"))
	}
	same(t, "warnings", []string{"", "", "", "0.8", "1.0"}, warnings)
	over := c.get("/users")
	same(t, "over it", []any{429, "2", "ResourceUnitLimitExceeded"},
		[]any{over.status, over.header.Get("Retry-After"), over.header.Get("x-ms-throttle-information")})
	same(t, "too early", 429, c.get("/users").status)
	same(t, "early requests", 1, emu.Meter().Early)
	now.Advance(10 * time.Second)
	same(t, "later", 200, c.get("/users").status)
}

func TestTheMeterCounts(t *testing.T) {
	t.Parallel()
	now := newClock()
	emu, c := serve(t, village(t, now.Now), graphemu.Config{})
	emu.ResetMeter()
	emu.Inject(graphemu.Fault{Route: "GET /users", Times: 1, Effect: graphemu.Throttle("2")})
	c.get("/users?$select=id&$top=50", "x-ms-throttle-priority: low")
	now.Advance(time.Second)
	c.get("/groups/crew/members")
	now.Advance(time.Second)
	c.get("/nowhere")
	got := emu.Meter()
	got.Bytes = 0
	same(t, "meter", graphemu.Meter{
		Requests: map[string]int{"GET /users": 1, "GET /groups/{id}/members": 1, "unknown": 1},
		Units:    4, Throttled: 1, Early: 1,
	}, got)
	log := emu.Requests()
	same(t, "log", []string{"/v1.0/users", "$select=id&$top=50", "low"},
		[]string{log[0].Path, log[0].RawQuery, log[0].Header.Get("X-Ms-Throttle-Priority")})
	if len(log[0].Header["Authorization"]) > 0 {
		t.Error("the log holds a credential")
	}
}

func TestTheLogForgetsTheOldest(t *testing.T) {
	t.Parallel()
	emu, c := serve(t, village(t, newClock().Now), graphemu.Config{LogSize: 3})
	for range 10 {
		c.get("/users/ann")
	}
	c.get("/users/bob")
	log := emu.Requests()
	same(t, "length", 3, len(log))
	same(t, "last", "/v1.0/users/bob", log[2].Path)
}

func TestTheHookMayChangeTheTenantBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	_, c := serve(t, tenant, graphemu.Config{OnRequest: func(r graphemu.Request) {
		if r.Route == "GET /users/{id}" {
			must(t, tenant.UpdateUser("ann", graphemu.Properties{"displayName": "Changed"}))
		}
	}})
	same(t, "name", any("Changed"), c.get("/users/ann").json()["displayName"])
}

func TestAnswersAreCompressedForThoseWhoAsk(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{Gzip: true})
	r := c.get("/users", "Accept-Encoding: gzip")
	same(t, "encoding", "gzip", r.header.Get("Content-Encoding"))
	same(t, "people", 4, len(c.get("/users").values()))
}
