package graph

import (
	"context"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
)

// company is what a reader makes of the pages of rounds.
type company struct {
	Users   map[string]models.SourceUser
	Groups  map[string]map[string]any
	Members map[edge]bool
	links   struct{ users, groups string }
}

type edge struct {
	Group, Member string
	Kind          models.MemberKind
}

func newCompany() *company {
	return &company{Users: map[string]models.SourceUser{}, Groups: map[string]map[string]any{}, Members: map[edge]bool{}}
}

// read reads one round of users and one of groups from where the last ones ended.
func (c *company) read(t testing.TB, source pull.Source) {
	t.Helper()
	if err := c.tryRead(t, source); err != nil {
		t.Fatal(err)
	}
}

func (c *company) tryRead(t testing.TB, source pull.Source) (err error) {
	t.Helper()
	var newcomers []string
	c.links.users, err = readRound(t, c.links.users, source.UsersDelta, func(u models.SourceUser) {
		if _, isKnown := c.Users[u.ObjectID]; !isKnown && u.Existence == models.Exists {
			newcomers = append(newcomers, u.ObjectID)
		}
		c.user(u)
	})
	if err != nil {
		return err
	}
	if err := c.readWhole(t, source, newcomers); err != nil {
		return err
	}
	c.links.groups, err = readRound(t, c.links.groups, source.GroupsDelta, c.group)
	return err
}

// readWhole reads by id who was not there before: a later round tells of a restored
// user without the manager, which has not changed (design, "presence").
func (c *company) readWhole(t testing.TB, source pull.Source, newcomers []string) error {
	if len(newcomers) == len(c.Users) {
		return nil // a first round is whole
	}
	page, err := source.ConfirmUsers(t.Context(), newcomers)
	for _, u := range page.Items {
		c.user(u)
	}
	return err
}

func readRound[T any](t testing.TB, link string, read func(ctx context.Context, link string) (pull.Page[T], error), take func(T)) (string, error) {
	t.Helper()
	for {
		page, err := read(t.Context(), link)
		if err != nil {
			return "", err
		}
		for _, item := range page.Items {
			take(item)
		}
		if page.Next == "" {
			return page.Delta, nil
		}
		link = page.Next
	}
}

func (c *company) user(u models.SourceUser) {
	if u.Existence != models.Exists {
		delete(c.Users, u.ObjectID)
		return
	}
	if _, said := u.Values[models.ManagerPath]; !said {
		u.Values[models.ManagerPath] = c.Users[u.ObjectID].Values[models.ManagerPath]
	}
	c.Users[u.ObjectID] = u
}

func (c *company) group(g models.SourceGroup) {
	if g.Existence != models.Exists {
		delete(c.Groups, g.ObjectID)
		for e := range c.Members {
			if e.Group == g.ObjectID {
				delete(c.Members, e)
			}
		}
		return
	}
	if g.Values != nil {
		c.Groups[g.ObjectID] = g.Values
	}
	for _, m := range g.Members {
		e := edge{g.ObjectID, m.ObjectID, m.Kind}
		if m.Removed {
			delete(c.Members, e)
		} else {
			c.Members[e] = true
		}
	}
}

// equals compares with the truth, what leads to the dead left aside (section 2.6).
func (c *company) equals(t testing.TB, tenant *graphemu.Tenant) {
	t.Helper()
	want := truth(tenant)
	got := company{Users: c.Users, Groups: c.Groups, Members: map[edge]bool{}}
	for id, u := range c.Users {
		_, isThere := c.Users[managerOf(u)]
		if isTrue := managerOf(want.Users[id]) != ""; !isThere && !isTrue {
			u.Values[models.ManagerPath] = nil // not there, and no contact either
		}
	}
	for e := range c.Members {
		_, isUser := c.Users[e.Member]
		_, isGroup := c.Groups[e.Member]
		if isUser || isGroup || e.Kind == models.OtherMember {
			got.Members[e] = true
		}
	}
	if diff := gocmp.Diff(want.Users, got.Users); diff != "" {
		t.Errorf("users differ (-truth +read):\n%s", clip(diff))
	}
	if diff := gocmp.Diff(want.Groups, got.Groups); diff != "" {
		t.Errorf("groups differ (-truth +read):\n%s", clip(diff))
	}
	if diff := gocmp.Diff(want.Members, got.Members); diff != "" {
		t.Errorf("members differ (-truth +read):\n%s", clip(diff))
	}
}

func managerOf(u models.SourceUser) string {
	id, _ := u.Values[models.ManagerPath].(string)
	return id
}

func clip(diff string) string { return diff[:min(len(diff), 4000)] }
