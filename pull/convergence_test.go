package pull_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
	"scimbridge/store/storetest"
)

// TestAnyHistoryConverges generates histories: changes in the tenant, pushes of a SCIM
// client that says what it likes, pulls, and faults during them. After settling, one
// undisturbed pull makes the bridge show what the tenant has.
func TestAnyHistoryConverges(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		converges(t, 6, func() string { return storetest.SQLite(t) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		databaseURL := storetest.PostgreSQL(t)
		converges(t, 10, func() string { return databaseURL })
	})
}

// converges checks one in so many of rapid's histories: each takes a few dozen
// transactions. Try many more with -rapid.checks=3000. Once one has failed all are
// checked, so that rapid can shrink it.
func converges(t *testing.T, oneIn int, database func() string) {
	tried, hold := 0, true
	rapid.Check(t, func(rt *rapid.T) {
		if tried++; hold && tried%oneIn != 1 {
			return
		}
		hold = false
		h := newHistory(t, rt, database())
		defer h.end()
		for range rapid.IntRange(1, 14).Draw(rt, "steps") {
			h.step()
		}
		h.quiet()
		hold = true
	})
}

// history is one generated history.
type history struct {
	*bridge
	provisioning
	rt    *rapid.T
	lines []string
}

func newHistory(t *testing.T, rt *rapid.T, databaseURL string) *history {
	b := newBridge(t, databaseURL, villagers)
	h := &history{bridge: b, provisioning: b.provisioning(), rt: rt}
	b.emu.Configure(func(c *graphemu.Config) {
		c.UsersPerDeltaPage = rapid.IntRange(1, 6).Draw(rt, "users per page")
		c.GroupsPerDeltaPage = rapid.IntRange(1, 4).Draw(rt, "groups per page")
		c.MembersPerSlice = rapid.IntRange(1, 4).Draw(rt, "members per slice")
		c.RestoreTellsMemberships = rapid.Bool().Draw(rt, "restore tells memberships")
	})
	return h
}

// end closes what only the end of the test would.
func (h *history) end() { _ = h.bridge.store.Close() }

func (h *history) tell(format string, args ...any) {
	h.lines = append(h.lines, fmt.Sprintf(format, args...))
}

func (h *history) fail(format string, args ...any) {
	h.rt.Helper()
	h.rt.Fatalf("%s\n%s", fmt.Sprintf(format, args...), strings.Join(h.lines, "\n"))
}

func (h *history) step() {
	switch rapid.IntRange(0, 7).Draw(h.rt, "step") {
	case 0, 1, 2:
		h.graphChanges()
	case 3, 4:
		h.clientSays()
	case 5:
		h.disturbedPull()
	case 6:
		d := rapid.SampledFrom([]time.Duration{time.Minute, 20 * time.Minute, time.Hour}).Draw(h.rt, "pass")
		h.bridge.clock.Advance(d)
		h.tell("%s pass", d)
	case 7:
		h.takes(rapid.SampledFrom([]models.Taking{models.Include, models.Exclude}).Draw(h.rt, "disabled"))
	}
}

// takes has the pull leave the disabled out, or not. A first round may then have read
// nobody whom it takes.
func (h *history) takes(disabled models.Taking) {
	h.bridge.set(func(d *models.Directory) { d.Settings.Scope = models.Scope{Kind: "all", Disabled: disabled} })
	h.tell("the disabled are to %s", disabled)
}

var nicknames = []string{"ann", "bob", "cem", "dee", "eva"}

func upn(name string) string { return name + "@contoso.example" }

