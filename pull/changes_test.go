package pull_test

import (
	"fmt"
	"testing"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
)

// village is a tenant small enough to be named: people by nickname, and three groups.
type village struct {
	ann, bob, cem, dee string
	crew, deck, hall   string
}

// id makes a GUID that says whose it is.
func id(n int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", n) }

var v = village{ann: id(1), bob: id(2), cem: id(3), dee: id(4), crew: id(11), deck: id(12), hall: id(13)}

// villagers founds the village: bob manages ann, who is in crew with the group deck.
func villagers(b *bridge) *graphemu.Tenant {
	b.Helper()
	tenant := graphemu.NewTenant(1, b.clock.Now)
	for i, name := range []string{"ann", "bob", "cem", "dee"} {
		_, err := tenant.AddUser(graphemu.Properties{
			"id": id(i + 1), "userPrincipalName": name + "@contoso.example", "displayName": name,
			"givenName": name, "surname": "Villager", "jobTitle": "Clerk", "mail": name + "@mail.example",
		})
		b.must(err)
	}
	for i, name := range []string{"crew", "deck", "hall"} {
		_, err := tenant.AddGroup(graphemu.Properties{"id": id(i + 11), "displayName": name})
		b.must(err)
	}
	b.must(tenant.SetManager(v.ann, v.bob),
		tenant.AddMember(v.crew, v.ann), tenant.AddMember(v.crew, v.deck),
		tenant.AddMember(v.deck, v.bob), tenant.AddMember(v.deck, v.cem))
	return tenant
}

func (b *bridge) rename(id, upn string) error {
	return b.tenant.UpdateUser(id, graphemu.Properties{"userPrincipalName": upn})
}

func (b *bridge) hire(n int, upn string) error {
	_, err := b.tenant.AddUser(graphemu.Properties{"id": id(n), "userPrincipalName": upn, "displayName": upn})
	return err
}

func TestAPullFollowsWhatHappens(t *testing.T) {
	t.Parallel()
	type happening struct {
		happens func(b *bridge) error
		counts  models.Counts
	}
	table(t, map[string]happening{
		"somebody is renamed": {
			happens: func(b *bridge) error {
				return b.tenant.UpdateUser(v.ann, graphemu.Properties{"displayName": "Ann Öhman", "jobTitle": nil})
			},
			counts: models.Counts{Users: models.RecordCounts{Updated: 1}},
		},
		"somebody moves to another manager": {
			happens: func(b *bridge) error { return b.tenant.SetManager(v.ann, v.cem) },
			counts:  models.Counts{Users: models.RecordCounts{Updated: 1}},
		},
		"somebody has no manager any more": {
			happens: func(b *bridge) error { return b.tenant.ClearManager(v.ann) },
			counts:  models.Counts{Users: models.RecordCounts{Updated: 1}},
		},
		"somebody is disabled": {
			happens: func(b *bridge) error {
				return b.tenant.UpdateUser(v.ann, graphemu.Properties{"accountEnabled": false})
			},
			counts: models.Counts{Users: models.RecordCounts{Deactivated: 1}},
		},
		"somebody goes to the bin": {
			happens: func(b *bridge) error { return b.tenant.DeleteUser(v.ann) },
			counts:  models.Counts{Users: models.RecordCounts{Deactivated: 1}},
		},
		"somebody is deleted for good": {
			happens: func(b *bridge) error {
				b.must(b.tenant.DeleteUser(v.ann))
				return b.tenant.PurgeUser(v.ann)
			},
			counts: models.Counts{Users: models.RecordCounts{Removed: 1}, Memberships: models.EdgeCounts{Removed: 1}},
		},
		"somebody is hired into a group": {
			happens: func(b *bridge) error {
				b.must(b.hire(5, "eva@contoso.example"))
				return b.tenant.AddMember(v.hall, id(5))
			},
			counts: models.Counts{Users: models.RecordCounts{Created: 1}, Memberships: models.EdgeCounts{Added: 1}},
		},
		"somebody changes groups": {
			happens: func(b *bridge) error {
				b.must(b.tenant.RemoveMember(v.crew, v.ann))
				return b.tenant.AddMember(v.hall, v.ann)
			},
			counts: models.Counts{Memberships: models.EdgeCounts{Added: 1, Removed: 1}},
		},
		"a group is nested, so that a loop closes": {
			happens: func(b *bridge) error { return b.tenant.AddMember(v.deck, v.crew) },
			counts:  models.Counts{Memberships: models.EdgeCounts{Added: 1}},
		},
		"a group leaves a group": {
			happens: func(b *bridge) error { return b.tenant.RemoveMember(v.crew, v.deck) },
			counts:  models.Counts{Memberships: models.EdgeCounts{Removed: 1}},
		},
		"a group is renamed": {
			happens: func(b *bridge) error {
				return b.tenant.UpdateGroup(v.deck, graphemu.Properties{"displayName": "Lower deck"})
			},
			counts: models.Counts{Groups: models.RecordCounts{Updated: 1}},
		},
		"a group goes to the bin": {
			happens: func(b *bridge) error { return b.tenant.DeleteGroup(v.deck) },
			// "Gone" is a look at its edges: crew has lost a member.
			counts: models.Counts{Groups: models.RecordCounts{Removed: 1}, Memberships: models.EdgeCounts{Removed: 1}},
		},
		"a list becomes empty": {
			happens: func(b *bridge) error {
				b.must(b.tenant.RemoveMember(v.deck, v.bob))
				return b.tenant.RemoveMember(v.deck, v.cem)
			},
			counts: models.Counts{Memberships: models.EdgeCounts{Removed: 2}},
		},
		"two swap their names over two pages": {
			happens: func(b *bridge) error {
				b.must(b.rename(v.ann, "x@contoso.example"), b.rename(v.dee, "ann@contoso.example"))
				return b.rename(v.ann, "dee@contoso.example")
			},
			counts: models.Counts{Users: models.RecordCounts{Updated: 2}},
		},
		"a name is freed and a newcomer takes it": {
			happens: func(b *bridge) error {
				b.must(b.tenant.DeleteUser(v.ann))
				return b.hire(5, "ann@contoso.example")
			},
			counts: models.Counts{Users: models.RecordCounts{Deactivated: 1, Created: 1}},
		},
		"a name is handed to a newcomer": {
			happens: func(b *bridge) error {
				b.must(b.rename(v.ann, "anna@contoso.example"))
				return b.hire(5, "ann@contoso.example")
			},
			counts: models.Counts{Users: models.RecordCounts{Updated: 1, Created: 1}},
		},
	}, villagers, func(b *bridge, tc happening) {
		b.emu.Configure(func(c *graphemu.Config) { c.UsersPerDeltaPage = 1 })
		b.pull()
		b.must(tc.happens(b))
		planned, run := b.planThenPull()
		b.equalsTruth()
		b.same("the counts", tc.counts, changesOf(run.Counts))
		b.same("the counts of the dry run", run.Counts, planned.Counts)
		b.same("the items of the dry run", b.items(run), b.items(planned))
	})
}

// changesOf are counts without what was read.
func changesOf(c models.Counts) models.Counts {
	c.Users.Read, c.Groups.Read, c.Memberships.Read = 0, 0, 0
	return c
}

// planThenPull makes a dry run, which may write nothing, and then the real one.
func (b *bridge) planThenPull() (planned, run models.SyncRun) {
	b.Helper()
	b.clock.Advance(2 * 60 * 60 * 1e9)
	before := b.tables()
	planned = b.run(true)
	if planned.State != models.Succeeded {
		b.Fatalf("the dry run is %s: %+v", planned.State, planned.Failure)
	}
	b.same("what a dry run leaves", before, b.tables())
	run = b.run(false)
	if run.State != models.Succeeded {
		b.Fatalf("the run is %s: %+v", run.State, run.Failure)
	}
	return planned, run
}

func TestWhoComesBackFromTheBinIsTheSamePerson(t *testing.T) {
	t.Parallel()
	table(t, map[string]bool{"the list keeps them": false, "the list leaves them out": true}, villagers, func(b *bridge, retells bool) {
		b.emu.Configure(func(c *graphemu.Config) { c.RestoreTellsMemberships = retells })
		b.pull()
		before := b.user(v.ann).ID
		b.must(b.tenant.DeleteUser(v.ann), b.tenant.DeleteGroup(v.deck))
		b.pull()
		b.equalsTruth()
		b.must(b.tenant.RestoreUser(v.ann), b.tenant.RestoreGroup(v.deck))
		planned, run := b.planThenPull()
		b.equalsTruth()
		b.same("the id", before, b.user(v.ann).ID)
		b.same("the counts of the dry run", run.Counts, planned.Counts)
		b.same("the restored", models.RecordCounts{Read: 4, Restored: 1}, run.Counts.Users)
		b.same("the restored groups", models.RecordCounts{Read: 3, Restored: 1}, run.Counts.Groups)
	})
}

func TestACompanyThatChangesStaysTrue(t *testing.T) {
	t.Parallel()
	each(t, demo, func(b *bridge) {
		planned, run := b.planThenPull()
		b.same("the counts of the dry run", run.Counts, planned.Counts)
		users, groups := b.tenant.Users(), b.tenant.Groups()
		big, err := b.tenant.AddGroup(graphemu.Properties{"displayName": "Everybody"})
		b.must(err)
		for i, u := range users { // sliced over many pages
			b.must(b.tenant.AddMember(big, u.ID))
			switch i % 20 {
			case 3:
				b.must(b.tenant.UpdateUser(u.ID, graphemu.Properties{"jobTitle": fmt.Sprintf("Chief %d", i)}))
			case 5:
				b.must(b.tenant.DeleteUser(u.ID))
			case 7:
				b.must(b.tenant.DeleteUser(u.ID), b.tenant.PurgeUser(u.ID))
			case 9:
				b.must(b.tenant.UpdateUser(u.ID, graphemu.Properties{"accountEnabled": !u.AccountEnabled}))
			}
		}
		b.must(b.tenant.DeleteGroup(groups[3].ID), b.tenant.DeleteGroup(groups[4].ID))
		b.emu.Inject(graphemu.Fault{Route: "GET /users/delta", Every: 2, Effect: graphemu.Duplicate()})
		b.emu.Inject(graphemu.Fault{Route: "GET /groups/delta", Every: 3, Effect: graphemu.Duplicate()})
		b.emu.Inject(graphemu.Fault{Page: graphemu.FirstPage, Effect: graphemu.Strangers(2)})
		planned, run = b.planThenPull()
		b.equalsTruth()
		b.same("the counts of the dry run", run.Counts, planned.Counts)
		b.same("the items of the dry run", b.items(run), b.items(planned))
		b.emu.ClearFaults()
		before := b.tables()
		b.pull()
		b.same("the tables after a quiet run", before, b.tables())
	})
}
