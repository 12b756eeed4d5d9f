package push_test

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// believed is a directory as a client may believe it to be from the answers: what a
// SCIM server of one path has to show.
type believed struct {
	users  map[string]*believedUser
	groups map[string]map[string]bool // members
}

type believedUser struct {
	name   string
	title  any
	active bool
}

// client is a client with what it believes.
type client struct {
	*server
	test               testing.TB // rapid's T is none
	knows              believed
	directoryID, token string
}

// holder is the user who has a name.
func (c *client) holder(name string) string {
	for id, u := range c.knows.users {
		if u.name == name {
			return id
		}
	}
	return ""
}

func (c *client) do(t *rapid.T, want int, method, path, body string) reply {
	t.Helper()
	r := c.send(c.test, c.directoryID, c.token, method, path, body)
	if r.status != want {
		t.Fatalf("%s %s %s: status %d, want %d: %s", method, path, body, r.status, want, r.body)
	}
	return r
}

// one draws the id of a user or group; "" if there is none.
func one[V any](t *rapid.T, all map[string]V) string {
	if len(all) == 0 {
		return ""
	}
	return rapid.SampledFrom(slices.Sorted(maps.Keys(all))).Draw(t, "id")
}

func drawName(t *rapid.T) string {
	return rapid.SampledFrom([]string{"ada", "ben", "chi", "dan"}).Draw(t, "name")
}

func (c *client) create(t *rapid.T) {
	name, active := drawName(t), rapid.Bool().Draw(t, "active")
	body := fmt.Sprintf(`{"userName":%q,"active":%t}`, name, active)
	if c.holder(name) != "" {
		c.do(t, http.StatusConflict, "POST", "/Users", body)
		return
	}
	id := c.do(t, http.StatusCreated, "POST", "/Users", body).object(c.test)["id"].(string)
	if c.knows.users[id] != nil {
		t.Fatalf("the id %s was given twice", id)
	}
	c.knows.users[id] = &believedUser{name: name, active: active}
}

func (c *client) rename(t *rapid.T) {
	id, name := one(t, c.knows.users), drawName(t)
	if id == "" {
		return
	}
	want := http.StatusOK
	if holder := c.holder(name); holder != "" && holder != id {
		want = http.StatusConflict
	} else {
		c.knows.users[id].name = name
	}
	if rapid.Bool().Draw(t, "put") && want == http.StatusOK {
		c.do(t, want, "PUT", "/Users/"+id, fmt.Sprintf(`{"userName":%q,"active":%t}`, name, c.knows.users[id].active))
		c.knows.users[id].title = nil
		return
	}
	c.do(t, want, "PATCH", "/Users/"+id, patchBody(fmt.Sprintf(`{"op":"replace","value":{"userName":%q}}`, name)))
}

func (c *client) change(t *rapid.T) {
	id := one(t, c.knows.users)
	if id == "" {
		return
	}
	u := c.knows.users[id]
	var operations []string
	for range rapid.IntRange(1, 3).Draw(t, "operations") {
		switch rapid.IntRange(0, 3).Draw(t, "operation") {
		case 0:
			u.active = false
			operations = append(operations, `{"op":"Replace","path":"active","value":"False"}`)
		case 1:
			u.active = true
			operations = append(operations, `{"op":"replace","value":{"active":true}}`)
		case 2:
			title := drawName(t)
			u.title = title
			operations = append(operations, fmt.Sprintf(`{"op":"Add","path":"title","value":%q}`, title))
		case 3:
			u.title = nil
			operations = append(operations, `{"op":"Remove","path":"title"}`)
		}
	}
	c.do(t, http.StatusOK, "PATCH", "/Users/"+id, patchBody(operations...))
}

func (c *client) remove(t *rapid.T) {
	id := one(t, c.knows.users)
	if id == "" {
		return
	}
	c.do(t, http.StatusNoContent, "DELETE", "/Users/"+id, "")
	c.do(t, http.StatusNotFound, "DELETE", "/Users/"+id, "")
	delete(c.knows.users, id)
	for _, members := range c.knows.groups {
		delete(members, id)
	}
}

func (c *client) assign(t *rapid.T) {
	group := one(t, c.knows.groups)
	members := c.knows.groups[group]
	var operations []string
	for range rapid.IntRange(1, 3).Draw(t, "operations") {
		id := one(t, c.knows.users)
		if id == "" {
			return
		}
		switch rapid.IntRange(0, 3).Draw(t, "operation") {
		case 0:
			members[id] = true
			operations = append(operations, `{"op":"Add","path":"members","value":`+values(id, numbered(99))+`}`)
		case 1:
			delete(members, id)
			operations = append(operations, `{"op":"Remove","path":"members","value":`+values(id)+`}`)
		case 2:
			delete(members, id)
			operations = append(operations, `{"op":"remove","path":"members[value eq \"`+id+`\"]"}`)
		case 3:
			clear(members)
			members[id] = true
			operations = append(operations, `{"op":"replace","path":"members","value":`+values(id)+`}`)
		}
	}
	c.do(t, http.StatusNoContent, "PATCH", "/Groups/"+group, patchBody(operations...))
}

// check reads everything and compares it with what the client believes.
func (c *client) check(t *rapid.T) {
	users := make(map[string]*believedUser)
	for _, r := range c.do(t, http.StatusOK, "GET", "/Users", "").object(c.test)["Resources"].([]any) {
		u := r.(map[string]any)
		users[u["id"].(string)] = &believedUser{u["userName"].(string), u["title"], u["active"].(bool)}
	}
	groups := make(map[string]map[string]bool)
	for _, r := range c.do(t, http.StatusOK, "GET", "/Groups", "").object(c.test)["Resources"].([]any) {
		g := r.(map[string]any)
		members := make(map[string]bool)
		list, _ := g["members"].([]any)
		for _, m := range list {
			members[m.(map[string]any)["value"].(string)] = true
		}
		groups[g["id"].(string)] = members
	}
	if diff := cmp.Diff(c.knows, believed{users, groups}, cmp.AllowUnexported(believed{}, believedUser{})); diff != "" {
		t.Fatalf("the directory is not what its answers said (-believed +read):\n%s", diff)
	}
}

// TestMain lets five histories do, each some thirty requests over HTTP with a read of
// everything after each; -rapid.checks asks for more.
func TestMain(m *testing.M) {
	flag.Parse()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("5"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func TestTheDirectoryIsWhatItsAnswersSaid(t *testing.T) {
	t.Parallel()
	s := serve(t, storetest.Open(t, storetest.SQLite(t), store.Options{}), models.DefaultSettings())
	rapid.Check(t, func(rt *rapid.T) {
		d, write, _ := directory(t, s.store, models.DefaultSettings())
		c := &client{server: s, test: t, directoryID: d.ID, token: write,
			knows: believed{users: map[string]*believedUser{}, groups: map[string]map[string]bool{}}}
		for _, name := range []string{"Grid", "Wind"} {
			id := c.do(rt, http.StatusCreated, "POST", "/Groups", fmt.Sprintf(`{"displayName":%q}`, name)).object(c.test)["id"].(string)
			c.knows.groups[id] = map[string]bool{}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"create": c.create, "rename": c.rename, "change": c.change, "remove": c.remove, "assign": c.assign, "": c.check,
		})
	})
}
