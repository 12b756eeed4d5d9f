package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"scimbridge/pull/graphemu"
)

// newHire is whom Entra pushes before the nightly pull has seen them.
const (
	newHire     = "noor.haddad@contoso.example"
	newHireName = "Noor Haddad"
	newTeam     = "Grid Operations"
)

// scimClient writes like Entra's provisioning service.
type scimClient struct{ base, token string }

// call sends one request and decodes what comes back into answer, if that is not nil.
func (c *scimClient) call(ctx context.Context, method, path, body string, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	if body != "" {
		request.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
	client := &http.Client{Timeout: 30 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s answered %s: %s", method, path, response.Status, bytes.TrimSpace(text))
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

type listed struct {
	TotalResults int `json:"totalResults"`
	Resources    []struct {
		ID string `json:"id"`
	} `json:"Resources"`
}

// find is how Entra looks an object up before it writes.
func (c *scimClient) find(ctx context.Context, endpoint, filter string) (string, error) {
	var page listed
	if err := c.call(ctx, http.MethodGet, endpoint+"?filter="+url.QueryEscape(filter), "", &page); err != nil {
		return "", err
	}
	if len(page.Resources) == 0 {
		return "", nil
	}
	return page.Resources[0].ID, nil
}

type totals struct{ users, groups int }

func (c *scimClient) totals(ctx context.Context) (totals, error) {
	var users, groups listed
	err := errors.Join(
		c.call(ctx, http.MethodGet, "/Users?count=0", "", &users),
		c.call(ctx, http.MethodGet, "/Groups?count=0", "", &groups))
	return totals{users.TotalResults, groups.TotalResults}, err
}

// push changes the company in Entra, and sends what Entra's provisioning sends of it.
func (s *script) push(ctx context.Context) error {
	hired, err := s.hire(ctx)
	if err != nil {
		return err
	}
	if err := s.rename(ctx, s.cast.marries); err != nil {
		return err
	}
	if err := s.deactivate(ctx, s.cast.leaves); err != nil {
		return err
	}
	return s.regroup(ctx, hired)
}

// cast are the people whom the script tells stories about. Where a line names two, or
// a name is put together, they are written in Latin letters: a line that mixes
// directions of writing is hard to read in a terminal.
type cast struct{ marries, leaves, boss, lost graphemu.User }

func castFrom(tenant *graphemu.Tenant) (cast, error) {
	var latin, others []graphemu.User
	for _, u := range tenant.Users() {
		switch {
		case !u.AccountEnabled || u.Mail == "" || u.JobTitle == "" || u.Surname == "" || u.UserType != "Member":
		case isLatin(u.DisplayName):
			latin = append(latin, u)
		default:
			others = append(others, u)
		}
	}
	if len(latin) < 2 || len(others) < 2 {
		return cast{}, errors.New("the sample company is too small for the demo")
	}
	return cast{marries: latin[0], boss: latin[1], leaves: others[0], lost: others[1]}, nil
}

func isLatin(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxLatin1 && !unicode.Is(unicode.Latin, r) })
}

func (s *script) hire(ctx context.Context) (id string, err error) {
	objectID, err := s.tenant.AddUser(graphemu.Properties{
		"userPrincipalName": newHire, "displayName": newHireName, "givenName": "Noor", "surname": "Haddad",
		"mail": newHire, "jobTitle": "Grid Analyst", "department": "Grid",
	})
	if err != nil {
		return "", err
	}
	if found, err := s.scim.find(ctx, "/Users", fmt.Sprintf("userName eq %q", newHire)); err != nil || found != "" {
		return found, err
	}
	var made struct {
		ID string `json:"id"`
	}
	if err := s.scim.call(ctx, http.MethodPost, "/Users", fmt.Sprintf(`{
		"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
		"externalId": %q, "userName": %q, "active": true, "displayName": "Noor Haddad", "title": "Grid Analyst",
		"emails": [{"primary": true, "type": "work", "value": %q}],
		"meta": {"resourceType": "User"}, "roles": [],
		"name": {"formatted": "Noor Haddad", "familyName": "Haddad", "givenName": "Noor"},
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Grid"}
	}`, objectID, newHire, newHire), &made); err != nil {
		return "", err
	}
	s.tell("POST  /Users", "hired", newHireName)
	return made.ID, nil
}

// rename is sent without the compliance flag: one operation a value, in capitals.
func (s *script) rename(ctx context.Context, person graphemu.User) error {
	married := person.Surname + "-Berg"
	display := person.DisplayName + "-Berg"
	if err := s.tenant.UpdateUser(person.ID, graphemu.Properties{"surname": married, "displayName": display}); err != nil {
		return err
	}
	return s.patch(ctx, person, "renamed (older dialect)", display, fmt.Sprintf(`
		{"op": "Replace", "path": "displayName", "value": %q},
		{"op": "Replace", "path": "name.familyName", "value": %q}`, display, married))
}

// deactivate is sent with the compliance flag: one operation without a path.
func (s *script) deactivate(ctx context.Context, person graphemu.User) error {
	if err := s.tenant.UpdateUser(person.ID, graphemu.Properties{"accountEnabled": false}); err != nil {
		return err
	}
	return s.patch(ctx, person, "deactivated (newer dialect)", person.DisplayName,
		`{"op": "replace", "value": {"active": false}}`)
}

func (s *script) patch(ctx context.Context, person graphemu.User, story, name, operations string) error {
	id, err := s.scim.find(ctx, "/Users", fmt.Sprintf("userName eq %q", person.UserPrincipalName))
	if err != nil {
		return err
	}
	if err := s.scim.call(ctx, http.MethodPatch, "/Users/"+id, patchBody(operations), nil); err != nil {
		return err
	}
	s.tell("PATCH /Users/{id}", story, name)
	return nil
}

// tell writes a line with the name last, for names have any width and direction.
func (s *script) tell(request, story, name string) { s.say("   %-18s %-28s %s", request, story, name) }

func patchBody(operations string) string {
	return `{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [` + operations + `]}`
}

// regroup creates a group as Entra does, and puts the new hire into it.
func (s *script) regroup(ctx context.Context, member string) error {
	objectID, err := s.tenant.AddGroup(graphemu.Properties{
		"displayName": newTeam, "mailEnabled": false, "securityEnabled": true, "mailNickname": "grid-operations",
	})
	if err != nil {
		return err
	}
	hired, found := s.tenant.User(newHire)
	if !found {
		return errors.New("the new hire is not in the tenant")
	}
	if err := s.tenant.AddMember(objectID, hired.ID); err != nil {
		return err
	}
	var group struct {
		ID string `json:"id"`
	}
	if err := s.scim.call(ctx, http.MethodPost, "/Groups", fmt.Sprintf(`{
		"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
		"externalId": %q, "displayName": "Grid Operations", "meta": {"resourceType": "Group"}
	}`, objectID), &group); err != nil {
		return err
	}
	s.tell("POST  /Groups", "created", newTeam)
	err = s.scim.call(ctx, http.MethodPatch, "/Groups/"+group.ID,
		patchBody(fmt.Sprintf(`{"op": "Add", "path": "members", "value": [{"$ref": null, "value": %q}]}`, member)), nil)
	if err != nil {
		return err
	}
	s.tell("PATCH /Groups/{id}", "joins "+newTeam, newHireName)
	return nil
}

// drift changes what Entra's push would not tell: a nested group, a manager who came
// into scope later, a value that was emptied, a deactivation that never arrived.
func (s *script) drift(context.Context) error {
	group, err := s.groupForGroups()
	if err != nil {
		return err
	}
	operations, err := s.groupNamed(newTeam)
	if err != nil {
		return err
	}
	hired, _ := s.tenant.User(newHire)
	boss, lost := s.cast.boss, s.cast.lost
	for _, change := range []struct {
		story, name string
		err         error
	}{
		{"becomes part of " + group.DisplayName, newTeam, s.tenant.AddMember(group.ID, operations)},
		{"reports to " + boss.DisplayName, newHireName, s.tenant.SetManager(hired.ID, boss.ID)},
		{"has no job title any more", boss.DisplayName, s.tenant.UpdateUser(boss.ID, graphemu.Properties{"jobTitle": nil})},
		{"is disabled, the push is lost", lost.DisplayName, s.tenant.UpdateUser(lost.ID, graphemu.Properties{"accountEnabled": false})},
	} {
		if change.err != nil {
			return change.err
		}
		s.say("   %-30s %s", change.story, change.name)
	}
	return nil
}

// groupForGroups is one that may hold groups: Microsoft 365 groups and dynamic ones may
// not.
func (s *script) groupForGroups() (graphemu.Group, error) {
	for _, g := range s.tenant.Groups() {
		if g.SecurityEnabled && !g.MailEnabled && len(g.GroupTypes) == 0 {
			return g, nil
		}
	}
	return graphemu.Group{}, errors.New("the tenant has no plain security group")
}

func (s *script) groupNamed(name string) (string, error) {
	for _, g := range s.tenant.Groups() {
		if g.DisplayName == name {
			return g.ID, nil
		}
	}
	return "", fmt.Errorf("the tenant has no group %q", name)
}
