package pull_test

import (
	"context"
	"slices"
	"testing"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
)

// forgetful is a source whose listings leave some out.
type forgetful struct {
	pull.Source
	omits []string
}

func (f forgetful) UsersDelta(ctx context.Context, link string) (pull.Page[models.SourceUser], error) {
	page, err := f.Source.UsersDelta(ctx, link)
	page.Items = slices.DeleteFunc(page.Items, func(u models.SourceUser) bool { return slices.Contains(f.omits, u.ObjectID) })
	return page, err
}

func (f forgetful) GroupsDelta(ctx context.Context, link string) (pull.Page[models.SourceGroup], error) {
	page, err := f.Source.GroupsDelta(ctx, link)
	page.Items = slices.DeleteFunc(page.Items, func(g models.SourceGroup) bool { return slices.Contains(f.omits, g.ObjectID) })
	return page, err
}

func (b *bridge) forget(ids ...string) {
	b.wrap = func(s pull.Source) pull.Source { return forgetful{s, ids} }
}

func TestAListingThatOmitsWhoExistsRemovesNobody(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.pull()
		b.forget(v.ann, v.bob, v.deck)
		run := b.pull()
		b.equalsTruth()
		b.same("the counts", models.Counts{}, changesOf(run.Counts))
		b.forget()
		run = b.pull()
		b.equalsTruth()
		b.same("the counts of the next run", models.Counts{}, changesOf(run.Counts))
	})
}

func TestWhoIsMissingAndGoneByIDIsRemoved(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.pull()
		b.must(b.tenant.DeleteUser(v.ann), b.tenant.PurgeUser(v.ann), b.tenant.DeleteUser(v.bob), b.tenant.DeleteGroup(v.deck))
		b.must(b.tenant.UpdateUser(v.cem, graphemu.Properties{"accountEnabled": false}))
		b.forget(v.cem)
		run := b.pull()
		b.equalsTruth()
		b.same("the counts", models.RecordCounts{Read: 2, Removed: 1, Deactivated: 2}, run.Counts.Users)
	})
}

func TestAnIncompleteRoundRemovesNobody(t *testing.T) {
	t.Parallel()
	table(t, map[string]graphemu.Fault{
		"among the users":     {Route: "GET /users/delta", Page: graphemu.NextPage, After: 1, Effect: graphemu.ExpiredToken()},
		"in the bin":          {Route: "GET /directory/deletedItems*", Effect: graphemu.Refuse(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")},
		"among the groups":    {Route: "GET /groups/delta", Page: graphemu.NextPage, Effect: graphemu.ExpiredToken()},
		"at somebody missing": {Route: "GET /users/{id}", Effect: graphemu.Refuse(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")},
	}, villagers, func(b *bridge, fault graphemu.Fault) {
		b.emu.Configure(func(c *graphemu.Config) { c.UsersPerDeltaPage, c.GroupsPerDeltaPage, c.EmptyPageEvery = 1, 1, 0 })
		b.pull()
		before := b.shown()
		b.must(b.tenant.DeleteUser(v.ann), b.tenant.PurgeUser(v.ann), b.tenant.DeleteGroup(v.deck))
		b.emu.Inject(fault)
		run := b.run(false)
		if run.State != models.RunFailed || run.Attempts != 1 {
			b.Errorf("the run is %s after %d attempts", run.State, run.Attempts)
		}
		b.same("the company", before, b.shown())
		b.same("the items", []string{"error error : " + run.Failure.Code + ": " + run.Failure.Message}, b.items(run))
		b.emu.ClearFaults()
		b.pull()
		b.equalsTruth()
	})
}

func TestAnEmptyAnswerWhereTherePeopleWereFailsTheRun(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.must(b.tenant.DeleteUser(v.dee))
		b.pull()
		before := b.tables()
		b.emu.Inject(graphemu.Fault{Route: "GET /users/delta", Effect: graphemu.Empty()})
		b.emu.Inject(graphemu.Fault{Route: "GET /groups/delta", Effect: graphemu.Empty()})
		run := b.run(false)
		b.same("the failure", &models.Failure{
			Code:    "empty_answer",
			Message: "Microsoft Graph answered with no users at all, where there were 3",
			Hint:    "check the application's permissions (User.Read.All) and its admin consent; nothing has been removed",
		}, run.Failure)
		b.same("the tables", before, b.tables())
	})
}

func TestAnEmptyTenantIsNoFault(t *testing.T) {
	t.Parallel()
	each(t, func(b *bridge) *graphemu.Tenant { return graphemu.NewTenant(1, b.clock.Now) }, func(b *bridge) {
		b.same("the counts", models.Counts{}, b.pull().Counts)
	})
}
