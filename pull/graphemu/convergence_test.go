package graphemu_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scimbridge/pull/graphemu"
)

// TestAFollowerOfDeltaHoldsTheTruth generates histories of a small company, with
// changes between rounds and in the middle of them, and lets a client follow by
// delta alone. After a quiet round it must hold what the tenant holds.
func TestAFollowerOfDeltaHoldsTheTruth(t *testing.T) {
	t.Parallel()
	var emu http.Handler
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { emu.ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)

	rapid.Check(t, func(rt *rapid.T) {
		now := newClock()
		tenant := graphemu.Company(rapid.Uint64().Draw(rt, "seed"), graphemu.Size{Users: 12, Groups: 5, GroupsPerUser: 2, Depth: 2}, now.Now)
		midRound := []mutation{}
		config := graphemu.Config{
			UsersPerDeltaPage:       rapid.IntRange(1, 20).Draw(rt, "users per page"),
			GroupsPerDeltaPage:      rapid.IntRange(1, 5).Draw(rt, "groups per page"),
			MembersPerDeltaPage:     rapid.IntRange(1, 20).Draw(rt, "members per page"),
			MembersPerSlice:         rapid.IntRange(1, 10).Draw(rt, "members per slice"),
			EmptyPageEvery:          rapid.SampledFrom([]int{0, 2, 3}).Draw(rt, "empty page every"),
			RestoreTellsMemberships: rapid.Bool().Draw(rt, "restore tells memberships"),
			TellOldManager:          rapid.Bool().Draw(rt, "tell old manager"),
			OnRequest: func(graphemu.Request) {
				if len(midRound) > 0 {
					midRound[0].apply(tenant)
					midRound = midRound[1:]
				}
			},
		}
		e := graphemu.New(config, tenant)
		e.Inject(graphemu.Fault{Route: "GET /users/delta", Every: 3, Effect: graphemu.Duplicate()})
		e.Inject(graphemu.Fault{Route: "GET /groups/delta", Page: graphemu.DeltaLink, Every: 2, Effect: graphemu.Replay()})
		e.Inject(graphemu.Fault{Page: graphemu.FirstPage, Every: 2, Effect: graphemu.Strangers(2)})
		emu = e
		c := &client{t: t, http: srv.Client(), origin: srv.URL, tenant: tenant}
		c.signIn()
		f := newFollower(c)

		applyAll(tenant, drawMutations(rt, "before"))
		for range rapid.IntRange(1, 4).Draw(rt, "rounds") {
			midRound = drawMutations(rt, "during")
			f.round()
			midRound = nil
			applyAll(tenant, drawMutations(rt, "after"))
		}
		f.round()
		if diff := cmp.Diff(truthOf(tenant), f.holds()); diff != "" {
			rt.Fatalf("the follower differs from the truth (-truth +follower):\n%s", diff)
		}
	})
}

// mutation is one random change: what, and on which of those there are.
type mutation struct{ kind, a, b int }

func drawMutations(rt *rapid.T, when string) []mutation {
	one := rapid.Custom(func(rt *rapid.T) mutation {
		n := rapid.IntRange(0, 1000)
		return mutation{kind: rapid.IntRange(0, 16).Draw(rt, "kind"), a: n.Draw(rt, "a"), b: n.Draw(rt, "b")}
	})
	return rapid.SliceOfN(one, 0, 12).Draw(rt, when)
}

func applyAll(tenant *graphemu.Tenant, mutations []mutation) {
	for _, m := range mutations {
		m.apply(tenant)
	}
}

