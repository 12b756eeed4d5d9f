package graphemu_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"scimbridge/pull/graphemu"
)

func TestAFirstRoundTellsEverybodyWithManagers(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{UsersPerDeltaPage: 3})
	first := c.get("/users/delta?$select=displayName,mail,givenName,manager")
	same(t, "first page: absent what was never set, null what was nulled", parse(t, `[
		{"id":"ann","displayName":"Ann Öhman","givenName":"Ann","mail":"ann@contoso.example","manager@delta":[{"@odata.type":"#microsoft.graph.user","id":"bob"}]},
		{"id":"bob","displayName":"Bob \"Buzz\"","mail":null},
		{"id":"cem","displayName":"Cem"}]`), first.values())
	same(t, "delta link on a page before the last", "", first.link("deltaLink"))
	last := c.get(first.link("nextLink"))
	same(t, "last page", parse(t, `[{"id":"dee","displayName":"Dee"}]`), last.values())
	same(t, "next link on the last page", "", last.link("nextLink"))
	if !strings.HasPrefix(last.link("deltaLink"), c.origin+"/v1.0/users/delta?$deltatoken=") {
		t.Errorf("delta link is %s", last.link("deltaLink"))
	}
}

func TestDeltaGoesByThreeNames(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{})
	for _, name := range []string{"delta", "delta()", "microsoft.graph.delta", "microsoft.graph.delta()"} {
		same(t, name, "ann bob cem dee", ids(c.get("/users/"+name+"?$select=id&$top=1&$expand=manager").values()))
	}
}

