package graphemu_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"scimbridge/pull/graphemu"
)

func TestACompanyFollowsFromItsSeed(t *testing.T) {
	t.Parallel()
	now := newClock()
	one, two := graphemu.Company(7, graphemu.Demo, now.Now), graphemu.Company(7, graphemu.Demo, now.Now)
	same(t, "users", one.Users(), two.Users())
	same(t, "groups", one.Groups(), two.Groups())
	same(t, "edges", one.Edges(), two.Edges())
	same(t, "tenant", one.ID(), two.ID())
	if other := graphemu.Company(8, graphemu.Demo, now.Now); other.ID() == one.ID() {
		t.Error("another seed founds the same company")
	}
}

func TestACompanyHasItsSize(t *testing.T) {
	t.Parallel()
	tenant := graphemu.Company(1, graphemu.Size{Users: 5000, Groups: 400, GroupsPerUser: 8, Depth: 3}, newClock().Now)
	same(t, "users", 5000, len(tenant.Users()))
	same(t, "groups", 400, len(tenant.Groups()))
	if edges := len(tenant.Edges()); edges < 36_000 || edges > 42_000 {
		t.Errorf("%d memberships, want about 40,000", edges)
	}
	for _, size := range []graphemu.Size{{}, {Users: 1}, {Groups: 1, GroupsPerUser: 1}, {Users: 3, Groups: 2, GroupsPerUser: 1}} {
		tenant := graphemu.Company(1, size, newClock().Now)
		same(t, "users of a tiny one", size.Users, len(tenant.Users()))
	}
}

func TestACompanyHasWhatRealTenantsHave(t *testing.T) {
	t.Parallel()
	tenant := graphemu.Company(42, graphemu.Demo, newClock().Now)
	users, groups, edges := tenant.Users(), tenant.Groups(), tenant.Edges()

	people := map[string]func(graphemu.User) bool{
		"a guest": func(u graphemu.User) bool {
			return u.UserType == "Guest" && strings.Contains(u.UserPrincipalName, "#EXT#@contoso.example")
		},
		"somebody disabled":           func(u graphemu.User) bool { return !u.AccountEnabled },
		"no mail but proxy addresses": func(u graphemu.User) bool { return u.Mail == "" && len(u.ProxyAddresses) > 0 },
		"no mail but other mails":     func(u graphemu.User) bool { return u.Mail == "" && len(u.ProxyAddresses) == 0 && len(u.OtherMails) > 0 },
		"no address at all": func(u graphemu.User) bool {
			return u.Mail == "" && len(u.ProxyAddresses) == 0 && len(u.OtherMails) == 0
		},
		"no given name":                          func(u graphemu.User) bool { return u.GivenName == "" },
		"no user type":                           func(u graphemu.User) bool { return u.UserType == "" },
		"no manager":                             func(u graphemu.User) bool { return u.ManagerID == "" },
		"Cyrillic":                               inScript(unicode.Cyrillic),
		"Arabic":                                 inScript(unicode.Arabic),
		"Hebrew":                                 inScript(unicode.Hebrew),
		"Chinese":                                inScript(unicode.Han),
		"combining marks":                        inScript(unicode.Mn),
		"an apostrophe":                          func(u graphemu.User) bool { return strings.Contains(u.DisplayName, "'") },
		"a quotation mark":                       func(u graphemu.User) bool { return strings.Contains(u.DisplayName, `"`) },
		"a name of 256 characters":               func(u graphemu.User) bool { return len([]rune(u.DisplayName)) == 256 },
		"an office abroad, with a whole address": func(u graphemu.User) bool { return u.Country == "Japan" && u.StreetAddress != "" && u.PostalCode != "" },
		"once synced, no more":                   func(u graphemu.User) bool { return u.OnPremisesSyncEnabled != nil && !*u.OnPremisesSyncEnabled },
		"cost centre":                            func(u graphemu.User) bool { return u.EmployeeOrgData["costCenter"] != "" },
	}
	for what, is := range people {
		if !slices.ContainsFunc(users, is) {
			t.Errorf("nobody with %s", what)
		}
	}

	kinds := map[string]func(graphemu.Group) bool{
		"Microsoft 365":         graphemu.Group.Unified,
		"dynamic":               func(g graphemu.Group) bool { return g.MembershipRule != "" },
		"mail-enabled security": func(g graphemu.Group) bool { return g.MailEnabled && g.SecurityEnabled && !g.Unified() },
		"distribution":          func(g graphemu.Group) bool { return g.MailEnabled && !g.SecurityEnabled && !g.Unified() },
		"hidden":                graphemu.Group.Hidden,
		"empty": func(g graphemu.Group) bool {
			return !slices.ContainsFunc(edges, func(e graphemu.Edge) bool { return e.GroupID == g.ID })
		},
		"in a cycle": func(g graphemu.Group) bool {
			return slices.ContainsFunc(tenant.TransitiveGroups(g.ID), func(parent string) bool {
				return slices.Contains(tenant.TransitiveGroups(parent), g.ID)
			})
		},
		"big and nested": func(g graphemu.Group) bool {
			return len(tenant.TransitiveUsers(g.ID)) >= 70 && len(tenant.TransitiveGroups(g.ID)) > 0
		},
	}
	for what, is := range kinds {
		if !slices.ContainsFunc(groups, is) {
			t.Errorf("no group that is %s", what)
		}
	}

	for _, kind := range []graphemu.ObjectType{graphemu.TypeUser, graphemu.TypeGroup, graphemu.TypeDevice, graphemu.TypeServicePrincipal, graphemu.TypeContact} {
		if !slices.ContainsFunc(edges, func(e graphemu.Edge) bool { return e.MemberType == kind }) {
			t.Errorf("no member that is a %s", kind)
		}
	}
}

func inScript(script *unicode.RangeTable) func(graphemu.User) bool {
	return func(u graphemu.User) bool {
		return strings.ContainsFunc(u.DisplayName, func(r rune) bool { return unicode.Is(script, r) })
	}
}

func TestManagersLoopSomewhere(t *testing.T) {
	t.Parallel()
	tenant := graphemu.Company(42, graphemu.Demo, newClock().Now)
	boss := map[string]string{}
	for _, u := range tenant.Users() {
		boss[u.ID] = u.ManagerID
	}
	loops := 0
	for id, manager := range boss {
		if manager != "" && boss[manager] == id {
			loops++
		}
	}
	same(t, "people who manage each other", 2, loops)
}

func TestUserPrincipalNamesAreUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, u := range graphemu.Company(3, graphemu.Size{Users: 20_000}, newClock().Now).Users() {
		if name := strings.ToLower(u.UserPrincipalName); seen[name] {
			t.Fatalf("%s belongs to two people", name)
		} else {
			seen[name] = true
		}
	}
}
