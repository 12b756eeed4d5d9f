package pull_test

import (
	"net/http"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
)

// settleAfter sets how much earlier a list counts against a push.
func (b *bridge) settleAfter(d time.Duration) {
	b.Helper()
	b.set(func(directory *models.Directory) { directory.Settings.Settle = d })
}

func TestAPullAdoptsWhatPushHasBrought(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		p := b.provisioning()
		byID := p.createUser("ann.old@contoso.example", object{"externalId": v.ann, "title": "Pushed"})
		byName := p.createUser("BOB@contoso.example", object{"externalId": "bob", "displayName": "Bob"})
		stranger := p.createUser("zoe@contoso.example", nil)
		crew := p.createGroup("Crew", object{"members": []object{{"value": byID}, {"value": stranger}}})
		deck := p.createGroup("Not yet deck", object{"externalId": v.deck})
		planned, run := b.planThenPull()
		b.same("the counts of the dry run", run.Counts, planned.Counts)
		b.same("the items of the dry run", b.items(run), b.items(planned))
		b.same("the counts", models.Counts{
			Users:       models.RecordCounts{Adopted: 2, Created: 2},
			Groups:      models.RecordCounts{Adopted: 2, Created: 1},
			Memberships: models.EdgeCounts{Added: 3}, // ann is in crew by push already
			Drift:       8,                           // names, titles and members that push had otherwise
		}, changesOf(run.Counts))
		ids := b.ids()
		b.same("whom the pull knows", []string{byID, byName, crew, deck}, []string{ids[v.ann], ids[v.bob], ids[v.crew], ids[v.deck]})
		b.same("push's word on the title stands", "Pushed", b.shown().Users[v.ann].Title)
		b.same("push's externalId stands", models.Optional("bob"), b.user(v.bob).ExternalID)
		status, _ := p.send(http.MethodGet, "/Users/"+stranger, nil)
		b.same("who is not in Entra", http.StatusOK, status)
		before := b.tables()
		b.pull()
		b.same("the tables after a quiet run", before, b.tables())
	})
}

func TestWhoTakesAnObjectOverIsInItsGroups(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.pull()
		p := b.provisioning()
		ids := b.ids()
		p.delete("/Users/" + ids[v.bob])
		p.delete("/Groups/" + ids[v.deck])
		bob, deck := p.createUser("bob@contoso.example", nil), p.createGroup("deck", nil) // others, as far as push says
		b.clock.Advance(2 * time.Hour)
		planned, run := b.planThenPull()
		b.same("the plan", run.Counts, planned.Counts)
		ids = b.ids()
		b.same("who they are now", []string{bob, deck}, []string{ids[v.bob], ids[v.deck]})
		b.equalsTruth() // edges too, though every list reads as before
		before := b.tables()
		b.pull()
		b.same("the tables after a quiet run", before, b.tables())
	})
}

func TestGroupsOfOneNameAreNotMistakenForAPushedOne(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.emu.Configure(func(c *graphemu.Config) { c.GroupsPerDeltaPage = 1 })
		_, err := b.tenant.AddGroup(graphemu.Properties{"id": id(14), "displayName": "Crew"})
		b.must(err)
		p := b.provisioning()
		crew, deck := p.createGroup("crew", nil), p.createGroup("DECK", nil)
		_, run := b.planThenPull()
		b.same("the counts", models.RecordCounts{Read: 4, Created: 3, Adopted: 1}, run.Counts.Groups)
		ids := b.ids()
		b.same("the one of a unique name", deck, ids[v.deck])
		if ids[v.crew] == crew || ids[id(14)] == crew {
			b.Error("one of two groups of equal name was taken for the pushed one")
		}
	})
}

func TestEdgesOfPushAreOutweighedOnceTheyHaveSettled(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.pull()
		p, ids := b.provisioning(), b.ids()
		before := b.shown()
		p.says(http.MethodPost, "/Groups", object{"displayName": "crew", "externalId": v.crew, "schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}})
		p.addMember(ids[v.crew], ids[v.dee])    // Graph does not say so
		p.removeMember(ids[v.crew], ids[v.ann]) // Graph says otherwise
		pushed := b.shown()
		b.clock.Advance(10 * time.Minute)
		run := b.run(false)
		b.same("what push said ten minutes ago", pushed.Edges, b.shown().Edges)
		b.same("the counts", models.EdgeCounts{Read: 4}, run.Counts.Memberships)
		b.clock.Advance(30 * time.Minute)
		planned, run := b.planThenPull()
		b.same("the edges", before.Edges, b.shown().Edges)
		b.same("the counts after settling", models.EdgeCounts{Read: 4, Added: 1, Removed: 1}, run.Counts.Memberships)
		b.same("the counts of the dry run", run.Counts, planned.Counts)
		tables := b.tables()
		b.pull()
		b.same("the tables after a quiet run", tables, b.tables())
	})
}

func TestWithoutSettlingTheNextPullOutweighsAPush(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.settleAfter(0)
		b.pull()
		p, ids := b.provisioning(), b.ids()
		p.createGroup("crew", object{"externalId": v.crew, "members": []object{{"value": ids[v.dee]}}})
		p.removeMember(ids[v.crew], ids[v.ann])
		run := b.run(false)
		b.equalsTruth()
		b.same("the counts", models.EdgeCounts{Read: 4, Added: 1, Removed: 1}, run.Counts.Memberships)
	})
}

