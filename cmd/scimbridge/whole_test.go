package main_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"scimbridge/pull/graphemu"
	"scimbridge/store/storetest"
)

// TestTheWholeJob is the program's main job on each database: a directory is set up and
// tried out, pulled, pushed to in both dialects and pulled again, over restarts. After
// every step the bridge shows over SCIM what Microsoft Graph knows.
func TestTheWholeJob(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		c := newTestModeCustomer(t, databaseURL)
		c.graphAnswers(t)
		c.testModeOnlyPlans(t)
		c.admin(t, http.StatusOK, "PATCH", c.path(""), `{"mode":"production","settle":"0s"}`)

		c.firstPullBringsAll(t)
		c.quietPullWritesNothing(t)

		people := ordinary(t, c.tenant)
		entra{customer: c}.pushes(t, people[0:4])
		entra{customer: c, isNew: true}.pushes(t, people[4:8])
		leaveOut(t, c.tenant, people[8:13])
		c.pullMends(t)
		c.quietPullWritesNothing(t)

		before := dump(t, databaseURL, append(merged, "changes", "sync_runs", "sync_run_items", "pull_states", "tokens")...)
		c.restart(t)
		before.equal(t, dump(t, databaseURL, append(merged, "changes", "sync_runs", "sync_run_items", "pull_states", "tokens")...))
		c.showsTheTruth(t)
		c.quietPullWritesNothing(t)
		c.storesNoSecret(t)
	})
}

func (c *customer) graphAnswers(t *testing.T) {
	t.Helper()
	if tested := c.admin(t, http.StatusOK, "POST", c.path("/graph/test"), "{}"); tested["ok"] != true {
		t.Errorf("the test of Graph: %v", tested)
	}
}

// testModeOnlyPlans: a run in test mode counts and names what it would do.
func (c *customer) testModeOnlyPlans(t *testing.T) {
	t.Helper()
	url := c.settings["SCIMBRIDGE_DATABASE_URL"]
	before := dump(t, url, append(merged, "changes", "pull_states")...)
	run := c.pull(t)
	before.equal(t, dump(t, url, append(merged, "changes", "pull_states")...))
	users := len(c.tenant.Users())
	if created := count(t, run, "counts", "users", "created"); created != users {
		t.Errorf("the plan creates %d users of %d", created, users)
	}
	if added := count(t, run, "counts", "memberships", "added"); added == 0 {
		t.Error("the plan adds no memberships")
	}
	if items := c.items(t, run["id"].(string)); len(items) != users+len(c.tenant.Groups()) {
		t.Errorf("the plan has %d items for %d users and %d groups", len(items), users, len(c.tenant.Groups()))
	}
}

func (c *customer) firstPullBringsAll(t *testing.T) {
	t.Helper()
	run := c.pull(t)
	for _, counted := range []struct {
		what      string
		got, want int
	}{
		{"users", count(t, run, "counts", "users", "created"), len(c.tenant.Users())},
		{"groups", count(t, run, "counts", "groups", "created"), len(c.tenant.Groups())},
		{"conflicts", count(t, run, "counts", "users", "conflicts"), 0},
	} {
		if counted.got != counted.want {
			t.Errorf("the first pull counted %d %s, want %d", counted.got, counted.what, counted.want)
		}
	}
	c.showsTheTruth(t)
}

// quietPullWritesNothing: not a row of users, groups or memberships, not even anew with
// equal values, and nothing in the feed.
func (c *customer) quietPullWritesNothing(t *testing.T) {
	t.Helper()
	url := c.settings["SCIMBRIDGE_DATABASE_URL"]
	before := dump(t, url, append(merged, "changes")...)
	run := c.pull(t)
	before.equal(t, dump(t, url, append(merged, "changes")...))
	if items := c.items(t, run["id"].(string)); len(items) > 0 {
		t.Errorf("a quiet pull did something: %v", items)
	}
}

// pullMends: what no push told is as in Graph after the pull, whatever was pushed
// before.
func (c *customer) pullMends(t *testing.T) {
	t.Helper()
	run := c.pull(t)
	actions := map[string]int{}
	for _, item := range c.items(t, run["id"].(string)) {
		actions[fmt.Sprint(item["kind"], " ", item["action"])]++
	}
	for _, want := range []string{"user adopted", "group adopted", "group created", "user deactivated", "user removed", "group removed", "user updated"} {
		if actions[want] == 0 {
			t.Errorf("the pull after the pushes has no item %q: %v", want, actions)
		}
	}
	c.showsTheTruth(t)
}

// storesNoSecret: no table holds a credential as it was given.
func (c *customer) storesNoSecret(t *testing.T) {
	t.Helper()
	for name, rows := range dump(t, c.settings["SCIMBRIDGE_DATABASE_URL"], "directories", "graph_settings", "tokens", "sync_runs", "river_job") {
		for _, row := range rows {
			for _, secret := range []string{graphemu.ClientSecret, c.write, c.read, adminToken} {
				if strings.Contains(row, secret) {
					t.Errorf("%s holds a secret: %s", name, row)
				}
			}
		}
	}
}
