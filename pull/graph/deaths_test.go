package graph

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// Whatever happens in the tenant, whatever Graph answers, and whichever page a process
// dies at: nobody is removed whom the truth still has, and after quiet the two are equal.
func TestIncrementalRoundsConvergeThroughFaultsAndDeaths(t *testing.T) {
	t.Parallel()
	for name, scoped := range map[string]bool{"all users": false, "a scope": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.EachURL(t, func(t *testing.T, databaseURL string) {
				o := newOffice(t, graphemu.Size{Users: 60, Groups: 12, GroupsPerUser: 3, Depth: 3}, small)
				d := newDirectoryOf(t, o, databaseURL)
				scope := models.DefaultSettings().Scope
				if scoped {
					scope.Kind, scope.Disabled = "groups", models.Exclude
					scope.IncludeGroups = []string{biggest(o.tenant, "")}
					scope.ExcludeGroups = []string{biggest(o.tenant, scope.IncludeGroups[0])}
				}
				d.set(func(m *models.Directory) { m.Settings.Scope = scope })
				d.run(models.FullRun)
				random := rand.New(rand.NewPCG(3, 4))
				deaths := 0
				for n := range 12 {
					for i := range 1 + random.IntN(6) {
						_ = o.clock.wait(context.Background(), time.Second)
						o.happen(random, 10*n+i)
						o.happenIn(random, scope)
					}
					before := d.shown()
					o.disturb(random)
					deaths += d.runThroughDeaths(random)
					o.emu.ClearFaults()
					d.keeps(before, trulyShown(o.tenant, o.inScope(scope)))
				}
				d.run(models.IncrementalRun)
				d.equals(trulyShown(o.tenant, o.inScope(scope)))
				if deaths < 5 {
					t.Errorf("only %d processes died", deaths)
				}
			})
		})
	}
}

// keeps checks that nobody who was shown has been removed, whom the truth still has.
func (d *bridged) keeps(before, truth shown) {
	d.Helper()
	now := d.shown()
	for id := range truth.Users {
		_, was := before.Users[id]
		if _, is := now.Users[id]; was && !is {
			d.Fatalf("%s was removed, and exists", id)
		}
	}
}

// runThroughDeaths performs a run whose process dies at some page, perhaps its successor
// too, and answers how many died. Whoever is taken for dead wakes up afterwards, and must
// write nothing more.
func (d *bridged) runThroughDeaths(random *rand.Rand) (deaths int) {
	d.Helper()
	_ = d.clock.wait(context.Background(), time.Minute)
	run, err := d.store.CreateRun(d.Context(), models.SyncRun{DirectoryID: d.id, Kind: models.IncrementalRun, Trigger: models.ByAdmin},
		func(*store.Tx, models.SyncRun) error { return nil })
	d.must(err)
	var left atomic.Int32
	left.Store(int32(random.IntN(12)))
	successors := random.IntN(3)
	var working sync.WaitGroup // a successor may outlive the request at which the first one died
	d.emu.Configure(func(c *graphemu.Config) {
		c.OnRequest = func(graphemu.Request) {
			if left.Add(-1) != 0 || deaths >= successors {
				return
			}
			working.Add(1)
			defer working.Done()
			deaths++
			left.Store(int32(1 + deaths*3))
			_ = d.clock.wait(context.Background(), store.LeaseTime+time.Second)
			d.work(run, fmt.Sprint("successor ", deaths))
		}
	})
	d.work(run, "the first")
	d.emu.Configure(func(c *graphemu.Config) { c.OnRequest = nil })
	working.Wait()
	return deaths
}

// work performs a run as one process does, until nobody has to work on it any more or
// another does.
func (d *bridged) work(run models.SyncRun, owner string) {
	runner := *d.runner
	runner.Owner = owner
	for range 10 {
		_ = runner.Work(d.Context(), d.id, run.ID) // the run's row tells
		now, err := d.store.Run(d.Context(), d.id, run.ID)
		if err != nil || !now.State.Active() || now.State == models.Running {
			return
		}
	}
}

// happenIn lets something happen in the groups of a scope.
func (o *office) happenIn(random *rand.Rand, scope models.Scope) {
	named := append(append([]string{}, scope.IncludeGroups...), scope.ExcludeGroups...)
	if len(named) == 0 {
		return
	}
	inside := insideOf(o.tenant, named[random.IntN(len(named))])
	at := inside[random.IntN(len(inside))]
	groups, users := o.tenant.Groups(), o.tenant.Users()
	switch random.IntN(9) {
	case 0:
		_ = o.tenant.AddMember(at, groups[random.IntN(len(groups))].ID)
	case 1, 2:
		_ = o.tenant.AddMember(at, users[random.IntN(len(users))].ID)
	case 3, 4:
		for _, e := range o.tenant.Edges() {
			if e.GroupID == at && random.IntN(4) == 0 {
				_ = o.tenant.RemoveMember(e.GroupID, e.MemberID)
				break
			}
		}
	case 5:
		_ = o.tenant.DeleteGroup(at)
	case 6:
		if binned := o.tenant.DeletedGroups(); len(binned) > 0 {
			_ = o.tenant.RestoreGroup(binned[random.IntN(len(binned))].ID)
		}
	}
}