// apply makes the change. Graph may refuse it, as it would a person's.
func (m mutation) apply(tenant *graphemu.Tenant) {
	users, groups := idsOf(tenant.Users()), groupIDs(tenant.Groups())
	user, group := at(users, m.a), at(groups, m.b)
	switch m.kind {
	case 0:
		_, _ = tenant.AddUser(graphemu.Properties{"userPrincipalName": fmt.Sprintf("new%d@contoso.example", m.a), "displayName": "New"})
	case 1:
		_ = tenant.UpdateUser(user, graphemu.Properties{"displayName": fmt.Sprintf("Renamed %d", m.b)})
	case 2:
		_ = tenant.UpdateUser(user, graphemu.Properties{"userPrincipalName": fmt.Sprintf("moved%d@contoso.example", m.b)})
	case 3:
		_ = tenant.UpdateUser(user, graphemu.Properties{"accountEnabled": m.b%2 == 0, "mail": nil})
	case 4:
		_ = tenant.SetManager(user, at(users, m.b))
	case 5:
		_ = tenant.ClearManager(user)
	case 6, 7:
		_ = tenant.DeleteUser(user)
	case 8:
		_ = tenant.RestoreUser(at(idsOf(tenant.DeletedUsers()), m.a))
	case 9:
		_ = tenant.PurgeUser(at(idsOf(tenant.DeletedUsers()), m.a))
	case 10:
		_, _ = tenant.AddGroup(graphemu.Properties{"displayName": fmt.Sprintf("Group %d", m.a), "securityEnabled": m.b%3 > 0})
	case 11:
		_ = tenant.UpdateGroup(group, graphemu.Properties{"displayName": fmt.Sprintf("Renamed %d", m.a)})
	case 12:
		_ = tenant.DeleteGroup(group)
	case 13:
		_ = tenant.RestoreGroup(at(groupIDs(tenant.DeletedGroups()), m.a))
	case 14:
		_ = tenant.PurgeGroup(at(groupIDs(tenant.DeletedGroups()), m.a))
	case 15:
		_ = tenant.AddMember(group, at(slices.Concat(users, groups), m.a))
	case 16:
		edges := tenant.Edges()
		if len(edges) > 0 {
			e := edges[m.a%len(edges)]
			_ = tenant.RemoveMember(e.GroupID, e.MemberID)
		}
	}
}

func at(ids []string, i int) string {
	if len(ids) == 0 {
		return "nobody"
	}
	return ids[i%len(ids)]
}

func idsOf(users []graphemu.User) []string {
	var ids []string
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids
}

func groupIDs(groups []graphemu.Group) []string {
	var ids []string
	for _, g := range groups {
		ids = append(ids, g.ID)
	}
	return ids
}

// holding is what both sides are compared by.
type holding struct {
	Users  map[string]string // name, mail, account and manager in one
	Groups map[string]string
	Edges  []graphemu.Edge
}

func truthOf(tenant *graphemu.Tenant) holding {
	h := holding{Users: map[string]string{}, Groups: map[string]string{}, Edges: tenant.Edges()}
	for _, u := range tenant.Users() {
		h.Users[u.ID] = strings.Join([]string{u.UserPrincipalName, u.DisplayName, u.Mail, fmt.Sprint(u.AccountEnabled), u.ManagerID}, "|")
	}
	for _, g := range tenant.Groups() {
		h.Groups[g.ID] = g.DisplayName
	}
	return h
}

// follower is a client that keeps a directory by delta. Edges and managers are
// kept whether or not both ends are alive; what shows is filtered at the end.
type follower struct {
	*client
	users, groups         map[string]map[string]any // the living
	managers              map[string]string
	edges                 map[graphemu.Edge]bool
	usersLink, groupsLink string
	began                 bool
	// returned are those who came back from the bin. What is read of them while
	// others come and go may be half of the story: they are read in every round.
	returnedUsers, returnedGroups map[string]bool
}

func newFollower(c *client) *follower {
	return &follower{
		client: c,
		users:  map[string]map[string]any{}, groups: map[string]map[string]any{},
		managers: map[string]string{}, edges: map[graphemu.Edge]bool{},
		returnedUsers: map[string]bool{}, returnedGroups: map[string]bool{},
		usersLink:  "/users/delta?$select=userPrincipalName,displayName,mail,accountEnabled,manager",
		groupsLink: "/groups/delta?$select=displayName,members",
	}
}

func (f *follower) round() {
	var objects []any
	objects, f.usersLink = f.all(f.usersLink)
	for _, o := range objects {
		f.user(o.(map[string]any))
	}
	objects, f.groupsLink = f.all(f.groupsLink)
	for _, o := range objects {
		f.group(o.(map[string]any))
	}
	for id := range f.returnedUsers {
		f.readUser(id)
	}
	for id := range f.returnedGroups {
		f.readGroup(id)
	}
	f.began = true
}

func (f *follower) user(o map[string]any) {
	id := o["id"].(string)
	if gone, ok := o["@removed"].(map[string]any); ok {
		delete(f.users, id)
		f.forget(id, gone["reason"])
		return
	}
	_, known := f.users[id]
	f.users[id] = o
	entries, _ := o["manager@delta"].([]any)
	for _, entry := range entries {
		manager := entry.(map[string]any)
		if manager["@removed"] == nil {
			f.managers[id] = manager["id"].(string)
		} else if f.managers[id] == manager["id"] {
			delete(f.managers, id)
		}
	}
	if f.began && !known {
		f.returnedUsers[id] = true
	}
}