// graphChanges changes the tenant. Graph may refuse, as it would a person.
func (h *history) graphChanges() {
	rt, tenant := h.rt, h.bridge.tenant
	user := id(rapid.IntRange(1, 7).Draw(rt, "user"))
	group := id(rapid.IntRange(11, 15).Draw(rt, "group"))
	name := rapid.SampledFrom(nicknames).Draw(rt, "name")
	var what string
	var err error
	switch rapid.IntRange(0, 14).Draw(rt, "change") {
	case 0:
		what = "hire " + user + " as " + name
		_, err = tenant.AddUser(graphemu.Properties{"id": user, "userPrincipalName": upn(name), "displayName": name})
	case 1:
		what = "rename " + user + " to " + name
		err = h.bridge.rename(user, upn(name))
	case 2:
		enabled := rapid.Bool().Draw(rt, "enabled")
		what = fmt.Sprintf("enable %s %v", user, enabled)
		err = tenant.UpdateUser(user, graphemu.Properties{"accountEnabled": enabled})
	case 3:
		title := rapid.SampledFrom([]any{"Clerk", "Pilot", nil}).Draw(rt, "title")
		what = fmt.Sprintf("title of %s %v", user, title)
		err = tenant.UpdateUser(user, graphemu.Properties{"jobTitle": title})
	case 4:
		what, err = "bin "+user, tenant.DeleteUser(user)
	case 5:
		what, err = "restore "+user, tenant.RestoreUser(user)
	case 6:
		what, err = "purge "+user, tenant.PurgeUser(user)
	case 7:
		what = "form " + group
		_, err = tenant.AddGroup(graphemu.Properties{"id": group, "displayName": rapid.SampledFrom([]string{"crew", "deck", "new"}).Draw(rt, "group name")})
	case 8:
		what, err = "bin "+group, tenant.DeleteGroup(group)
	case 9:
		what, err = "restore "+group, tenant.RestoreGroup(group)
	case 10, 11:
		member := h.member()
		what, err = "put "+member+" in "+group, tenant.AddMember(group, member)
	case 12, 13:
		member := h.member()
		what, err = "take "+member+" from "+group, tenant.RemoveMember(group, member)
	case 14:
		manager := id(rapid.IntRange(1, 7).Draw(rt, "manager"))
		what, err = manager+" manages "+user, tenant.SetManager(user, manager)
	}
	if err == nil {
		h.tell("graph: %s", what)
	}
}

func (h *history) member() string {
	return id(rapid.SampledFrom([]int{1, 2, 3, 4, 5, 6, 7, 11, 12, 13}).Draw(h.rt, "member"))
}

// clientSays sends what a SCIM client may. The bridge may refuse, but never break.
func (h *history) clientSays() {
	rt := h.rt
	name := rapid.SampledFrom(nicknames).Draw(rt, "name")
	ids := h.bridge.scimIDs()
	user, isUser := h.one("user", ids.users)
	group, isGroup := h.one("group", ids.groups)
	active := rapid.Bool().Draw(rt, "active")
	method, path, body := http.MethodPost, "/Users", object{"userName": upn(name), "active": active, "schemas": []string{userSchema}}
	switch say := rapid.IntRange(0, 9).Draw(rt, "say"); {
	case say <= 1 || !isUser:
		if rapid.Bool().Draw(rt, "by object id") {
			body["externalId"] = id(rapid.IntRange(1, 7).Draw(rt, "object id"))
		}
	case say == 2:
		method, path, body = http.MethodPatch, "/Users/"+user, patchOf("Replace", "active", active)
	case say == 3:
		method, path, body = http.MethodPatch, "/Users/"+user, patchOf("Replace", "title", "Pilot")
	case say == 4:
		method, path = http.MethodDelete, "/Users/"+user
	case say == 5 || !isGroup:
		path, body = "/Groups", object{"displayName": rapid.SampledFrom([]string{"crew", "deck", "hall"}).Draw(rt, "group name"), "schemas": []string{groupSchema}}
		if rapid.Bool().Draw(rt, "by object id") {
			body["externalId"] = id(rapid.IntRange(11, 15).Draw(rt, "object id"))
		}
	case say == 6:
		method, path = http.MethodDelete, "/Groups/"+group
	case say == 7:
		method, path, body = http.MethodPatch, "/Groups/"+group, patchOf("Add", "members", []object{{"value": user}})
	case say == 8:
		method, path, body = http.MethodPatch, "/Groups/"+group, patchOf("Remove", fmt.Sprintf("members[value eq %q]", user), nil)
	case say == 9:
		method, path, body = http.MethodPatch, "/Groups/"+group, patchOf("Replace", "members", []object{{"value": user}})
	}
	status, answer := h.send(method, path, body)
	h.tell("push: %s %s %v: %d", method, path, body, status)
	if status >= http.StatusInternalServerError {
		h.fail("push broke: %v", answer)
	}
}

const (
	userSchema  = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group"
)

type scimIDs struct{ users, groups []string }

func (b *bridge) scimIDs() (ids scimIDs) {
	for _, u := range b.users() {
		ids.users = append(ids.users, u.ID)
	}
	for _, g := range b.groups() {
		ids.groups = append(ids.groups, g.ID)
	}
	return ids
}

func (h *history) one(label string, ids []string) (string, bool) {
	if len(ids) == 0 {
		return "", false
	}
	return ids[rapid.IntRange(0, len(ids)-1).Draw(h.rt, label)], true
}

