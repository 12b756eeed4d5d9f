package graph

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// inScope tells of ids whether a scope takes them, by the tenant's truth of the moment.
func (o *office) inScope(s models.Scope) func(id string) bool {
	reach := func(groups []string) map[string]bool {
		ids := make(map[string]bool)
		for _, g := range groups {
			for _, id := range append(o.tenant.TransitiveUsers(g), insideOf(o.tenant, g)...) {
				ids[id] = true
			}
		}
		return ids
	}
	in, out := reach(s.IncludeGroups), reach(s.ExcludeGroups)
	return func(id string) bool {
		u, isUser := o.tenant.User(id)
		return (s.Kind == "all" || in[id]) && !out[id] && !(isUser && s.LeavesOut(models.SourceUser{Guest: u.UserType == "Guest", Enabled: &u.AccountEnabled}))
	}
}

func TestIncrementalRoundsOfAScopeConverge(t *testing.T) {
	t.Parallel()
	for name, scope := range map[string]models.Scope{
		"groups":                {Kind: "groups"},
		"groups less groups":    {Kind: "groups", ExcludeGroups: []string{"a"}, Guests: models.Exclude},
		"all but groups":        {Kind: "all", ExcludeGroups: []string{"a"}},
		"all but them, enabled": {Kind: "all", ExcludeGroups: []string{"a"}, Disabled: models.Exclude},
		"groups, enabled":       {Kind: "groups", Disabled: models.Exclude},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.EachURL(t, func(t *testing.T, databaseURL string) {
				o := newOffice(t, graphemu.Size{Users: 60, Groups: 12, GroupsPerUser: 3, Depth: 3}, small)
				d := newDirectoryOf(t, o, databaseURL)
				include := biggest(o.tenant, "")
				if scope.Kind == "groups" {
					scope.IncludeGroups = []string{include}
				}
				if len(scope.ExcludeGroups) > 0 {
					scope.ExcludeGroups = []string{biggest(o.tenant, include)}
				}
				d.set(func(m *models.Directory) { m.Settings.Scope = scope })
				d.run(models.FullRun)
				d.converges(scope)
			})
		})
	}
}

func TestAnIncrementalRoundOfAScopeReadsWhatHasChanged(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := newOffice(t, graphemu.Size{Users: 80, Groups: 12, GroupsPerUser: 3, Depth: 3}, graphemu.Config{})
		d := newDirectoryOf(t, o, databaseURL)
		include := biggest(o.tenant, "")
		scope := models.Scope{Kind: "groups", IncludeGroups: []string{include}}
		d.set(func(m *models.Directory) { m.Settings.Scope = scope })
		d.run(models.FullRun)
		isIn := o.inScope(scope)
		inside := func(u graphemu.User) bool { return isIn(u.ID) }
		users := o.tenant.Users()
		member := users[slices.IndexFunc(users, inside)].ID
		stranger := users[slices.IndexFunc(users, func(u graphemu.User) bool { return !inside(u) })].ID

		d.reads("nothing", 2)
		d.must(o.tenant.UpdateUser(member, graphemu.Properties{"jobTitle": "Pilot"}))
		d.reads("a member has changed", 2)
		d.must(o.tenant.UpdateUser(stranger, graphemu.Properties{"jobTitle": "Pilot"}))
		d.reads("a stranger has changed, who might have come back", 4)
		d.must(o.tenant.AddMember(include, stranger))
		d.reads("somebody was put into a group", 4)
		d.must(o.tenant.RemoveMember(include, stranger))
		d.reads("and taken out", 4)
		d.reads("nothing", 2)
		d.equals(trulyShown(o.tenant, isIn))
	})
}

// reads performs an incremental round that may take so many requests.
func (d *bridged) reads(what string, most int) {
	d.Helper()
	if run := d.run(models.IncrementalRun); run.Full || run.Usage.Requests > most {
		d.Errorf("%s: full %v, %d requests, want at most %d", what, run.Full, run.Usage.Requests, most)
	}
}

