package graphemu_test

import (
	"errors"
	"sync"
	"testing"

	"scimbridge/pull/graphemu"
)

func TestChangesThatGraphRefusesLeaveNoTrace(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	_, err := tenant.AddGroup(graphemu.Properties{"id": "unified", "displayName": "Unified", "groupTypes": []string{"Unified"}})
	must(t, err, tenant.DeleteUser("dee"))
	addUser := func(said graphemu.Properties) error { _, err := tenant.AddUser(said); return err }
	addGroup := func(said graphemu.Properties) error { _, err := tenant.AddGroup(said); return err }
	users, groups, edges := tenant.Users(), tenant.Groups(), tenant.Edges()

	for name, tc := range map[string]struct {
		status int
		err    error
	}{
		"a name that is taken, in other case": {400, addUser(graphemu.Properties{"userPrincipalName": "ANN@contoso.example"})},
		"no name":                             {400, addUser(graphemu.Properties{"displayName": "Nobody"})},
		"an id that is taken":                 {400, addUser(graphemu.Properties{"id": "ann", "userPrincipalName": "x@contoso.example"})},
		"an unknown property":                 {400, addUser(graphemu.Properties{"userPrincipalName": "x@contoso.example", "nickname": "X"})},
		"a value of another type":             {400, tenant.UpdateUser("ann", graphemu.Properties{"displayName": 5})},
		"an account neither on nor off":       {400, tenant.UpdateUser("ann", graphemu.Properties{"accountEnabled": nil})},
		"an id that changes":                  {400, tenant.UpdateUser("ann", graphemu.Properties{"id": "x"})},
		"a rename to a name that is taken":    {400, tenant.UpdateUser("ann", graphemu.Properties{"userPrincipalName": "bob@contoso.example"})},
		"a rename to no name":                 {400, tenant.UpdateUser("ann", graphemu.Properties{"userPrincipalName": nil})},
		"an update in the bin":                {404, tenant.UpdateUser("dee", graphemu.Properties{"displayName": "D"})},
		"a manager in the bin":                {404, tenant.SetManager("ann", "dee")},
		"a group as a manager":                {404, tenant.SetManager("ann", "crew")},
		"no manager to clear":                 {404, tenant.ClearManager("bob")},
		"a restore of the living":             {404, tenant.RestoreUser("ann")},
		"a purge of the living":               {404, tenant.PurgeUser("ann")},
		"a group without a name":              {400, addGroup(graphemu.Properties{"description": "x"})},
		"a member who is there":               {400, tenant.AddMember("crew", "ann")},
		"a member who is not there":           {404, tenant.RemoveMember("crew", "bob")},
		"a member in the bin":                 {404, tenant.AddMember("crew", "dee")},
		"a group in a Microsoft 365 group":    {400, tenant.AddMember("unified", "crew")},
		"a group in itself":                   {400, tenant.AddMember("crew", "crew")},
	} {
		var refusal *graphemu.Error
		if !errors.As(tc.err, &refusal) || refusal.Status != tc.status {
			t.Errorf("%s: want %d, got %v", name, tc.status, tc.err)
		}
	}
	same(t, "users", users, tenant.Users())
	same(t, "groups", groups, tenant.Groups())
	same(t, "edges", edges, tenant.Edges())
}

func TestTheBinFreesANameAndGivesItBack(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	must(t, tenant.DeleteUser("ann"))
	same(t, "name in the bin", "annann@contoso.example", tenant.DeletedUsers()[0].UserPrincipalName)
	newcomer, err := tenant.AddUser(graphemu.Properties{"userPrincipalName": "ann@contoso.example"})
	must(t, err)
	if err := tenant.RestoreUser("ann"); err == nil {
		t.Error("two people have one name")
	}
	must(t, tenant.DeleteUser(newcomer), tenant.RestoreUser("ann"))
	ann, _ := tenant.User("ann@contoso.example")
	same(t, "who has the name", "ann", ann.ID)
	same(t, "manager after all", "bob", ann.ManagerID)
}

func TestTransitiveMembershipEndsInLoops(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	must(t, tenant.AddMember("deck", "crew"))
	same(t, "people in crew", []string{"ann", "bob", "cem"}, tenant.TransitiveUsers("crew"))
	same(t, "people in deck", []string{"ann", "bob", "cem"}, tenant.TransitiveUsers("deck"))
	same(t, "groups of ann", []string{"crew", "deck"}, tenant.TransitiveGroups("ann"))
	same(t, "groups of crew", []string{"deck"}, tenant.TransitiveGroups("crew"))
}

func TestRolesShowInMemberOfAndAreNoGroups(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	role, err := tenant.AddDirectoryRole("Global Reader", "ann", "bob")
	must(t, err)
	unit, err := tenant.AddAdministrativeUnit("North", "ann")
	must(t, err)
	_, c := serve(t, tenant, graphemu.Config{App: graphemu.App{Roles: []string{"Directory.Read.All"}}})
	same(t, "what ann is a member of", parse(t, `[
		{"@odata.type":"#microsoft.graph.group","id":"crew","displayName":"Crew"},
		{"@odata.type":"#microsoft.graph.directoryRole","id":"`+role+`","displayName":"Global Reader"},
		{"@odata.type":"#microsoft.graph.administrativeUnit","id":"`+unit+`","displayName":"North"}]`),
		c.get("/users/ann/memberOf?$select=id,displayName").values())
	same(t, "groups of ann by a cast", "crew", ids(c.get("/users/ann/memberOf/graph.group?$select=id&$count=true", eventual).values()))
	same(t, "groups of ann in truth", []string{"crew"}, tenant.TransitiveGroups("ann"))
	same(t, "edges", 4, len(tenant.Edges()))
	if _, err := tenant.AddDirectoryRole("Nobody's", "nobody"); err == nil {
		t.Error("nobody holds a role")
	}
}

// Run under the race detector: readers, writers and knobs at the same time.
func TestATenantMayChangeWhileItIsRead(t *testing.T) {
	t.Parallel()
	now := newClock()
	tenant := graphemu.Company(1, graphemu.Size{Users: 40, Groups: 5, GroupsPerUser: 2, Depth: 1}, now.Now)
	emu, c := serve(t, tenant, graphemu.Config{UsersPerDeltaPage: 7})
	people := idsOf(tenant.Users())
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for _, link := range []string{"/users?$top=9", "/users/delta?$select=manager", "/groups/delta", "/groups?$top=1"} {
				c.all(link)
			}
		})
	}
	work.Go(func() {
		for i, id := range people {
			_ = tenant.UpdateUser(id, graphemu.Properties{"jobTitle": "Mate"})
			_ = tenant.SetManager(id, people[(i+1)%len(people)])
			_ = tenant.DeleteUser(people[i/2])
			tenant.Edges()
		}
	})
	work.Go(func() {
		for i := range 20 {
			emu.Configure(func(config *graphemu.Config) { config.UsersPerDeltaPage = 5 + i })
			emu.Inject(graphemu.Fault{Route: "GET /organization", Effect: graphemu.InternalError()})()
			emu.Meter()
			emu.Requests()
			tenant.SetLag(0, 0)
		}
	})
	work.Wait()
}
