package pull_test

import (
	"fmt"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
)

// staffOf founds a tenant with so many people in one group.
func staffOf(people int) func(b *bridge) *graphemu.Tenant {
	return func(b *bridge) *graphemu.Tenant {
		tenant := graphemu.NewTenant(7, b.clock.Now)
		all, err := tenant.AddGroup(graphemu.Properties{
			"displayName": "Staff", "mailEnabled": false, "securityEnabled": true, "mailNickname": "staff",
		})
		b.must(err)
		for i := range people {
			id, err := tenant.AddUser(graphemu.Properties{
				"userPrincipalName": fmt.Sprintf("p%03d@contoso.example", i), "displayName": fmt.Sprintf("Person %d", i),
				"mail": fmt.Sprintf("p%03d@contoso.example", i),
			})
			b.must(err, tenant.AddMember(all, id))
		}
		return tenant
	}
}

// decide carries out what an admin decides about a held run.
func (b *bridge) decide(run models.SyncRun, decision models.Decision) models.SyncRun {
	b.Helper()
	queued, err := b.store.DecideRun(b.Context(), run.DirectoryID, run.ID, decision,
		func(*store.Tx, models.SyncRun) error { return nil })
	b.must(err)
	b.must(b.runner.Work(b.Context(), queued.DirectoryID, queued.ID))
	return b.stored(run)
}

// living counts the users and groups that answers show.
func (b *bridge) living() [2]int {
	b.Helper()
	return [2]int{len(b.users()), len(b.groups())}
}

func TestARunThatWouldRemoveTooManyIsHeld(t *testing.T) {
	t.Parallel()
	each(t, staffOf(60), func(b *bridge) {
		ids := b.people()
		b.pull()
		for _, id := range ids[:12] {
			b.must(b.tenant.DeleteUser(id), b.tenant.PurgeUser(id))
		}
		b.must(b.tenant.UpdateUser(ids[20], graphemu.Properties{"accountEnabled": false}))
		held := b.pullTo(models.Held)
		b.same("nobody is removed while the run is held", [2]int{60, 1}, b.living())
		b.same("the plan", models.RecordCounts{Read: 48, Removed: 12, Deactivated: 1}, held.Counts.Users)
		b.same("the doubts", models.Texts{"12 of 60 users would be lost, more than 10 and more than 10 %"}, held.Doubts)

		again := b.pullTo(models.Held)
		b.same("a newer run supersedes it", models.Superseded, b.stored(held).State)
		b.same("and finds again what is still true", 12, again.Counts.Users.Removed)

		b.same("approved, it ends succeeded", models.Succeeded, b.decide(again, models.Decision{Approve: true}).State)
		b.same("and what was held is removed", [2]int{48, 1}, b.living())
		b.equalsTruth()
		b.same("a quiet round follows", models.RecordCounts{Read: 48}, b.pull().Counts.Users)
	})
}

func TestARejectedPlanDoesNotComeBack(t *testing.T) {
	t.Parallel()
	each(t, staffOf(60), func(b *bridge) {
		ids := b.people()
		b.pull()
		for _, id := range ids[:12] {
			b.must(b.tenant.DeleteUser(id), b.tenant.PurgeUser(id))
		}
		held := b.pullTo(models.Held)
		b.same("rejected", models.Rejected, b.decide(held, models.Decision{}).State)
		b.same("everybody stays", [2]int{60, 1}, b.living())
		b.same("the next night is quiet", models.RecordCounts{Read: 48}, b.pull().Counts.Users)
		b.same("and everybody still stays", [2]int{60, 1}, b.living())
	})
}

func TestAGroupThatReadsEmptyIsHeld(t *testing.T) {
	t.Parallel()
	each(t, staffOf(30), func(b *bridge) {
		ids, group := b.people(), b.groupID("Staff")
		b.pull()
		for _, id := range ids {
			b.must(b.tenant.RemoveMember(group, id))
		}
		held := b.pullTo(models.Held)
		b.same("the plan", models.EdgeCounts{Removed: 30}, held.Counts.Memberships)
		b.same("the doubts", models.Texts{`the group "Staff" reads empty, and had 20 members or more`}, held.Doubts)
		b.same("the members stay", 30, b.presentEdges())
		b.same("approved for users alone, it stays held", models.Held,
			b.decide(held, models.Decision{Approve: true, Only: []string{"users"}}).State)
		b.same("approved for memberships", models.Succeeded,
			b.decide(held, models.Decision{Approve: true, Only: []string{"memberships"}}).State)
		b.same("the members are gone", 0, b.presentEdges())
	})
}

func TestAnAttributeThatReadsEmptyEverywhereIsHeld(t *testing.T) {
	t.Parallel()
	each(t, staffOf(30), func(b *bridge) {
		ids := b.people()
		b.pull()
		for _, id := range ids {
			b.must(b.tenant.UpdateUser(id, graphemu.Properties{"mail": nil}))
		}
		held := b.pullTo(models.Held)
		b.same("the doubts", models.Texts{
			`emails[type eq "work"].value reads empty on all users who had it, 20 of them wait; has the application lost a permission?`,
		}, held.Doubts)
		b.same("ten may lose it without a doubt, the others' mails show on", 20, b.withMail())
		b.same("the next night finds the same", held.Doubts, b.pullTo(models.Held).Doubts)
		for _, id := range ids[:3] {
			b.must(b.tenant.UpdateUser(id, graphemu.Properties{"mail": "back@contoso.example"}))
		}
		b.pull()
		b.same("somebody has one: it was no permission", 3, b.withMail())
	})
}

func TestLossesWithinTheLimitsAreApplied(t *testing.T) {
	t.Parallel()
	each(t, staffOf(60), func(b *bridge) {
		ids, group := b.people(), b.groupID("Staff")
		b.pull()
		for _, id := range ids[:5] {
			b.must(b.tenant.DeleteUser(id))
		}
		b.must(b.tenant.RemoveMember(group, ids[10]))
		run := b.pull()
		b.equalsTruth()
		b.same("the counts", models.RecordCounts{Read: 60, Deactivated: 5}, run.Counts.Users)
		b.same("the edges", 1, run.Counts.Memberships.Removed)
	})
}

// people answers the object ids of everybody, by user principal name.
func (b *bridge) people() []string {
	var ids []string
	for i := 0; ; i++ {
		u, found := b.tenant.User(fmt.Sprintf("p%03d@contoso.example", i))
		if !found {
			return ids
		}
		ids = append(ids, u.ID)
	}
}

func (b *bridge) groupID(name string) string {
	b.Helper()
	for _, g := range b.tenant.Groups() {
		if g.DisplayName == name {
			return g.ID
		}
	}
	b.Fatalf("no group %q", name)
	return ""
}

// pullTo performs a run that must end so, an hour after whatever was before.
func (b *bridge) pullTo(state models.RunState) models.SyncRun {
	b.Helper()
	b.clock.Advance(time.Hour)
	run := b.run(false)
	b.same("the run's end", state, run.State)
	return run
}

// presentEdges counts the memberships that answers show.
func (b *bridge) presentEdges() int {
	b.Helper()
	var ids []string
	for _, g := range b.groups() {
		ids = append(ids, g.ID)
	}
	members, err := b.store.Members(b.Context(), b.directory.ID, ids)
	b.must(err)
	return len(members)
}

// withMail counts the users with a work e-mail.
func (b *bridge) withMail() int {
	b.Helper()
	n := 0
	for _, u := range b.users() {
		if u.Attributes["emails"] != nil {
			n++
		}
	}
	return n
}