// Whom push has brought, and Graph tells disabled without their groups, is not known to be in
// scope; disabled they are.
func TestADisabledNewcomerToAScopeIsDeactivatedAtOnce(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		externalID func(objectID string) string
		found      bool // since the last round, by a reading that told of nothing else
	}{
		"brought with the object id": {externalID: func(objectID string) string { return objectID }},
		"brought with a nickname":    {externalID: func(string) string { return "nickname" }},
		"found since the last round": {externalID: func(objectID string) string { return objectID }, found: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.EachURL(t, func(t *testing.T, databaseURL string) {
				disabledNewcomer(t, databaseURL, tc.externalID, tc.found)
			})
		})
	}
}

func disabledNewcomer(t *testing.T, databaseURL string, externalID func(objectID string) string, found bool) {
	o := newOffice(t, graphemu.Size{Users: 40, Groups: 8, GroupsPerUser: 2, Depth: 2}, small)
	d := newDirectoryOf(t, o, databaseURL)
	include := biggest(o.tenant, "")
	scope := models.Scope{Kind: "groups", IncludeGroups: []string{include}}
	d.set(func(m *models.Directory) { m.Settings.Scope = scope })
	d.run(models.FullRun)
	isIn := o.inScope(scope)
	users := o.tenant.Users()
	edges := o.tenant.Edges()
	left := edges[slices.IndexFunc(edges, func(e graphemu.Edge) bool {
		u, isUser := o.tenant.User(e.MemberID)
		return isUser && u.AccountEnabled && isIn(e.GroupID)
	})]
	member, _ := o.tenant.User(left.MemberID)
	newcomer := users[slices.IndexFunc(users, func(u graphemu.User) bool {
		return !isIn(u.ID) && u.AccountEnabled && !strings.Contains(u.UserPrincipalName, "#")
	})]
	d.push(http.MethodPost, "/Users", fmt.Sprintf(`{"userName":%q,"externalId":%q,"active":true}`, newcomer.UserPrincipalName, externalID(newcomer.ID)))
	active := func(what string, u graphemu.User, want bool) {
		t.Helper()
		if got := d.isActive(u.UserPrincipalName); got != want {
			t.Errorf("%s: active %v", what, got)
		}
	}
	if found {
		d.must(d.runner.LookAt(d.Context(), d.id, newcomer.ID))
	}
	active("pushed", newcomer, true)

	d.must(o.tenant.UpdateUser(newcomer.ID, graphemu.Properties{"accountEnabled": false}))
	d.must(o.tenant.AddMember(include, newcomer.ID))
	d.must(o.tenant.RemoveMember(left.GroupID, left.MemberID)) // judged too, and known
	o.emu.Inject(graphemu.Fault{Route: "GET /users/{id}/memberOf", Effect: graphemu.Refuse(404, "Request_ResourceNotFound", "no")})
	if run := d.run(models.IncrementalRun); run.Full {
		t.Error("the round is to be an incremental one")
	}
	active("disabled, groups untold", newcomer, false)
	active("a member whose groups are untold", member, true)
	o.emu.ClearFaults()
	d.run(models.IncrementalRun)
	truth := trulyShown(o.tenant, o.inScope(scope))
	if _, in := truth.Users[newcomer.ID]; !in {
		t.Error("the newcomer is to be in scope")
	}
	d.equals(truth)
}

// isActive tells whether the one living record of a name is active.
func (d *bridged) isActive(userName string) bool {
	d.Helper()
	users, err := d.store.SearchUsers(d.Context(), d.id, store.Search{Limit: 100_000})
	d.must(err)
	users = slices.DeleteFunc(users, func(u models.User) bool { return u.UserName != userName })
	if len(users) != 1 {
		d.Fatalf("%d records have the name %s", len(users), userName)
	}
	return users[0].Active
}
