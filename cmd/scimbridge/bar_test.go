package main

import (
	"testing"

	"scimbridge/admin/client"
)

func TestTheBarTellsHowFarARunIs(t *testing.T) {
	expected, left := 4000, 90
	running := client.SyncRun{State: client.RunStateRunning, Progress: client.Progress{Read: 1000, Expected: &expected, PerSecond: 33.3, SecondsLeft: &left}}
	running.Counts.Users.Read, running.Counts.Groups.Read, running.Counts.Memberships.Read = 900, 100, 5000
	ended := running
	ended.State, ended.Progress = client.RunStateSucceeded, client.Progress{Read: 1000, PerSecond: 50}
	for want, run := range map[string]client.SyncRun{
		"░░░░░░░░░░░░░░░░░░░░░░░░  queued    waiting to start":                                                                   {State: client.RunStateQueued},
		"░░░░░░░░░░░░░░░░░░░░░░░░  queued    about 4000 users and groups to read":                                                {State: client.RunStateQueued, Progress: client.Progress{Expected: &expected}},
		"██████░░░░░░░░░░░░░░░░░░  running   900 users, 100 groups, 5000 memberships read of about 4000, 33/s, about 1m30s left": running,
		"████████████████████████  succeeded 900 users, 100 groups, 5000 memberships read, 50/s":                                 ended,
	} {
		if got := (&bar{}).line(run); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
