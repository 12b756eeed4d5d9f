package pull_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
)

// half has push vouch for the first half of the people, and for the group with these.
func (b *bridge) half(people int) (p provisioning, ids []string, group string) {
	b.Helper()
	p = b.provisioning()
	b.clock.Advance(time.Hour)
	objectIDs := b.people()
	var members []object
	for i, objectID := range objectIDs[:people] {
		ids = append(ids, p.createUser(fmt.Sprintf("p%03d@contoso.example", i), object{"externalId": objectID}))
		members = append(members, object{"value": ids[i]})
	}
	group = p.createGroup("Staff", object{"externalId": b.groupID("Staff"), "members": members})
	return p, ids, group
}

// end starts the run that ends a path, as its switch does, and performs it.
func (b *bridge) end(kind models.RunKind) models.SyncRun {
	b.Helper()
	run := b.queueEnd(kind)
	b.must(b.runner.Work(b.Context(), run.DirectoryID, run.ID))
	return b.stored(run)
}

// queueEnd ends a path as its switch does.
func (b *bridge) queueEnd(kind models.RunKind) models.SyncRun {
	b.Helper()
	var run models.SyncRun
	queue := func(tx *store.Tx) error {
		var err error
		run, err = tx.QueueRun(b.Context(), models.SyncRun{DirectoryID: b.directory.ID, Kind: kind, Trigger: models.ByAdmin},
			func(*store.Tx, models.SyncRun) error { return nil })
		return err
	}
	if kind == models.EndPullRun {
		b.must(b.store.DeleteGraphSettings(b.Context(), b.directory.ID, func(tx *store.Tx, _ models.GraphSettings) error { return queue(tx) }))
	} else {
		d, err := b.store.UpdateDirectory(b.Context(), b.directory.ID, func(d *models.Directory) error {
			d.Settings.Push.Off = true
			return nil
		}, func(tx *store.Tx, _ models.Directory) error { return queue(tx) })
		b.must(err)
		b.directory = d
	}
	return run
}

// graphAgain sets up Graph as it was.
func (b *bridge) graphAgain() {
	b.Helper()
	_, err := b.store.SetGraphSettings(b.Context(), models.GraphSettings{
		DirectoryID: b.directory.ID, TenantID: b.tenant.ID(), ClientID: graphemu.ClientID,
		SealedSecret: graphemu.ClientSecret, Cloud: models.CloudGlobal,
	})
	b.must(err)
}

// names are the userNames that answers show.
func (b *bridge) names() []string {
	b.Helper()
	var names []string
	for _, u := range b.users() {
		names = append(names, u.UserName)
	}
	slices.Sort(names)
	return names
}

func TestWhoeverOnlyThePullVouchesForGoesWithIt(t *testing.T) {
	t.Parallel()
	each(t, staffOf(8), func(b *bridge) {
		_, ids, _ := b.half(4)
		b.pull()
		b.same("before", [3]int{8, 1, 8}, [3]int{len(b.users()), len(b.groups()), b.presentEdges()})
		run := b.end(models.EndPullRun)
		b.same("the run", models.Succeeded, run.State)
		b.same("whom push vouches for stays", []string{"p000@contoso.example", "p001@contoso.example", "p002@contoso.example", "p003@contoso.example"}, b.names())
		b.same("with the group and the edges", [2]int{1, 4}, [2]int{len(b.groups()), b.presentEdges()})
		b.same("active", true, b.users()[0].Active)
		b.same("the counts", models.Counts{
			Users:       models.RecordCounts{Removed: 4, Updated: 4}, // display names and mails that push never said
			Memberships: models.EdgeCounts{Removed: 4},
		}, run.Counts)
		b.same("the items", 8, len(b.items(run)))

		b.graphAgain()
		b.pull()
		b.equalsTruth()
		b.same("push's records are the same", ids[0], b.ids()[b.people()[0]])
	})
}