// disturbedPull pulls, dry or not, while something may go wrong.
func (h *history) disturbedPull() {
	effects := map[string]graphemu.Effect{
		"refused": graphemu.Refuse(403, "Authorization_RequestDenied", "no"), "cut": graphemu.TruncateJSON(),
		"twice": graphemu.Duplicate(), "strangers": graphemu.Strangers(2), "empty": graphemu.Empty(),
	}
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(effects))).Draw(h.rt, "fault")
	h.bridge.emu.Inject(graphemu.Fault{
		After: rapid.IntRange(0, 8).Draw(h.rt, "after"), Times: 1, Effect: effects[name],
	})
	dryRun := rapid.IntRange(0, 3).Draw(h.rt, "dry") == 0
	before := h.bridge.tables()
	run := h.bridge.attempt(dryRun)
	h.bridge.emu.ClearFaults()
	h.tell("pull, dry %v, %s: %s %+v", dryRun, name, run.State, run.Failure)
	if run.Failure != nil && run.Failure.Code == "internal" {
		h.fail("the pull broke")
	}
	if diff := diffOf(before, h.bridge.tables()); dryRun && diff != "" {
		h.fail("a dry run wrote (-before +after):\n%s", diff)
	}
}

// attempt performs a run until it ends.
func (b *bridge) attempt(dryRun bool) models.SyncRun {
	run := b.request(dryRun)
	for b.stored(run).State.Active() {
		_ = b.runner.Work(b.Context(), run.DirectoryID, run.ID) // its row tells
	}
	return b.stored(run)
}

// quiet lets everything settle, pulls once, and compares.
func (h *history) quiet() {
	h.takes(models.Include)
	h.bridge.clock.Advance(2 * time.Hour)
	planned, run := h.bridge.attempt(true), h.bridge.attempt(false)
	h.tell("the last pull: %s %+v", run.State, run.Counts)
	if run.State != models.Succeeded {
		h.fail("the last pull is %s: %+v", run.State, run.Failure)
	}
	if diff := diffOf(run.Counts, planned.Counts); diff != "" {
		h.fail("the plan differs from the run (-run +plan):\n%s", diff)
	}
	if diff := diffOf(h.bridge.items(run), h.bridge.items(planned)); diff != "" {
		h.fail("the plan's items differ from the run's (-run +plan):\n%s", diff)
	}
	h.comparesTruth()
	before := h.bridge.tables()
	if again := h.bridge.attempt(false); again.State != models.Succeeded {
		h.fail("a quiet pull is %s: %+v", again.State, again.Failure)
	}
	if diff := diffOf(before, h.bridge.tables()); diff != "" {
		h.fail("a quiet pull wrote (-before +after):\n%s", diff)
	}
}

// comparesTruth compares existence, edges and activity of all that has an object id.
// Attributes are push's business as well, and names may be waiting.
func (h *history) comparesTruth() {
	shown := h.bridge.shown()
	want := truth(h.bridge.tenant, shown)
	h.bridge.leaveOutTheUntied(&shown)
	waiting := h.bridge.waiting()
	for id := range want.Users {
		if _, is := shown.Users[id]; !is && waiting[id] {
			delete(want.Users, id) // a newcomer whose name push holds for somebody else
		}
	}
	exists := func(c company) map[string]bool {
		ids := make(map[string]bool)
		for id := range c.Users {
			ids[id] = true
		}
		for id := range c.Groups {
			ids[id] = true
		}
		return ids
	}
	there := exists(want)
	edges := func(c company) (pairs []string) {
		for _, e := range c.Edges {
			if there[e.GroupID] && there[e.MemberID] {
				pairs = append(pairs, e.GroupID+" has "+e.MemberID)
			}
		}
		slices.Sort(pairs)
		return pairs
	}
	if diff := diffOf(there, exists(shown)); diff != "" {
		h.fail("existence differs (-truth +shown):\n%s", diff)
	}
	if diff := diffOf(edges(want), edges(shown)); diff != "" {
		h.fail("edges differ (-truth +shown):\n%s", diff)
	}
	for id, p := range shown.Users {
		if p.Active && !want.Users[id].Active {
			h.fail("%s is active", id)
		}
	}
}

// leaveOutTheUntied takes out the records whose object, if any, the pull has never seen:
// absence speaks of the others.
func (b *bridge) leaveOutTheUntied(shown *company) {
	for _, u := range b.users() {
		if !u.Tied() {
			delete(shown.Users, string(u.EntraObjectID))
		}
	}
	for _, g := range b.groups() {
		if !g.Tied() {
			delete(shown.Groups, string(g.EntraObjectID))
		}
	}
}

// waiting are the object ids of those who wait for a name.
func (b *bridge) waiting() map[string]bool {
	waiting := make(map[string]bool)
	query := "SELECT entra_object_id FROM users WHERE waiting AND entra_object_id IS NOT NULL AND directory_id = '" + b.directory.ID + "'"
	for _, line := range b.rows(query) {
		waiting[strings.Trim(line, "[]{} true")] = true
	}
	return waiting
}
