package graphemu_test

import (
	"testing"

	"scimbridge/pull/graphemu"
)

// withRoles signs in with other permissions than the default ones.
func withRoles(t *testing.T, tenant *graphemu.Tenant, roles ...string) *client {
	t.Helper()
	_, c := serve(t, tenant, graphemu.Config{App: graphemu.App{Roles: append([]string{}, roles...)}})
	return c
}

func TestPermissionsOpenRoutes(t *testing.T) {
	t.Parallel()
	const open, denied = "OK: ", "Forbidden: Authorization_RequestDenied"
	routes := []string{"/users", "/groups", "/directory/deletedItems/graph.group", "/organization", "/groups/crew/transitiveMemberOf"}
	for name, tc := range map[string]struct {
		roles []string
		want  []string
	}{
		"none":                  {nil, []string{denied, denied, denied, denied, denied}},
		"User.Read.All":         {[]string{"User.Read.All"}, []string{open, denied, denied, denied, denied}},
		"GroupMember.Read.All":  {[]string{"GroupMember.Read.All"}, []string{denied, open, denied, denied, denied}},
		"Group.Read.All":        {[]string{"Group.Read.All"}, []string{denied, open, open, denied, denied}},
		"Organization.Read.All": {[]string{"Organization.Read.All"}, []string{denied, denied, denied, open, denied}},
		"Directory.Read.All":    {[]string{"Directory.Read.All"}, []string{open, open, open, open, open}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := withRoles(t, village(t, newClock().Now), tc.roles...)
			var got []string
			for _, route := range routes {
				got = append(got, c.get(route).code())
			}
			same(t, "answers", tc.want, got)
		})
	}
}

func TestMembersOfATypeThatMayNotBeReadAreTypeAndID(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	phone, err := tenant.AddDevice("Phone", "Android")
	must(t, err, tenant.AddMember("crew", phone))
	c := withRoles(t, tenant, "GroupMember.Read.All")
	same(t, "members", parse(t, `[
		{"@odata.type":"#microsoft.graph.user","id":"ann","displayName":null,"mail":null},
		{"@odata.type":"#microsoft.graph.group","id":"deck","displayName":"Deck","mail":null},
		{"@odata.type":"#microsoft.graph.device","id":"`+phone+`","displayName":null}]`),
		c.get("/groups/crew/members?$select=id,displayName,mail").values())
	same(t, "memberOf with User.Read.All only",
		parse(t, `[{"@odata.type":"#microsoft.graph.group","id":"crew","displayName":null}]`),
		withRoles(t, tenant, "User.Read.All").get("/users/ann/memberOf?$select=displayName").values())
}

func TestANewConsentShowsInANewToken(t *testing.T) {
	t.Parallel()
	emu, c := serve(t, village(t, newClock().Now), graphemu.Config{App: graphemu.App{Roles: []string{"GroupMember.Read.All"}}})
	emu.Configure(func(config *graphemu.Config) { config.App.Roles = append(config.App.Roles, "User.Read.All") })
	same(t, "with the old token", 403, c.get("/users").status)
	c.signIn()
	same(t, "with a new token", 200, c.get("/users").status)
}

func TestHiddenMembersShowToHoldersOfMemberReadHidden(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	must(t, tenant.UpdateGroup("deck", graphemu.Properties{"visibility": "HiddenMembership"}))
	for want, roles := range map[string][]string{
		"":        {"User.Read.All", "GroupMember.Read.All"},
		"bob cem": {"User.Read.All", "GroupMember.Read.All", "Member.Read.Hidden"},
	} {
		c := withRoles(t, tenant, roles...)
		same(t, "listed members", want, ids(c.get("/groups/deck/members?$select=id").values()))
		var told string
		for _, g := range c.get("/groups/delta?$select=members").values() {
			if members, has := g.(map[string]any)["members@delta"].([]any); has && g.(map[string]any)["id"] == "deck" {
				told = ids(members)
			}
		}
		same(t, "told members", want, told)
	}
}