func TestWhatPushMissedIsAdded(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		p := b.provisioning()
		ann := p.createUser("ann@contoso.example", object{"externalId": v.ann})
		bob := p.createUser("bob@contoso.example", object{"externalId": v.bob})
		p.createGroup("deck", object{"externalId": v.deck, "members": []object{{"value": ann}, {"value": bob}}})
		b.pull()
		b.equalsTruth() // cem has come, ann has gone from deck, crew is there with deck inside
	})
}

func TestAPersonDeletedByPushComesBackInactiveWhileEntraHasThem(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.pull()
		p, ids := b.provisioning(), b.ids()
		p.delete("/Users/" + ids[v.ann])
		status, _ := p.send(http.MethodGet, "/Users/"+ids[v.ann], nil)
		b.same("at once", http.StatusNotFound, status)
		b.clock.Advance(10 * time.Minute)
		b.same("ten minutes later", models.RecordCounts{Read: 4}, b.run(false).Counts.Users)
		planned, run := b.planThenPull()
		b.same("after settling", models.RecordCounts{Read: 4, Restored: 1}, run.Counts.Users)
		b.same("the counts of the dry run", run.Counts, planned.Counts)
		b.same("the record", ids[v.ann], b.user(v.ann).ID)
		want := truth(b.tenant, company{})
		ann := want.Users[v.ann]
		ann.Active = false
		want.Users[v.ann] = ann
		b.same("the company", want, b.shown())
	})
}

func TestAGroupDeletedByPushComesBackWithItsMembers(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.pull()
		p, ids := b.provisioning(), b.ids()
		p.delete("/Groups/" + ids[v.deck])
		b.must(b.tenant.AddMember(v.deck, v.dee))
		planned, run := b.planThenPull()
		b.equalsTruth()
		b.same("the counts of the dry run", run.Counts, planned.Counts)
	})
}

func TestDisabledOnOnePathIsInactive(t *testing.T) {
	t.Parallel()
	type words struct {
		push, pull bool
	}
	table(t, map[string]words{
		"push says no, the pull says yes": {false, true},
		"push says yes, the pull says no": {true, false},
		"both say yes":                    {true, true},
	}, villagers, func(b *bridge, said words) {
		b.pull()
		p, ids := b.provisioning(), b.ids()
		p.createUser("ann@contoso.example", object{"externalId": v.ann, "active": said.push})
		b.must(b.tenant.UpdateUser(v.ann, graphemu.Properties{"accountEnabled": said.pull}))
		b.pull()
		b.same("ann is active", said.push && said.pull, b.user(v.ann).Active)
		p.patch("/Users/"+ids[v.ann], "Replace", "active", said.push)
		b.pull()
		b.same("ann is active after push says it again", said.push && said.pull, b.user(v.ann).Active)
	})
}

func TestAClearedTitleIsClearedOnceThePullHasSeenPushsValue(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		p := b.provisioning()
		p.createUser("ann@contoso.example", object{"externalId": v.ann, "title": "Clerk"})
		p.createUser("bob@contoso.example", object{"externalId": v.bob, "title": "Boss"}) // Graph never says so
		b.pull()
		b.must(b.tenant.UpdateUser(v.ann, graphemu.Properties{"jobTitle": nil}), b.tenant.UpdateUser(v.bob, graphemu.Properties{"jobTitle": nil}))
		b.pull()
		shown := b.shown()
		b.same("the titles", []string{"", "Boss"}, []string{shown.Users[v.ann].Title, shown.Users[v.bob].Title})
	})
}

func TestANameThatPushHoldsIsAConflictThatWaits(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		p := b.provisioning()
		holder := p.createUser("ann@contoso.example", object{"externalId": id(77)})
		planned, run := b.planThenPull()
		b.same("the counts", models.RecordCounts{Read: 4, Created: 3, Conflicts: 1}, run.Counts.Users)
		b.same("the counts of the dry run", run.Counts, planned.Counts)
		b.same("the items of the dry run", b.items(run), b.items(planned))
		before := b.tables()
		again := b.pull()
		b.same("the conflict is told every night", models.RecordCounts{Read: 4, Conflicts: 1}, again.Counts.Users)
		b.same("and writes nothing", before, b.tables())
		p.patch("/Users/"+holder, "Replace", "userName", "other@contoso.example")
		planned, run = b.planThenPull()
		b.same("the newcomer comes", models.RecordCounts{Read: 4, Created: 1}, run.Counts.Users)
		b.same("the counts of the dry run then", run.Counts, planned.Counts)
		b.same("with all groups", truth(b.tenant, company{}).Edges, b.shown().Edges)
	})
}

func TestAShorterSettlingTimeCountsFromTheNextRun(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.settleAfter(2 * time.Hour)
		b.pull()
		p, ids := b.provisioning(), b.ids()
		p.says(http.MethodPost, "/Groups", object{"displayName": "crew", "externalId": v.crew, "schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}})
		p.addMember(ids[v.crew], ids[v.dee]) // Graph does not say so
		b.pull()
		b.same("what push said is spared", true, b.isIn(v.crew, v.dee))
		b.settleAfter(0)
		b.pull()
		b.same("by the new settling time it is outweighed", false, b.isIn(v.crew, v.dee))
		b.equalsTruth()
	})
}
