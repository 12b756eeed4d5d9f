package main_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"scimbridge/pull/graphemu"
	"scimbridge/store/storetest"
)

// holdAt makes Graph keep the nth request of a route waiting until release is called.
func (c *tenant) holdAt(t *testing.T, route string, n int32) (reached <-chan struct{}, release func()) {
	t.Helper()
	arrived, released := make(chan struct{}), make(chan struct{})
	var seen atomic.Int32
	var done atomic.Bool
	c.emulator.Configure(func(config *graphemu.Config) {
		config.OnRequest = func(r graphemu.Request) {
			if r.Route == route && seen.Add(1) == n {
				close(arrived)
				<-released
			}
		}
	})
	release = func() {
		if !done.Swap(true) {
			close(released)
		}
	}
	t.Cleanup(release)
	return arrived, release
}

// startAndHold starts a run and returns when Graph keeps it waiting for groups, with
// all users read.
func (c *customer) startAndHold(t *testing.T) (run string, release func()) {
	t.Helper()
	reached, release := c.tenant.holdAt(t, "GET /groups/delta", 2)
	run = c.startRun(t)
	<-reached
	return run, release
}

func TestAKilledServersRunIsFinishedAfterTheRestart(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		c := newCustomer(t, databaseURL)
		run, release := c.startAndHold(t)
		c.kill(t)
		release()
		if left, err := os.ReadDir(c.settings["TMPDIR"]); err != nil || len(left) > 0 {
			t.Errorf("the killed server left %v behind, %v", left, err)
		}
		// The lease of whoever was killed lapses: 30 seconds, which pass at once here.
		execute(t, databaseURL, "UPDATE sync_runs SET lease_until = 1 WHERE state = 'running'")
		c.restart(t)
		c.log.forgive("a sync run was abandoned by its process; waking another")
		c.ended(t, run, "succeeded")
		c.showsTheTruth(t)
		c.quietPullWritesNothing(t)
	})
}

func TestAStoppedServerHandsItsRunBack(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		c := newCustomer(t, databaseURL)
		run, release := c.startAndHold(t)
		c.stop(t)
		release()
		db := database(t, databaseURL)
		var state, owner string
		must(t, db.QueryRow(fmt.Sprintf("SELECT state, owner FROM sync_runs WHERE id = '%s'", run)).Scan(&state, &owner))
		if state != "queued" || owner != "" {
			t.Errorf("the run was left %s with owner %q", state, owner)
		}
		c.restart(t)
		c.ended(t, run, "succeeded")
		c.showsTheTruth(t)
	})
}

func TestAStoppedServerFinishesItsRequests(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		c := &customer{settings: newSettings(databaseURL)}
		c.program = start(t, c.settings)
		c.setUp(t)
		answer := c.slowPost(t, func() {
			c.signal(t)
			c.waitFor(t, "stopping: finishing requests, handing running pulls back")
			eventually(t, "the server takes no more requests", func() bool {
				_, err := c.tryAsk("", "GET", "/healthz", "")
				return err != nil
			})
		})
		if answer.status != http.StatusCreated {
			t.Errorf("the request that was under way got status %d: %s", answer.status, answer.body)
		}
		c.waitForEnd(t)
		if code := c.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("the server ended with code %d", code)
		}
		c.restart(t)
		if users := c.list(t, "Users"); len(users) != 1 || users[0].UserName != "slow@contoso.example" {
			t.Errorf("after the restart there are %v", users)
		}
	})
}

// slowPost creates a user with a body that comes in two halves, between which the
// server waits for the second and the test does something.
func (c *customer) slowPost(t *testing.T, between func()) reply {
	t.Helper()
	body, half := io.Pipe()
	waits := make(chan struct{})
	trace := &httptrace.ClientTrace{Got100Continue: func() { close(waits) }}
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "POST", c.url+"/scim/"+c.id+"/v2/Users", body)
	must(t, err)
	request.Header.Set("Authorization", "Bearer "+c.write)
	request.Header.Set("Content-Type", "application/scim+json")
	request.Header.Set("Expect", "100-continue") // answered when the server begins to read
	answered := make(chan reply, 1)
	go func() {
		transport := &http.Transport{ExpectContinueTimeout: patience}
		defer transport.CloseIdleConnections()
		answer, err := (&http.Client{Transport: transport, Timeout: patience}).Do(request)
		if err != nil {
			answered <- reply{body: []byte(err.Error())}
			return
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		answered <- reply{status: answer.StatusCode, body: text}
	}()
	<-waits
	write := func(text string) {
		_, err := io.Copy(half, strings.NewReader(text))
		must(t, err)
	}
	write(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],`)
	between()
	write(`"userName":"slow@contoso.example"}`)
	must(t, half.Close())
	return <-answered
}