// forget drops the edges of what is purged. What is in the bin keeps its own.
func (f *follower) forget(id string, reason any) {
	if reason != "deleted" {
		return
	}
	delete(f.managers, id)
	maps.DeleteFunc(f.managers, func(_, manager string) bool { return manager == id })
	maps.DeleteFunc(f.edges, func(e graphemu.Edge, _ bool) bool { return e.GroupID == id || e.MemberID == id })
}

// readUser asks for what delta does not repeat of somebody who came back. No
// manager may mean one in the bin: who comes back says whom they manage.
func (f *follower) readUser(id string) {
	delete(f.managers, id)
	if r := f.get("/users/" + id + "/manager?$select=id"); r.status == 200 {
		f.managers[id] = r.json()["id"].(string)
	}
	if r := f.get("/users/" + id + "/directReports?$select=id"); r.status == 200 {
		for _, report := range r.values() {
			f.managers[report.(map[string]any)["id"].(string)] = id
		}
	}
	f.readParents("/users/"+id+"/memberOf?$select=id", id, graphemu.TypeUser)
}

func (f *follower) readParents(link, id string, kind graphemu.ObjectType) {
	if r := f.get(link); r.status == 200 {
		for _, parent := range r.values() {
			f.edges[graphemu.Edge{GroupID: parent.(map[string]any)["id"].(string), MemberID: id, MemberType: kind}] = true
		}
	}
}

func (f *follower) group(o map[string]any) {
	id := o["id"].(string)
	if gone, ok := o["@removed"].(map[string]any); ok {
		delete(f.groups, id)
		f.forget(id, gone["reason"])
		return
	}
	_, known := f.groups[id]
	f.groups[id] = o
	f.members(id, o["members@delta"])
	if f.began && !known {
		f.returnedGroups[id] = true
	}
}

func (f *follower) members(group string, entries any) {
	list, _ := entries.([]any)
	for _, entry := range list {
		m := entry.(map[string]any)
		kind := strings.TrimPrefix(m["@odata.type"].(string), "#microsoft.graph.")
		e := graphemu.Edge{GroupID: group, MemberID: m["id"].(string), MemberType: graphemu.ObjectType(kind)}
		if m["@removed"] == nil {
			f.edges[e] = true
		} else {
			delete(f.edges, e)
		}
	}
}

func (f *follower) readGroup(id string) {
	if r := f.get("/groups/" + id + "/members?$select=id"); r.status == 200 {
		maps.DeleteFunc(f.edges, func(e graphemu.Edge, _ bool) bool { return e.GroupID == id })
		f.members(id, any(r.values()))
	}
	f.readParents("/groups/"+id+"/memberOf?$select=id", id, graphemu.TypeGroup)
}

// holds returns what the follower would show.
func (f *follower) holds() holding {
	h := holding{Users: map[string]string{}, Groups: map[string]string{}, Edges: []graphemu.Edge{}}
	text := func(v any) string { s, _ := v.(string); return s }
	for id, u := range f.users {
		manager := f.managers[id]
		if f.users[manager] == nil && !f.isContact(manager) {
			manager = ""
		}
		h.Users[id] = strings.Join([]string{text(u["userPrincipalName"]), text(u["displayName"]), text(u["mail"]),
			fmt.Sprint(u["accountEnabled"]), manager}, "|")
	}
	for id, g := range f.groups {
		h.Groups[id] = text(g["displayName"])
	}
	for e := range f.edges {
		there := f.groups[e.GroupID] != nil && (e.MemberType != graphemu.TypeUser || f.users[e.MemberID] != nil) &&
			(e.MemberType != graphemu.TypeGroup || f.groups[e.MemberID] != nil)
		if there {
			h.Edges = append(h.Edges, e)
		}
	}
	slices.SortFunc(h.Edges, func(a, b graphemu.Edge) int {
		return strings.Compare(a.GroupID+a.MemberID, b.GroupID+b.MemberID)
	})
	return h
}

// isContact tells whether a manager is none of the people.
func (f *follower) isContact(id string) bool {
	for e := range f.edges {
		if e.MemberID == id {
			return e.MemberType == graphemu.TypeContact
		}
	}
	return false
}

func TestTheBinIsEmptiedAfterThirtyDays(t *testing.T) {
	t.Parallel()
	now := newClock()
	tenant := village(t, now.Now)
	must(t, tenant.DeleteUser("ann"))
	now.Advance(time.Hour)
	must(t, tenant.DeleteGroup("deck"))
	now.Advance(30*24*time.Hour - time.Hour)
	must(t, tenant.EmptyBin())
	same(t, "people in the bin", 0, len(tenant.DeletedUsers()))
	same(t, "groups in the bin", 1, len(tenant.DeletedGroups()))
}