// Each case changes a village between two rounds.
func TestALaterRoundTellsWhatChanged(t *testing.T) {
	t.Parallel()
	const users, groups = "/users/delta?$select=displayName,mail,manager", "/groups/delta?$select=displayName,members"
	for name, tc := range map[string]struct {
		before func(*graphemu.Tenant) error // the first round
		change func(*graphemu.Tenant) error
		round  string
		prefer string
		want   string
	}{
		"nothing": {round: users, want: `[]`},
		"a name, with all that is selected": {round: users,
			change: func(t *graphemu.Tenant) error { return t.UpdateUser("ann", graphemu.Properties{"displayName": "Ann"}) },
			want:   `[{"id":"ann","displayName":"Ann","mail":"ann@contoso.example"}]`},
		"a name, and no more, as preferred": {round: users, prefer: "Prefer: return=minimal",
			change: func(t *graphemu.Tenant) error { return t.UpdateUser("ann", graphemu.Properties{"displayName": "Ann"}) },
			want:   `[{"id":"ann","displayName":"Ann"}]`},
		"a value that became null": {round: users,
			change: func(t *graphemu.Tenant) error { return t.UpdateUser("ann", graphemu.Properties{"mail": nil}) },
			want:   `[{"id":"ann","displayName":"Ann Öhman","mail":null}]`},
		"a property that is not selected": {round: users,
			change: func(t *graphemu.Tenant) error { return t.UpdateUser("ann", graphemu.Properties{"jobTitle": "Mate"}) },
			want:   `[]`},
		"the same value once more": {round: users,
			change: func(t *graphemu.Tenant) error {
				return t.UpdateUser("ann", graphemu.Properties{"displayName": "Ann Öhman"})
			},
			want: `[]`},
		"a new manager": {round: users,
			change: func(t *graphemu.Tenant) error { return t.SetManager("ann", "dee") },
			want: `[{"id":"ann","displayName":"Ann Öhman","mail":"ann@contoso.example",
				"manager@delta":[{"@odata.type":"#microsoft.graph.user","id":"dee"}]}]`},
		"no manager any more": {round: users,
			change: func(t *graphemu.Tenant) error { return t.ClearManager("ann") },
			want: `[{"id":"ann","displayName":"Ann Öhman","mail":"ann@contoso.example",
				"manager@delta":[{"@odata.type":"#microsoft.graph.user","id":"bob","@removed":{"reason":"deleted"}}]}]`},
		"somebody in the bin": {round: users,
			change: func(t *graphemu.Tenant) error { return t.DeleteUser("bob") },
			want:   `[{"id":"bob","@removed":{"reason":"changed"}}]`},
		"somebody purged, who was a manager": {round: users,
			change: func(t *graphemu.Tenant) error { return first(t.DeleteUser("bob"), t.PurgeUser("bob")) },
			want: `[{"id":"bob","@removed":{"reason":"deleted"}},
				{"id":"ann","displayName":"Ann Öhman","mail":"ann@contoso.example",
				"manager@delta":[{"@odata.type":"#microsoft.graph.user","id":"bob","@removed":{"reason":"deleted"}}]}]`},
		"somebody restored, without the manager": {round: users,
			before: func(t *graphemu.Tenant) error { return t.DeleteUser("ann") },
			change: func(t *graphemu.Tenant) error { return t.RestoreUser("ann") },
			want:   `[{"id":"ann","displayName":"Ann Öhman","mail":"ann@contoso.example"}]`},
		"somebody new": {round: users,
			change: func(t *graphemu.Tenant) error {
				_, err := t.AddUser(graphemu.Properties{"id": "eve", "userPrincipalName": "eve@contoso.example", "displayName": "Eve"})
				return first(err, t.SetManager("eve", "ann"))
			},
			want: `[{"id":"eve","displayName":"Eve","manager@delta":[{"@odata.type":"#microsoft.graph.user","id":"ann"}]}]`},
		"somebody who came and went": {round: users,
			change: func(t *graphemu.Tenant) error {
				_, err := t.AddUser(graphemu.Properties{"id": "eve", "userPrincipalName": "eve@contoso.example"})
				return first(err, t.DeleteUser("eve"), t.PurgeUser("eve"))
			},
			want: `[{"id":"eve","@removed":{"reason":"deleted"}}]`},
		"members that came and left": {round: groups,
			change: func(t *graphemu.Tenant) error {
				return first(t.AddMember("crew", "dee"), t.RemoveMember("crew", "ann"))
			},
			want: `[{"id":"crew","displayName":"Crew","members@delta":[
				{"@odata.type":"#microsoft.graph.user","id":"ann","@removed":{"reason":"deleted"}},
				{"@odata.type":"#microsoft.graph.user","id":"dee"}]}]`},
		"a group's name, without its members": {round: groups,
			change: func(t *graphemu.Tenant) error {
				return t.UpdateGroup("crew", graphemu.Properties{"displayName": "Hands"})
			},
			want: `[{"id":"crew","displayName":"Hands"}]`},
		"a member in the bin, which is no news of the group": {round: groups,
			change: func(t *graphemu.Tenant) error { return t.DeleteUser("ann") },
			want:   `[]`},
		"a purged member": {round: groups,
			change: func(t *graphemu.Tenant) error { return first(t.DeleteUser("ann"), t.PurgeUser("ann")) },
			want: `[{"id":"crew","displayName":"Crew","members@delta":[
				{"@odata.type":"#microsoft.graph.user","id":"ann","@removed":{"reason":"deleted"}}]}]`},
		"a group in the bin": {round: groups,
			change: func(t *graphemu.Tenant) error { return t.DeleteGroup("deck") },
			want:   `[{"id":"deck","@removed":{"reason":"changed"}}]`},
		"a distribution group, gone at once": {round: groups,
			change: func(t *graphemu.Tenant) error { return t.DeleteGroup("list") },
			want:   `[{"id":"list","@removed":{"reason":"deleted"}}]`},
		"a group restored, without its members": {round: groups,
			before: func(t *graphemu.Tenant) error { return t.DeleteGroup("deck") },
			change: func(t *graphemu.Tenant) error { return t.RestoreGroup("deck") },
			want:   `[{"id":"deck","displayName":"Deck"}]`},
		"changes of a group outside the filter": {round: groups + "&$filter=id eq 'crew' or id eq 'list'",
			change: func(t *graphemu.Tenant) error {
				return first(t.AddMember("crew", "dee"), t.AddMember("deck", "dee"), t.UpdateGroup("list", graphemu.Properties{"mail": nil}))
			},
			want: `[{"id":"crew","displayName":"Crew","members@delta":[{"@odata.type":"#microsoft.graph.user","id":"dee"}]}]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := village(t, newClock().Now)
			_, c := serve(t, tenant, graphemu.Config{})
			if tc.before != nil {
				must(t, tc.before(tenant))
			}
			_, link := c.all(tc.round)
			if tc.change != nil {
				must(t, tc.change(tenant))
			}
			headers := []string{}
			if tc.prefer != "" {
				headers = append(headers, tc.prefer)
			}
			got, next := c.all(link, headers...)
			same(t, "round", parse(t, tc.want), append([]any{}, got...))
			quiet, _ := c.all(next)
			same(t, "round after it", 0, len(quiet))
		})
	}
}

// first returns the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestTheOldManagerIsToldWhereSoConfigured(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	_, c := serve(t, tenant, graphemu.Config{TellOldManager: true})
	_, link := c.all("/users/delta?$select=manager")
	must(t, tenant.SetManager("ann", "cem"), tenant.SetManager("ann", "dee"))
	got, _ := c.all(link)
	same(t, "round", parse(t, `[{"id":"ann","manager@delta":[
		{"@odata.type":"#microsoft.graph.user","id":"cem","@removed":{"reason":"deleted"}},
		{"@odata.type":"#microsoft.graph.user","id":"bob","@removed":{"reason":"deleted"}},
		{"@odata.type":"#microsoft.graph.user","id":"dee"}]}]`), got)
}

func TestLatestTellsNothingAndStartsFromNow(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	_, c := serve(t, tenant, graphemu.Config{})
	objects, link := c.all("/users/delta?$deltatoken=latest&$select=displayName")
	same(t, "objects", 0, len(objects))
	must(t, tenant.UpdateUser("dee", graphemu.Properties{"displayName": "Dé"}))
	got, _ := c.all(link)
	same(t, "round", parse(t, `[{"id":"dee","displayName":"Dé"}]`), got)
}

func TestMembersAreToldUnlessSelectLeavesThemOut(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{})
	for query, want := range map[string]bool{"": true, "?$select=id,members": true, "?$select=id,displayName": false} {
		same(t, "groups/delta"+query, want, strings.Contains(c.get("/groups/delta"+query).body, "members@delta"))
	}
}

func TestABigGroupComesInSlicesThatAreNotNeighbours(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	for i := range 25 {
		id := fmt.Sprintf("u%02d", i)
		_, err := tenant.AddUser(graphemu.Properties{"id": id, "userPrincipalName": id + "@contoso.example"})
		must(t, err, tenant.AddMember("crew", id))
	}
	_, c := serve(t, tenant, graphemu.Config{MembersPerSlice: 10, MembersPerDeltaPage: 12})
	told, link := c.all("/groups/delta?$select=members")
	same(t, "order of slices", "crew deck list crew crew", ids(told))
	same(t, "members of all slices", 27, len(membersOf(told, "crew")))

	for i := range 25 {
		must(t, tenant.RemoveMember("crew", fmt.Sprintf("u%02d", i)))
	}
	told, _ = c.all(link)
	same(t, "order of changed slices", "crew crew crew", ids(told))
	same(t, "members that left", 25, len(membersOf(told, "crew")))
}

// membersOf collects what a round tells of a group's members.
func membersOf(told []any, group string) []string {
	var members []string
	for _, o := range told {
		g := o.(map[string]any)
		if g["id"] != group {
			continue
		}
		entries, _ := g["members@delta"].([]any)
		for _, m := range entries {
			members = append(members, m.(map[string]any)["id"].(string))
		}
	}
	slices.Sort(members)
	return slices.Compact(members)
}

func TestWhatChangesWhileARoundIsReadIsNeverLost(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	_, c := serve(t, tenant, graphemu.Config{UsersPerDeltaPage: 2})
	next := c.get("/users/delta?$select=displayName").link("nextLink")
	must(t, tenant.UpdateUser("ann", graphemu.Properties{"displayName": "behind the reader"}), tenant.DeleteUser("dee"))
	rest, link := c.all(next)
	same(t, "rest of the round", "cem", ids(rest))
	told, _ := c.all(link)
	same(t, "next round", parse(t, `[{"id":"ann","displayName":"behind the reader"},{"id":"dee","@removed":{"reason":"changed"}}]`), told)
}

func TestDeltaTokensAreForgotten(t *testing.T) {
	t.Parallel()
	const notFound = "Bad Request: syncStateNotFound"
	now := newClock()
	tenant := village(t, now.Now)
	emu, c := serve(t, tenant, graphemu.Config{TokenLifetime: 30 * 24 * time.Hour})

	_, link := c.all("/users/delta")
	now.Advance(7*24*time.Hour - 1)
	same(t, "before seven days are over", 200, c.get(link).status)
	now.Advance(1)
	same(t, "after seven days", notFound, c.get(link).code())

	_, link = c.all("/users/delta")
	emu.ExpireDeltaTokens()
	same(t, "by order", notFound, c.get(link).code())
	_, link = c.all("/users/delta")
	same(t, "made after the order", 200, c.get(link).status)

	for _, token := range []string{"x", link[strings.Index(link, "=")+1:] + "x"} {
		same(t, "a token nobody made", 400, c.get("/users/delta?$deltatoken="+token).status)
	}
	same(t, "a token of the other feed", 400, c.get(strings.Replace(link, "/users/", "/groups/", 1)).status)
}

func TestATokenOfAnEarlierProcessIsForgotten(t *testing.T) {
	t.Parallel()
	now := newClock()
	_, c := serve(t, village(t, now.Now), graphemu.Config{})
	_, link := c.all("/users/delta")
	now.Advance(time.Second)
	_, again := serve(t, village(t, now.Now), graphemu.Config{})
	_, token, _ := strings.Cut(link, c.origin)
	same(t, "answer", "Bad Request: syncStateNotFound", again.get(again.origin+token).code())
}

func TestDeltaFilters(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{})
	same(t, "two ids", "ann dee", ids(c.get("/users/delta?$select=id&$filter=id eq 'dee' or id eq 'ann'").values()))
	clauses := make([]string, 51)
	for i := range clauses {
		clauses[i] = fmt.Sprintf("id eq 'u%d'", i)
	}
	same(t, "51 ids", 400, c.get("/users/delta?$filter="+strings.Join(clauses, " or ")).status)
	for _, filter := range []string{"displayName eq 'x'", "id ne 'x'", "id eq 'x' and id eq 'y'", "id eq 'x' or", "startswith(id,'x')"} {
		same(t, filter, "Bad Request: Request_UnsupportedQuery", c.get("/users/delta?$filter="+filter).code())
	}
	same(t, "an order", "Bad Request: Request_UnsupportedQuery", c.get("/users/delta?$orderby=displayName").code())
	same(t, "an unknown property", "Bad Request: Request_BadRequest", c.get("/users/delta?$select=members").code())
}

func TestMembersInTheBinStayInTheFeedUnlessConfiguredOtherwise(t *testing.T) {
	t.Parallel()
	for hide, want := range map[bool][]string{false: {"bob", "cem"}, true: {"cem"}} {
		tenant := village(t, newClock().Now)
		must(t, tenant.DeleteUser("bob"))
		_, c := serve(t, tenant, graphemu.Config{RestoreTellsMemberships: hide})
		told, link := c.all("/groups/delta?$select=members")
		same(t, "members of deck", want, membersOf(told, "deck"))
		same(t, "listed members of deck", "cem", ids(c.get("/groups/deck/members?$select=id").values()))
		must(t, tenant.RestoreUser("bob"))
		told, _ = c.all(link)
		same(t, "told again", hide, len(told) == 1)
	}
}

func TestListsAndDeltaLagByTheirOwnTimes(t *testing.T) {
	t.Parallel()
	now := newClock()
	tenant := village(t, now.Now)
	_, c := serve(t, tenant, graphemu.Config{})
	_, link := c.all("/users/delta?$select=displayName")
	tenant.SetLag(time.Minute, 2*time.Minute)
	must(t, tenant.UpdateUser("ann", graphemu.Properties{"displayName": "New"}), tenant.DeleteUser("dee"))

	shown := func() []any {
		told, _ := c.all(link)
		return []any{
			c.get("/users/ann?$select=displayName").json()["displayName"],
			len(c.get("/users").values()), len(told),
		}
	}
	same(t, "at once: by id only", []any{"New", 4, 0}, shown())
	now.Advance(time.Minute)
	same(t, "after a minute: in lists", []any{"New", 3, 0}, shown())
	now.Advance(time.Minute)
	same(t, "after two minutes: in delta", []any{"New", 3, 2}, shown())
	tenant.SetLag(time.Hour, time.Hour)
	must(t, tenant.RestoreUser("dee"))
	tenant.SetLag(0, 0)
	same(t, "without lag", []any{"New", 4, 2}, shown())
}
