package pull_test

import (
	"net/http"
	"testing"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
)

// leaveOut takes guests, the disabled, or both out of the scope of all users.
func (b *bridge) leaveOut(guests, disabled bool) {
	b.Helper()
	takes := map[bool]models.Taking{true: models.Exclude, false: models.Include}
	b.set(func(d *models.Directory) {
		d.Settings.Scope.Guests, d.Settings.Scope.Disabled = takes[guests], takes[disabled]
	})
}

// enable sets accountEnabled.
func (b *bridge) enable(id string, enabled bool) {
	b.Helper()
	b.must(b.tenant.UpdateUser(id, graphemu.Properties{"accountEnabled": enabled}))
}

// happenings is what the feed tells of a record.
func (b *bridge) happenings(recordID string) (actions []models.Action) {
	b.Helper()
	changes, err := b.store.Changes(b.Context(), b.directory.ID, 0, 1_000_000)
	b.must(err)
	for _, c := range changes {
		if c.Kind == "user" && c.RecordID == recordID {
			actions = append(actions, c.Action)
		}
	}
	return actions
}

func TestGuestsOutOfScopeAreOutOfScope(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.must(b.tenant.UpdateUser(v.ann, graphemu.Properties{"userType": "Guest"}),
			b.tenant.UpdateUser(v.dee, graphemu.Properties{"userType": "Guest"}))
		b.pull()
		b.equalsTruth()
		ann, dee := b.user(v.ann).ID, b.user(v.dee).ID
		p := b.provisioning()
		p.createUser("ann@contoso.example", object{"externalId": v.ann}) // push vouches for her too
		b.leaveOut(true, false)

		planned, run := b.planThenPull()
		b.same("the plan", run.Counts, planned.Counts)
		b.same("who is removed", models.RecordCounts{Read: 4, Removed: 1}, run.Counts.Users)
		b.same("dee", []models.Action{models.Created, models.Removed}, b.happenings(dee))
		b.same("ann stays by push's word, active", []any{ann, true}, []any{b.user(v.ann).ID, b.user(v.ann).Active})
		b.same("her membership was the pull's", false, b.isIn(v.crew, v.ann))

		b.enable(v.ann, false)
		b.pull()
		b.same("ann is deactivated, in scope or not", false, b.user(v.ann).Active)

		b.leaveOut(false, false)
		b.pull()
		b.equalsTruth()
		b.same("dee came back as who she was", dee, b.user(v.dee).ID)
	})
}

func (b *bridge) isIn(group, member string) bool {
	b.Helper()
	for _, e := range b.shown().Edges {
		if e.GroupID == group && e.MemberID == member {
			return true
		}
	}
	return false
}

func TestTheDisabledAreDeactivatedBeforeTheyAreOutOfScope(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.leaveOut(false, true)
		b.pull()
		bob := b.user(v.bob).ID
		b.enable(v.bob, false)
		b.pull()
		b.same("bob", []models.Action{models.Created, models.Deactivated, models.Removed}, b.happenings(bob))

		b.must(b.tenant.DeleteUser(v.bob))
		b.pull()
		b.same("nobody comes back by being deleted", 3, len(b.users()))

		b.must(b.tenant.RestoreUser(v.bob))
		b.enable(v.bob, true)
		b.pull()
		b.equalsTruth()
		b.same("bob came back as who he was", bob, b.user(v.bob).ID)
	})
}

func TestTheDisabledAreDeactivatedThoughTheirLossIsHeld(t *testing.T) {
	t.Parallel()
	each(t, staffOf(60), func(b *bridge) {
		b.leaveOut(false, true)
		b.pull()
		people := b.people()
		for _, id := range people[:20] {
			b.enable(id, false)
		}
		b.pullTo(models.Held)
		b.same("who is there", 60, len(b.users()))
		for _, id := range people[:20] {
			if b.user(id).Active {
				b.Errorf("%s is active while the run is held", id)
			}
		}
		for _, id := range people[:20] {
			b.enable(id, true)
		}
		b.pull()
		b.equalsTruth()
	})
}

func TestThePushedWhoAreDisabledAndOutOfScopeAreDeactivated(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.leaveOut(false, true)
		b.enable(v.cem, false)
		p := b.provisioning()
		p.createUser("cem@contoso.example", object{"externalId": "cem"})
		b.pull()
		b.same("cem, found by name", false, b.user(v.cem).Active)

		p.patch("/Users/"+b.user(v.cem).ID, "Replace", "active", true)
		b.same("push's word alone does not outweigh it", false, b.user(v.cem).Active)
		b.must(b.runner.LookAt(b.Context(), b.directory.ID, v.cem))
		b.same("nor does a look that finds him disabled", false, b.user(v.cem).Active)
		b.enable(v.cem, true)
		b.must(b.runner.LookAt(b.Context(), b.directory.ID, v.cem))
		b.same("a look that finds him enabled does", true, b.user(v.cem).Active)
		b.pull()
		b.equalsTruth()
	})
}

func TestATenantOfGuestsAloneIsNotEmpty(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.pull()
		for _, id := range []string{v.ann, v.bob, v.cem, v.dee} {
			b.must(b.tenant.UpdateUser(id, graphemu.Properties{"userType": "Guest"}))
		}
		b.leaveOut(true, false)
		b.pull()
		b.same("who is there", 0, len(b.users()))
		status, _ := b.provisioning().send(http.MethodGet, "/Groups", nil)
		b.same("the groups are", http.StatusOK, status)
	})
}

func TestWhoComesBackIsNotInTheGroupsLeftMeanwhile(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.leaveOut(false, true)
		b.must(b.tenant.AddMember(v.hall, v.ann))
		b.pull()
		b.enable(v.ann, false)
		b.pull()
		b.must(b.tenant.RemoveMember(v.hall, v.ann))
		b.pull()
		b.enable(v.ann, true)
		planned, run := b.planThenPull()
		b.same("the plan", run.Counts, planned.Counts)
		b.equalsTruth()
		before := b.tables()
		b.pull()
		b.same("the tables after a quiet run", before, b.tables())
	})
}
