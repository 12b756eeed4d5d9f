package main

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"scimbridge/admin/client"
)

// picture is what SCIM shows of a directory at one time, by id.
type picture struct {
	users  map[string]shownUser
	groups map[string]shownGroup
}

type shownUser struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	Title       string `json:"title"`
	Name        struct {
		Formatted string `json:"formatted"`
	} `json:"name"`
	Enterprise struct {
		Manager struct {
			Value string `json:"value"`
		} `json:"manager"`
	} `json:"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`
}

type shownGroup struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	Members     []struct {
		Value string `json:"value"`
	} `json:"members"`
}

func (s *script) picture(ctx context.Context) (picture, error) {
	var users struct{ Resources []shownUser }
	var groups struct{ Resources []shownGroup }
	err := errors.Join(
		s.scim.call(ctx, http.MethodGet, "/Users?count=1000&excludedAttributes=groups", "", &users),
		s.scim.call(ctx, http.MethodGet, "/Groups?count=1000", "", &groups))
	p := picture{users: make(map[string]shownUser), groups: make(map[string]shownGroup)}
	for _, u := range users.Resources {
		p.users[u.ID] = u
	}
	for _, g := range groups.Resources {
		p.groups[g.ID] = g
	}
	return p, err
}

func (p picture) name(id string) string {
	if u, found := p.users[id]; found {
		return u.DisplayName
	}
	return p.groups[id].DisplayName
}

// tellMended names what the run lists as done, and what it was.
func (s *script) tellMended(ctx context.Context, run string, before, after picture) error {
	listed, err := s.api.ListSyncRunItemsWithResponse(ctx, s.directory, run, nil)
	if err != nil {
		return err
	}
	if listed.JSON200 == nil {
		return refused(listed.Status(), listed.Body)
	}
	s.say("")
	for _, item := range listed.JSON200.Items {
		if item.ID == nil {
			continue
		}
		for _, what := range whatChanged(item, before.users[*item.ID], after.users[*item.ID], after) {
			s.say("   %-12s %-34s %s", item.Action, what, after.name(*item.ID))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(after.groups)) {
		for _, member := range newMembers(before.groups[id], after.groups[id]) {
			s.say("   %-12s %-34s %s", "member", "now in "+after.groups[id].DisplayName, after.name(member))
		}
	}
	return nil
}

// whatChanged tells of the values that the script has changed in Entra.
func whatChanged(item client.Item, before, after shownUser, now picture) []string {
	var told []string
	tell := func(is bool, what string) {
		if is {
			told = append(told, what)
		}
	}
	tell(item.Action == "adopted", "pushed before, now tied to Entra")
	tell(item.Action == "deactivated", "disabled in Entra")
	if item.Kind == "user" {
		tell(before.Name != after.Name, "full name completed")
		tell(before.Title != after.Title, "job title emptied")
		tell(before.Enterprise.Manager != after.Enterprise.Manager, "reports to "+now.name(after.Enterprise.Manager.Value))
	}
	tell(len(told) == 0, "now as in Entra")
	return told
}

func newMembers(before, after shownGroup) []string {
	var some []string
	for _, m := range after.Members {
		if !slices.Contains(before.Members, m) {
			some = append(some, m.Value)
		}
	}
	return some
}