func TestWhoeverOnlyPushVouchesForGoesWithIt(t *testing.T) {
	t.Parallel()
	each(t, staffOf(4), func(b *bridge) {
		p, ids, group := b.half(4)
		zoe := p.createUser("zoe@contoso.example", nil)
		p.addMember(group, zoe)
		p.patch("/Users/"+ids[0], "Replace", "title", "Pushed")
		b.pull()
		run := b.end(models.EndPushRun)
		b.same("the run", models.Succeeded, run.State)
		b.same("the counts", [3]int{1, 0, 1}, [3]int{run.Counts.Users.Removed, run.Counts.Groups.Removed, run.Counts.Memberships.Removed})
		b.same("whom the pull vouches for stays", 4, len(b.users()))
		b.same("with its values alone", "", b.shown().Users[b.people()[0]].Title)

		for _, request := range [][2]string{{http.MethodPost, "/Users"}, {http.MethodPatch, "/Users/" + ids[1]}, {http.MethodDelete, "/Groups/" + group}} {
			status, answer := p.send(request[0], request[1], object{})
			b.same(request[0]+" while push is off", []any{http.StatusForbidden,
				"Provisioning over SCIM is switched off for this directory, so nothing is written; its admin can switch it on again, or stop the provisioning job"},
				[]any{status, answer["detail"]})
		}
		status, _ := p.send(http.MethodGet, "/Users/"+ids[1], nil)
		b.same("reading goes on", http.StatusOK, status)

		b.set(func(d *models.Directory) { d.Settings.Push.Off = false })
		p.patch("/Users/"+ids[0], "Replace", "title", "Pushed")
		b.same("push speaks anew once it is on", "Pushed", b.shown().Users[b.people()[0]].Title)
		b.pull()
		b.same("four", 4, len(b.users()))
	})
}

func TestAnEndThatWouldTakeTooManyIsHeld(t *testing.T) {
	t.Parallel()
	each(t, staffOf(60), func(b *bridge) {
		b.pull()
		before := b.tables()
		held := b.end(models.EndPullRun)
		b.same("the run", models.Held, held.State)
		b.same("its doubts", models.Texts{"60 of 60 users would be lost, more than 10 and more than 10 %"}, held.Doubts)
		b.same("its plan", models.Counts{
			Users: models.RecordCounts{Removed: 60}, Groups: models.RecordCounts{Removed: 1}, Memberships: models.EdgeCounts{Removed: 60},
		}, held.Counts)
		b.same("its items", 61, len(b.items(held)))
		b.same("nothing is written while it is held", before, b.tables())

		b.same("approved for memberships alone, it stays held", models.Held,
			b.decide(held, models.Decision{Approve: true, Only: []string{"memberships"}}).State)
		b.same("the members have gone, and nobody else", [3]int{60, 1, 0}, [3]int{len(b.users()), len(b.groups()), b.presentEdges()})
		b.same("approved", models.Succeeded, b.decide(held, models.Decision{Approve: true}).State)
		b.same("everybody has gone", [2]int{}, b.living())
		b.same("the counts are those of the plan", 60, b.stored(held).Counts.Users.Removed)
	})
}

func TestARejectedEndLeavesEverythingAsItWas(t *testing.T) {
	t.Parallel()
	each(t, staffOf(60), func(b *bridge) {
		b.pull()
		before := b.tables()
		held := b.end(models.EndPullRun)
		b.same("rejected", models.Rejected, b.decide(held, models.Decision{}).State)
		b.same("the tables", before, b.tables())

		b.graphAgain()
		b.same("the pull goes on", models.RecordCounts{Read: 60}, b.pull().Counts.Users)
	})
}

func TestSettingGraphUpAgainCallsItsEndOff(t *testing.T) {
	t.Parallel()
	each(t, staffOf(60), func(b *bridge) {
		b.pull()
		held := b.end(models.EndPullRun)
		b.graphAgain()
		b.same("the held run", models.Superseded, b.stored(held).State)
		b.same("the pull goes on", models.RecordCounts{Read: 60}, b.pull().Counts.Users)
	})
}

func TestAPullDoesNotSupersedeTheEndOfPush(t *testing.T) {
	t.Parallel()
	each(t, staffOf(4), func(b *bridge) {
		p := b.provisioning()
		for i := range 20 {
			p.createUser(fmt.Sprintf("z%03d@contoso.example", i), nil)
		}
		b.pull()
		held := b.end(models.EndPushRun)
		b.same("the run", models.Held, held.State)
		b.pull()
		b.same("after a pull", models.Held, b.stored(held).State)
		b.same("approved", models.Succeeded, b.decide(held, models.Decision{Approve: true}).State)
		b.equalsTruth()
	})
}

