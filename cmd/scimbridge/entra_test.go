package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/pull/graphemu"
	"scimbridge/store/storetest"
)

const (
	enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	managers   = enterprise + ":manager"
)

// entra changes a company, and pushes what Entra's provisioning service pushes of it,
// in one of its two dialects.
type entra struct {
	*customer
	// isNew tells whether the tenant URL carries aadOptscim062020.
	isNew bool
}

// patch sends operations, those of the older dialect or those of the newer.
func (e entra) patch(t *testing.T, path, older, newer string) {
	t.Helper()
	operations := older
	if e.isNew {
		operations = newer
	}
	r := e.scim(t, "PATCH", path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`+operations+`]}`)
	if r.status != http.StatusOK && r.status != http.StatusNoContent {
		t.Fatalf("PATCH %s: status %d: %s\n%s", path, r.status, r.body, operations)
	}
}

// find looks a user up by name, as Entra does before it writes; "" if there is none.
func (e entra) find(t *testing.T, userName string) string {
	t.Helper()
	r := e.scim(t, "GET", "/Users?filter="+url.QueryEscape(fmt.Sprintf("userName eq %q", userName)), "")
	var found struct{ Resources []resource }
	if err := json.Unmarshal(r.body, &found); err != nil || len(found.Resources) > 1 {
		t.Fatalf("look up %s: %v: %s", userName, err, r.body)
	}
	if len(found.Resources) == 0 {
		return ""
	}
	return found.Resources[0].ID
}

// created sends a POST and returns the new id.
func (e entra) created(t *testing.T, endpoint, body string) string {
	t.Helper()
	r := e.scim(t, "POST", endpoint, body)
	if r.status != http.StatusCreated {
		t.Fatalf("POST %s: status %d: %s", endpoint, r.status, r.body)
	}
	return r.object(t)["id"].(string)
}

// hire adds somebody to the company and pushes them. Matched is what the attribute
// mapping makes of externalId.
func (e entra) hire(t *testing.T, name string, matched func(objectID string) string) (objectID, id string) {
	t.Helper()
	userName := name + "@contoso.example"
	objectID, err := e.tenant.AddUser(graphemu.Properties{
		"userPrincipalName": userName, "displayName": name + " Haddad نور", "givenName": name, "surname": "Haddad",
		"mail": userName, "mailNickname": name, "jobTitle": "Grid Analyst", "department": "Grid",
	})
	must(t, err)
	if found := e.find(t, userName); found != "" {
		t.Fatalf("%s is there before the push", userName)
	}
	return objectID, e.created(t, "/Users", fmt.Sprintf(`{
		"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", %[5]q],
		"externalId": %[1]q, "userName": %[2]q, "active": true, "displayName": %[3]q, "title": "Grid Analyst",
		"emails": [{"primary": true, "type": "work", "value": %[2]q}], "meta": {"resourceType": "User"}, "roles": [],
		"name": {"formatted": %[3]q, "familyName": "Haddad", "givenName": %[4]q},
		%[5]q: {"department": "Grid"}}`, matched(objectID), userName, name+" Haddad نور", name, enterprise))
}

func (e entra) marries(t *testing.T, u graphemu.User) {
	t.Helper()
	must(t, e.tenant.UpdateUser(u.ID, graphemu.Properties{"surname": u.Surname + "-Berg", "displayName": u.DisplayName + "-Berg"}))
	e.patch(t, "/Users/"+e.find(t, trimGuest(u.UserPrincipalName)),
		fmt.Sprintf(`{"op":"Replace","path":"displayName","value":%q},{"op":"Replace","path":"name.familyName","value":%q}`, u.DisplayName+"-Berg", u.Surname+"-Berg"),
		fmt.Sprintf(`{"op":"replace","value":{"displayName":%q,"name.familyName":%q}}`, u.DisplayName+"-Berg", u.Surname+"-Berg"))
}

func (e entra) isDisabled(t *testing.T, u graphemu.User) {
	t.Helper()
	must(t, e.tenant.UpdateUser(u.ID, graphemu.Properties{"accountEnabled": false}))
	e.patch(t, "/Users/"+e.find(t, trimGuest(u.UserPrincipalName)),
		`{"op":"Replace","path":"active","value":"False"}`, `{"op":"replace","value":{"active":false}}`)
}

func (e entra) reportsTo(t *testing.T, u, boss graphemu.User) {
	t.Helper()
	must(t, e.tenant.SetManager(u.ID, boss.ID))
	id := e.find(t, trimGuest(boss.UserPrincipalName))
	e.patch(t, "/Users/"+e.find(t, trimGuest(u.UserPrincipalName)),
		fmt.Sprintf(`{"op":"Add","path":%q,"value":%q}`, managers, id),
		fmt.Sprintf(`{"op":"add","path":%q,"value":{"value":%q}}`, managers, id))
}

// team forms a group of two, of whom one leaves again.
func (e entra) team(t *testing.T, name string, stays, leaves string) (objectID, id string) {
	t.Helper()
	objectID, err := e.tenant.AddGroup(graphemu.Properties{
		"displayName": name, "mailEnabled": false, "securityEnabled": true, "mailNickname": strings.ReplaceAll(name, " ", "-"),
	})
	must(t, err)
	id = e.created(t, "/Groups", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],
		"externalId":%q,"displayName":%q,"meta":{"resourceType":"Group"}}`, objectID, name))
	for _, u := range []string{stays, leaves} {
		member, _ := e.tenant.User(u)
		must(t, e.tenant.AddMember(objectID, member.ID))
		value := e.find(t, u)
		e.patch(t, "/Groups/"+id, fmt.Sprintf(`{"op":"Add","path":"members","value":[{"$ref":null,"value":%q}]}`, value),
			fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, value))
	}
	gone, _ := e.tenant.User(leaves)
	must(t, e.tenant.RemoveMember(objectID, gone.ID))
	value := e.find(t, leaves)
	e.patch(t, "/Groups/"+id, fmt.Sprintf(`{"op":"Remove","path":"members","value":[{"$ref":null,"value":%q}]}`, value),
		fmt.Sprintf(`{"op":"remove","path":"members[value eq \"%s\"]"}`, value))
	return objectID, id
}

