package graph

import (
	"testing"
	"time"

	"scimbridge/pull/graphemu"
)

func TestARunSlowsDownBeforeItIsThrottled(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{Units: 30, UsersPerDeltaPage: 3, GroupsPerDeltaPage: 2})
	source, read := o.dial(t), newCompany()
	read.read(t, source)
	read.equals(t, o.tenant)
	usage := source.Usage()
	if usage.Throttled != 0 || usage.Requests < 60 || usage.Waited == 0 {
		t.Errorf("%+v: the quota is 30 units in 10 s", usage)
	}
	if fair := time.Duration(usage.Units) * 10 * time.Second / 30; usage.Waited > fair {
		t.Errorf("waited %v for %d units; the quota asks for %v", usage.Waited, usage.Units, fair)
	}
}

func TestThePauseGrowsWithTheShare(t *testing.T) {
	for share, want := range map[string]time.Duration{
		"": 0, "x": 0, "NaN": 0, "0.7": 0, "-1": 0,
		"0.8": 250 * time.Millisecond, "1.3": 5250 * time.Millisecond, "1.8": 10 * time.Second, "99": 10 * time.Second, "+Inf": 10 * time.Second,
	} {
		if got := pauseFor(share).Round(time.Millisecond); got != want {
			t.Errorf("%q: paused for %v, want %v", share, got, want)
		}
	}
}