func TestAnEndIsPlannedWithoutWriting(t *testing.T) {
	t.Parallel()
	each(t, staffOf(8), func(b *bridge) {
		_, _, _ = b.half(4)
		b.pull()
		before := b.tables()
		for kind, removed := range map[models.RunKind]int{models.EndPullRun: 4, models.EndPushRun: 0} {
			run, err := b.store.CreateRun(b.Context(), models.SyncRun{DirectoryID: b.directory.ID, Kind: kind, DryRun: true, Trigger: models.ByAdmin},
				func(*store.Tx, models.SyncRun) error { return nil })
			b.must(err, b.runner.Work(b.Context(), run.DirectoryID, run.ID))
			run = b.stored(run)
			b.same("the plan of "+string(kind), []any{models.Succeeded, removed}, []any{run.State, run.Counts.Users.Removed})
		}
		b.same("the tables", before, b.tables())
	})
}

func TestAPathInUseIsNotEnded(t *testing.T) {
	t.Parallel()
	each(t, staffOf(4), func(b *bridge) {
		b.pull()
		for _, kind := range []models.RunKind{models.EndPullRun, models.EndPushRun} {
			run, err := b.store.CreateRun(b.Context(), models.SyncRun{DirectoryID: b.directory.ID, Kind: kind, Trigger: models.ByAdmin},
				func(*store.Tx, models.SyncRun) error { return nil })
			b.must(err, b.runner.Work(b.Context(), run.DirectoryID, run.ID))
			b.same(string(kind), "path_in_use", b.stored(run).Failure.Code)
		}
		b.equalsTruth()
	})
}

func TestNobodyGetsInByTheEndOfAPath(t *testing.T) {
	t.Parallel()
	each(t, staffOf(4), func(b *bridge) {
		p, ids, group := b.half(4)
		objectIDs, staff := b.people(), b.groupID("Staff")
		b.pull()
		b.must(b.tenant.UpdateUser(objectIDs[0], graphemu.Properties{"accountEnabled": false}), b.tenant.DeleteUser(objectIDs[1]),
			b.tenant.RemoveMember(staff, objectIDs[2]), b.tenant.DeleteUser(objectIDs[3]), b.tenant.PurgeUser(objectIDs[3]))
		b.pull() // disabled; soft-deleted; out of the group; gone: none of it has reached push
		b.same("the run", models.Succeeded, b.end(models.EndPullRun).State)
		active := func() (active []string) {
			for _, u := range b.users() {
				if u.Active {
					active = append(active, u.ID)
				}
			}
			return active
		}
		b.same("who is gone stays gone, who is disabled stays inactive", []any{3, []string{ids[2]}}, []any{len(b.users()), active()})
		members := func() []string {
			found, err := b.store.Members(b.Context(), b.directory.ID, []string{group})
			b.must(err)
			var of []string
			for _, m := range found {
				of = append(of, m.MemberID)
			}
			return of
		}
		if slices.Contains(members(), ids[2]) {
			b.Error("an edge that the pull has ended is there again")
		}

		p.patch("/Users/"+ids[0], "Replace", "active", true)
		p.addMember(group, ids[2])
		again := p.createUser("p003@contoso.example", object{"externalId": objectIDs[3]})
		b.same("once push says so, they are active", []string{ids[0], ids[2], ids[3]}, active())
		b.same("and members", true, slices.Contains(members(), ids[2]))
		b.same("and the same record", ids[3], again)
	})
}

func TestThePullDecidesAloneOnceThePushHasEnded(t *testing.T) {
	t.Parallel()
	each(t, staffOf(4), func(b *bridge) {
		p, ids, group := b.half(4)
		p.patch("/Users/"+ids[0], "Replace", "active", false)
		p.delete("/Users/" + ids[1])
		p.removeMember(group, ids[2])
		b.end(models.EndPushRun)
		b.same("nobody is active who was not", false, slices.ContainsFunc(b.users(), func(u models.User) bool { return u.ID == ids[0] && u.Active }))
		b.pull()
		b.equalsTruth()
		before := b.tables()
		b.pull()
		b.same("a quiet pull follows", before, b.tables())
	})
}