// pushes is a day of pushes in one dialect, about four people of the company.
func (e entra) pushes(t *testing.T, some []graphemu.User) {
	t.Helper()
	name, matched := "noor", func(string) string { return "noor" } // Entra's default mapping: mailNickname
	if e.isNew {
		name, matched = "amal", func(objectID string) string { return objectID } // the one that we recommend
	}
	e.hire(t, name, matched)
	e.marries(t, some[0])
	e.isDisabled(t, some[1])
	e.reportsTo(t, some[2], some[3])
	e.team(t, "Grid "+name, name+"@contoso.example", some[0].UserPrincipalName)
}

// ordinary are people who can marry, leave and be given a boss, and to whom nobody
// reports.
func ordinary(t *testing.T, c *tenant) []graphemu.User {
	t.Helper()
	bosses := map[string]bool{}
	for _, u := range c.Users() {
		bosses[u.ManagerID] = true
	}
	some := slices.DeleteFunc(c.Users(), func(u graphemu.User) bool {
		return bosses[u.ID] || !u.AccountEnabled || u.UserType != "Member" || u.Surname == "" || u.JobTitle == "" || u.Mail == ""
	})
	if len(some) < 13 {
		t.Fatalf("only %d people are ordinary", len(some))
	}
	return some
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// leaveOut changes the company without a push: what is not assigned to the
// application, what a push cannot say, and what was lost on the way.
func leaveOut(t *testing.T, c *tenant, some []graphemu.User) {
	t.Helper()
	groups, edges := c.Groups(), c.Edges()
	plain := slices.DeleteFunc(slices.Clone(groups), func(g graphemu.Group) bool {
		return g.MailEnabled || len(g.GroupTypes) > 0 || !g.SecurityEnabled
	})
	inner, err := c.AddGroup(graphemu.Properties{"displayName": "Inner", "mailEnabled": false, "securityEnabled": true, "mailNickname": "inner"})
	must(t, err)
	must(t, c.AddMember(plain[0].ID, inner)) // a group in a group
	must(t, c.AddMember(inner, some[0].ID))
	must(t, c.UpdateUser(some[1].ID, graphemu.Properties{"jobTitle": nil})) // an emptied value
	must(t, c.SetManager(some[1].ID, some[0].ID))
	must(t, c.UpdateUser(some[2].ID, graphemu.Properties{"accountEnabled": false}))
	must(t, c.DeleteUser(some[3].ID))
	must(t, c.DeleteUser(some[4].ID))
	must(t, c.PurgeUser(some[4].ID))
	must(t, c.RemoveMember(edges[0].GroupID, edges[0].MemberID))
	must(t, c.DeleteGroup(plain[1].ID))
}

// TestEntraSequencesSurviveARestart replays what Entra sends, in both dialects, each
// sequence in a directory of its own. The answers are golden files of package push;
// here it counts that the whole program gives them and keeps what they say.
func TestEntraSequencesSurviveARestart(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../push/testdata/entra_*.requests.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("found %d sequences, %v", len(files), err)
	}
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		c := &customer{settings: newSettings(databaseURL)}
		c.program = start(t, c.settings)
		before := make(map[string]string)
		var directories []customer
		for _, file := range files {
			c.setUp(t)
			c.replay(t, file)
			directories = append(directories, *c)
			before[c.id] = c.everything(t)
		}
		c.restart(t)
		for _, d := range directories {
			d.program = c.program
			if diff := cmp.Diff(before[d.id], d.everything(t)); diff != "" {
				t.Errorf("the restart changed a directory (-before +after):\n%s", diff)
			}
		}
	})
}

// replay sends a file's requests and demands its statuses. {1} is the id of the first
// resource created.
func (c *customer) replay(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	var steps []struct {
		Request string
		Body    json.RawMessage
		Status  int
	}
	must(t, json.Unmarshal(text, &steps))
	var ids []string
	for _, step := range steps {
		fill := strings.NewReplacer(ids...)
		method, path, _ := strings.Cut(fill.Replace(step.Request), " ")
		r := c.scim(t, method, path, fill.Replace(string(step.Body)))
		if r.status != step.Status {
			t.Errorf("%s, %s: status %d, want %d: %s", filepath.Base(file), step.Request, r.status, step.Status, r.body)
		}
		if r.status == http.StatusCreated {
			ids = append(ids, fmt.Sprintf("{%d}", len(ids)/2+1), r.object(t)["id"].(string))
		}
	}
}

// everything is all that SCIM shows of a small directory, as text.
func (c *customer) everything(t *testing.T) string {
	t.Helper()
	users, groups := c.scim(t, "GET", "/Users?count=1000", ""), c.scim(t, "GET", "/Groups?count=1000", "")
	return string(users.body) + "\n" + string(groups.body)
}
