package pull_test

import (
	"net/http"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
)

// In one transaction deck loses a person and gets a group, and is itself taken out of one
// group and put into another of which changes are told too.
func TestChangesOfGroupsInsideEachOtherAreHeardTogether(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		p, _ := known(b)
		for name, objectID := range map[string]string{"crew": v.crew, "deck": v.deck, "hall": v.hall} {
			p.createGroup(name, object{"externalId": objectID})
		}
		b.clock.Advance(2 * time.Hour)
		b.pull()
		before := b.groupRows()
		b.must(b.tenant.RemoveMember(v.crew, v.deck), b.tenant.RemoveMember(v.deck, v.cem), b.tenant.AddMember(v.deck, v.hall),
			b.tenant.AddMember(v.crew, v.hall), b.tenant.AddMember(v.hall, v.cem))
		groups := [][]models.SourceGroup{{
			changed(v.hall, joins(v.cem, models.UserMember)),
			changed(v.deck, leaves(v.cem), joins(v.hall, models.GroupMember)),
			changed(v.crew, leaves(v.deck), joins(v.hall, models.GroupMember)),
		}}
		now := func(int) time.Time { return b.clock.Now() }
		stored := b.tables()
		planned := b.pullRetold(true, nil, groups, now)
		b.same("what a dry run leaves", stored, b.tables())
		run := b.pullRetold(false, nil, groups, now)
		b.same("the plan", run.Counts, planned.Counts)
		b.same("the counts", models.EdgeCounts{Added: 3, Removed: 2}, run.Counts.Memberships)
		b.equalsTruth()

		for id, g := range before { // one version for both changes, and the list is not known any more
			g.Version++
			g.UpdatedAt, g.PullMembersHash = run.RoundAt, 0
			before[id] = g
		}
		b.same("the groups", before, b.groupRows())
	})
}

// What push has said of a list since, and of its members, outweighs a change that Graph
// tells while it may lag behind: so it is for a person, and for a group whose own changes
// are told too.
func TestAToldChangeIsWeighedAgainstWhatPushSaysOfBothEnds(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		p, ids := known(b)
		b.settleAfter(3 * time.Hour)
		crew := p.createGroup("crew", object{"externalId": v.crew, "members": []object{{"value": ids[v.ann]}, {"value": ids[v.deck]}}})
		hall := p.createGroup("hall", object{"externalId": v.hall})
		p.createGroup("deck", object{"externalId": v.deck, "members": []object{{"value": ids[v.bob]}, {"value": ids[v.cem]}}})
		b.clock.Advance(4 * time.Hour)
		b.pull()
		for id, members := range map[string][]object{crew: {{"value": ids[v.ann]}, {"value": ids[v.deck]}}, hall: {}} {
			p.says(http.MethodPatch, "/Groups/"+id, patchOf("Replace", "members", members))
		}
		b.must(b.tenant.AddMember(v.crew, v.bob), b.tenant.AddMember(v.hall, v.deck), b.tenant.AddMember(v.deck, v.dee))
		before := b.groupRows()
		run := b.pullRetold(false, nil, [][]models.SourceGroup{{
			changed(v.hall, joins(v.deck, models.GroupMember)),
			changed(v.deck, joins(v.dee, models.UserMember)),
			changed(v.crew, joins(v.bob, models.UserMember)),
		}}, func(int) time.Time { return b.clock.Now() })
		b.same("the counts", models.EdgeCounts{Added: 1}, run.Counts.Memberships)
		for id, g := range before { // whose list push has given is as push gave it
			g.PullMembersHash = 0
			if id == v.deck {
				g.Version++
				g.UpdatedAt = run.RoundAt
			}
			before[id] = g
		}
		b.same("the groups", before, b.groupRows())
		b.wrap = func(s pull.Source) pull.Source { return s }
		b.clock.Advance(4 * time.Hour)
		b.pull()
		b.equalsTruth() // once it has settled
	})
}

func changed(id string, members ...models.SourceMember) models.SourceGroup {
	return models.SourceGroup{ObjectID: id, Existence: models.Exists, Members: members}
}

func joins(id string, kind models.MemberKind) models.SourceMember {
	return models.SourceMember{ObjectID: id, Kind: kind}
}

func leaves(id string) models.SourceMember { return models.SourceMember{ObjectID: id, Removed: true} }

// groupRows are the living groups whole, by object id.
func (b *bridge) groupRows() map[string]models.Group {
	b.Helper()
	rows := make(map[string]models.Group)
	for _, g := range b.groups() {
		rows[string(g.EntraObjectID)] = g
	}
	return rows
}
