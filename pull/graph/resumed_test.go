package graph

import (
	"context"
	"fmt"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// Groups are read whole some at a time, and then their lists. Whoever carries on where
// a process has stopped in between finds the groups there, and is to read them all the same.
func TestARoundThatIsCarriedOnReadsWholeWhatHasComeBack(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := newOffice(t, graphemu.Size{Users: 30, Groups: 6, GroupsPerUser: 2, Depth: 2}, small)
		d := newDirectoryOf(t, o, databaseURL)
		d.run(models.FullRun)
		parent := d.plainGroup()
		var teams []string
		for i := range 25 { // more than are read at a time
			team, err := o.tenant.AddGroup(graphemu.Properties{
				"displayName": fmt.Sprint("Team ", i), "mailEnabled": false, "securityEnabled": true, "mailNickname": fmt.Sprint("team", i),
			})
			d.must(err)
			d.must(o.tenant.AddMember(team, o.tenant.Users()[i].ID))
			d.must(o.tenant.AddMember(parent, team))
			teams = append(teams, team)
		}
		for _, team := range teams {
			d.must(o.tenant.DeleteGroup(team))
		}
		d.run(models.IncrementalRun)
		for _, team := range teams {
			d.must(o.tenant.RestoreGroup(team))
		}

		_ = o.clock.wait(context.Background(), time.Minute)
		run, err := d.store.CreateRun(d.Context(), models.SyncRun{DirectoryID: d.id, Kind: models.IncrementalRun, Trigger: models.ByAdmin},
			func(*store.Tx, models.SyncRun) error { return nil })
		d.must(err)
		process, stop := context.WithCancel(d.Context())
		defer stop()
		d.emu.Configure(func(c *graphemu.Config) {
			c.OnRequest = func(graphemu.Request) {
				if len(d.shown().Groups) > 6 { // the first teams have been found
					stop()
				}
			}
		})
		if err := d.runner.Work(process, d.id, run.ID); err == nil {
			t.Fatal("the process has not stopped")
		}
		d.emu.Configure(func(c *graphemu.Config) { c.OnRequest = nil })
		d.must(d.runner.Work(d.Context(), d.id, run.ID))
		if carriedOn, err := d.store.Run(d.Context(), d.id, run.ID); err != nil || carriedOn.Full {
			t.Errorf("the round became a full one: %v, %v", carriedOn.Full, err)
		}
		d.equals(trulyShown(o.tenant, everybody))
	})
}
