package pull_test

import (
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
)

// company is what answers show of a directory, in the terms of Graph: people and groups
// by object id, edges among the living.
type company struct {
	Users  map[string]person
	Groups map[string]string // displayName
	Edges  []graphemu.Edge
}

type person struct {
	UserName, DisplayName, GivenName, FamilyName, Title, Mail string
	Manager                                                   string // object id, of a living person
	Active, SoftDeleted                                       bool
}

// truth is the company as the tenant has it. People in the bin show, deactivated, if
// the bridge knew them before: known says whom it knows.
func truth(tenant *graphemu.Tenant, known company) company {
	c := company{Users: make(map[string]person), Groups: make(map[string]string)}
	living := make(map[string]bool)
	for _, u := range tenant.Users() {
		living[u.ID] = true
		c.Users[u.ID] = person{
			UserName: u.UserPrincipalName, DisplayName: u.DisplayName, GivenName: u.GivenName, FamilyName: u.Surname,
			Title: u.JobTitle, Mail: u.Mail, Manager: u.ManagerID, Active: u.AccountEnabled,
		}
	}
	for id, p := range c.Users {
		if !living[p.Manager] { // a contact is no user
			p.Manager = ""
			c.Users[id] = p
		}
	}
	for _, u := range tenant.DeletedUsers() {
		if before, is := known.Users[u.ID]; is {
			before.Active, before.SoftDeleted = false, true
			c.Users[u.ID] = before
		}
	}
	for _, g := range tenant.Groups() {
		c.Groups[g.ID] = g.DisplayName
	}
	for _, e := range tenant.Edges() {
		if e.MemberType == graphemu.TypeUser || e.MemberType == graphemu.TypeGroup {
			c.Edges = append(c.Edges, e)
		}
	}
	return c
}

// shown is the company as the store shows it.
func (b *bridge) shown() company {
	b.Helper()
	c := company{Users: make(map[string]person), Groups: make(map[string]string)}
	users, groups := b.users(), b.groups()
	objectIDs := make(map[string]string)
	for _, u := range users {
		objectIDs[u.ID] = string(u.EntraObjectID)
	}
	var groupIDs []string
	for _, g := range groups {
		objectIDs[g.ID] = string(g.EntraObjectID)
		groupIDs = append(groupIDs, g.ID)
		c.Groups[string(g.EntraObjectID)] = g.DisplayName
	}
	for _, u := range users {
		c.Users[string(u.EntraObjectID)] = b.person(u)
	}
	members, err := b.store.Members(b.Context(), b.directory.ID, groupIDs)
	b.must(err)
	for _, m := range members {
		c.Edges = append(c.Edges, graphemu.Edge{
			GroupID: objectIDs[m.GroupID], MemberID: objectIDs[m.MemberID],
			MemberType: map[models.MemberKind]graphemu.ObjectType{models.UserMember: graphemu.TypeUser, models.GroupMember: graphemu.TypeGroup}[m.MemberKind],
		})
	}
	slices.SortFunc(c.Edges, func(x, y graphemu.Edge) int {
		return strings.Compare(x.GroupID+x.MemberID, y.GroupID+y.MemberID)
	})
	return c
}

func (b *bridge) person(u models.User) person {
	b.Helper()
	text := make(map[string]string)
	for _, leaf := range models.Flatten(u.Attributes) {
		text[leaf.Path], _ = leaf.Value.(string)
	}
	manager := ""
	around, err := b.store.Around(b.Context(), b.directory.ID, []store.ShownUser{store.ShowUser(u)}, false)
	b.must(err)
	for _, m := range around.Managers {
		manager = string(m.ObjectID)
	}
	return person{
		UserName: u.UserName, DisplayName: u.DisplayName, GivenName: text["name.givenName"], FamilyName: text["name.familyName"],
		Title: text["title"], Mail: text[workMail], Manager: manager, Active: u.Active, SoftDeleted: u.SoftDeleted,
	}
}

func (b *bridge) users() []models.User {
	b.Helper()
	records, err := b.store.SearchUsers(b.Context(), b.directory.ID, store.Search{Limit: 1_000_000})
	b.must(err)
	return records
}

func (b *bridge) groups() []models.Group {
	b.Helper()
	records, err := b.store.SearchGroups(b.Context(), b.directory.ID, store.Search{Limit: 1_000_000})
	b.must(err)
	return records
}

// user reads a person by object id, as answers show them.
func (b *bridge) user(objectID string) models.User {
	b.Helper()
	for _, u := range b.users() {
		if string(u.EntraObjectID) == objectID {
			return u
		}
	}
	b.Fatalf("nobody is %s", objectID)
	return models.User{}
}

// equalsTruth compares what shows with what the tenant has.
func (b *bridge) equalsTruth() {
	b.Helper()
	shown := b.shown()
	want := truth(b.tenant, shown)
	for id, p := range shown.Users { // whose manager is in the bin still has them
		if wanted, is := want.Users[id]; is && wanted.Manager == "" && want.Users[p.Manager].SoftDeleted {
			wanted.Manager = p.Manager
			want.Users[id] = wanted
		}
	}
	b.same("the company", want, shown)
}

func (b *bridge) same(what string, want, got any) {
	b.Helper()
	if diff := diffOf(want, got); diff != "" {
		b.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}

func diffOf(want, got any) string {
	diff := cmp.Diff(want, got)
	return diff[:min(len(diff), 6000)]
}
