package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/pull/graphemu"
)

// view is a directory as its readers see it, by Entra's object ids: what the bridge
// shows over SCIM and what Graph knows are both written down so, and compared.
type view struct {
	People map[string]person
	Teams  map[string]team
}

type person struct {
	UserName, Display, Given, Family, Title, Mail, Department string
	Active                                                    bool
	Manager                                                   string
	Groups                                                    []string // "direct" or "indirect" and the group
}

type team struct {
	Display string
	Members []string // "User" or "Group" and the member
}

// truth is what Microsoft Graph knows.
func truth(c *tenant) view {
	v := view{People: map[string]person{}, Teams: map[string]team{}}
	direct := map[string]bool{}
	for _, g := range c.Groups() {
		v.Teams[g.ID] = team{Display: g.DisplayName}
	}
	for _, e := range c.Edges() {
		kind := map[graphemu.ObjectType]string{graphemu.TypeUser: "User ", graphemu.TypeGroup: "Group "}[e.MemberType]
		if kind == "" {
			continue // devices and their like are no members in SCIM
		}
		direct[e.MemberID+" in "+e.GroupID] = true
		g := v.Teams[e.GroupID]
		g.Members = append(g.Members, kind+e.MemberID)
		v.Teams[e.GroupID] = g
	}
	for _, u := range c.DeletedUsers() {
		u.UserPrincipalName = strings.TrimPrefix(u.UserPrincipalName, strings.ReplaceAll(u.ID, "-", ""))
		u.AccountEnabled = false // readable still, and without groups
		v.People[u.ID] = c.person(u)
	}
	for _, u := range c.Users() {
		p := c.person(u)
		for _, g := range c.TransitiveGroups(u.ID) {
			kind := "indirect "
			if direct[u.ID+" in "+g] {
				kind = "direct "
			}
			p.Groups = append(p.Groups, kind+g)
		}
		v.People[u.ID] = p
	}
	return v.sorted()
}

func (c *tenant) person(u graphemu.User) person {
	p := person{
		UserName: trimGuest(u.UserPrincipalName), Display: u.DisplayName, Given: u.GivenName, Family: u.Surname,
		Title: u.JobTitle, Mail: mailOf(u), Department: u.Department, Active: u.AccountEnabled,
	}
	if _, isUser := c.User(u.ManagerID); isUser {
		p.Manager = u.ManagerID
	}
	return p
}

// trimGuest is a guest's name as Entra's provisioning sends it.
func trimGuest(upn string) string {
	name, _, isGuest := strings.Cut(upn, "#EXT#")
	if at := strings.LastIndex(name, "_"); isGuest && at >= 0 {
		return name[:at] + "@" + name[at+1:]
	}
	return upn
}

func mailOf(u graphemu.User) string {
	if u.Mail != "" {
		return u.Mail
	}
	for _, address := range u.ProxyAddresses {
		if primary, is := strings.CutPrefix(address, "SMTP:"); is {
			return primary
		}
	}
	if len(u.OtherMails) > 0 {
		return u.OtherMails[0]
	}
	return ""
}

func (v view) sorted() view {
	for _, p := range v.People {
		slices.Sort(p.Groups)
	}
	for _, g := range v.Teams {
		slices.Sort(g.Members)
	}
	return v
}

// resource is a user or a group as SCIM shows it.
type resource struct {
	ID, ExternalID, UserName, DisplayName, Title string
	Active                                       bool
	Name                                         struct{ GivenName, FamilyName string }
	Emails                                       []struct{ Type, Value string }
	Groups, Members                              []struct{ Type, Value string }
	Enterprise                                   struct {
		Department string
		Manager    struct{ Value string }
	} `json:"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`
}

// list reads all pages of an endpoint as the product does.
func (c *customer) list(t *testing.T, endpoint string) []resource {
	t.Helper()
	var all []resource
	for {
		var page struct {
			TotalResults int
			Resources    []resource
		}
		r := c.ask(t, c.read, "GET", fmt.Sprintf("/scim/%s/v2/%s?startIndex=%d&count=50", c.id, endpoint, len(all)+1), "")
		if err := json.Unmarshal(r.body, &page); err != nil || r.status != http.StatusOK {
			t.Fatalf("list %s: status %d, %v: %s", endpoint, r.status, err, r.body)
		}
		all = append(all, page.Resources...)
		if len(page.Resources) == 0 || len(all) >= page.TotalResults {
			if len(all) != page.TotalResults {
				t.Errorf("%s: %d resources in all pages, totalResults %d", endpoint, len(all), page.TotalResults)
			}
			return all
		}
	}
}

// seen is what the bridge shows over SCIM.
func (c *customer) seen(t *testing.T) view {
	t.Helper()
	users, groups := c.list(t, "Users"), c.list(t, "Groups")
	known := map[string]string{"": ""}
	for _, u := range users {
		known[u.ID] = c.objectID(t, "users", u)
	}
	for _, g := range groups {
		known[g.ID] = c.objectID(t, "groups", g)
	}
	v := view{People: map[string]person{}, Teams: map[string]team{}}
	for _, u := range users {
		v.People[known[u.ID]] = u.person(known)
	}
	for _, g := range groups {
		shown := team{Display: g.DisplayName}
		for _, m := range g.Members {
			shown.Members = append(shown.Members, m.Type+" "+known[m.Value])
		}
		v.Teams[known[g.ID]] = shown
	}
	if len(v.People) != len(users) || len(v.Teams) != len(groups) {
		t.Errorf("%d users and %d groups have %d and %d object ids", len(users), len(groups), len(v.People), len(v.Teams))
	}
	return v.sorted()
}

// objectID is Entra's id of a record: its externalId, unless push has said another.
func (c *customer) objectID(t *testing.T, kind string, r resource) string {
	t.Helper()
	if len(r.ExternalID) == 36 {
		return r.ExternalID
	}
	id, _ := c.admin(t, http.StatusOK, "GET", c.path("/"+kind+"/"+r.ID), "")["entraObjectId"].(string)
	if id == "" {
		return "unknown to Entra: " + r.UserName + r.DisplayName
	}
	return id
}

func (r resource) person(known map[string]string) person {
	p := person{
		UserName: r.UserName, Display: r.DisplayName, Given: r.Name.GivenName, Family: r.Name.FamilyName, Title: r.Title,
		Department: r.Enterprise.Department, Active: r.Active, Manager: known[r.Enterprise.Manager.Value],
	}
	for _, e := range r.Emails {
		if e.Type == "work" {
			p.Mail = e.Value
		}
	}
	for _, g := range r.Groups {
		p.Groups = append(p.Groups, g.Type+" "+known[g.Value])
	}
	return p
}

// showsTheTruth compares what the bridge shows with what Graph knows.
func (c *customer) showsTheTruth(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(truth(c.tenant), c.seen(t)); diff != "" {
		t.Fatalf("the bridge shows something else than Graph knows (-Graph +bridge):\n%s", diff)
	}
}
