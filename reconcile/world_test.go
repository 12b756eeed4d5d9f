package reconcile

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scimbridge/models"
)

// world is a small tenant, a provisioning client that says what it likes, and a
// directory in maps, filled the way push and pull fill it: hear, match, plan, apply.
type world struct {
	t   *rapid.T
	now models.Instant
	log []string

	people map[string]*person // the truth of Graph, by object id
	teams  map[string]*crew

	tables
	lastRound models.Instant
	pushedAt  models.Instant
	nextID    int
}

type person struct {
	name, title string
	enabled     bool
	existence   models.Existence // Exists, SoftDeleted, Gone, OutOfScope
}

type crew struct {
	name    string
	exists  bool
	members map[string]bool // object ids of people and crews
}

// tables hold the records, under the unique keys that a database would keep.
type tables struct {
	users  map[string]models.User
	groups map[string]models.Group
	edges  map[[2]string]models.Membership
	writes int
}

func (db *tables) CreateUsers(rows []models.User) error { return db.putUsers(rows, false) }
func (db *tables) UpdateUsers(rows []models.User) error { return db.putUsers(rows, true) }

func (db *tables) putUsers(rows []models.User, known bool) error {
	for _, u := range rows {
		if _, is := db.users[u.ID]; is != known {
			return fmt.Errorf("user %s is known: %v", u.ID, is)
		}
		for id, other := range db.users {
			if id != u.ID && (u.UserNameKey != "" && other.UserNameKey == u.UserNameKey || u.EntraObjectID != "" && other.EntraObjectID == u.EntraObjectID) {
				return fmt.Errorf("%s has the userName %q or the object id %q of %s", u.ID, u.UserNameKey, u.EntraObjectID, id)
			}
		}
		db.users[u.ID] = u
		db.writes++
	}
	return nil
}

func (db *tables) FreeUserNames(ids []string) error {
	for _, id := range ids {
		u := db.users[id]
		u.UserNameKey = ""
		db.users[id] = u
	}
	return nil
}

func (db *tables) NoteLists(rows []models.Group) error { return db.UpdateGroups(rows) }

// ForgetLists has nothing to forget: the world's rounds decide every list.
func (db *tables) ForgetLists([]string) error { return nil }

func (db *tables) CreateGroups(rows []models.Group) error { return db.UpdateGroups(rows) }

func (db *tables) UpdateGroups(rows []models.Group) error {
	for _, g := range rows {
		for id, other := range db.groups {
			if id != g.ID && g.EntraObjectID != "" && other.EntraObjectID == g.EntraObjectID {
				return fmt.Errorf("%s has the object id %q of %s", g.ID, g.EntraObjectID, id)
			}
		}
		db.groups[g.ID] = g
		db.writes++
	}
	return nil
}

func (db *tables) CreateMemberships(rows []models.Membership) error {
	for _, m := range rows {
		if _, is := db.edges[[2]string{m.GroupID, m.MemberID}]; is {
			return fmt.Errorf("the edge from %s to %s is not new", m.GroupID, m.MemberID)
		}
	}
	return db.putEdges(rows)
}

func (db *tables) UpdateMemberships(before, after []models.Membership) error {
	for _, m := range before {
		if stored := db.edges[[2]string{m.GroupID, m.MemberID}]; stored != m {
			return fmt.Errorf("the edge from %s to %s is %+v, not %+v", m.GroupID, m.MemberID, stored, m)
		}
	}
	return db.putEdges(after)
}

func (db *tables) putEdges(rows []models.Membership) error {
	for _, m := range rows {
		db.edges[[2]string{m.GroupID, m.MemberID}] = m
		db.writes++
	}
	return nil
}

func (db *tables) AppendChanges([]models.Change) error { return nil }

func newWorld(t *rapid.T) *world {
	return &world{
		t: t, now: minute(0), people: map[string]*person{}, teams: map[string]*crew{},
		tables: tables{users: map[string]models.User{}, groups: map[string]models.Group{}, edges: map[[2]string]models.Membership{}},
	}
}

func (w *world) tell(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf("%d ", (w.now-minute(0))/60e6)+fmt.Sprintf(format, args...))
}

func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	for _, line := range w.log {
		w.t.Log(line)
	}
	w.t.Fatalf(format, args...)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.fail("%v", err)
	}
}

func (w *world) pass(minutes int) { w.now = w.now.Add(time.Duration(minutes) * time.Minute) }

func (w *world) rules() Rules {
	r := Rules{Settle: settle, RoundAt: w.lastRound, ObjectIDs: map[string]string{}}
	for id, u := range w.users {
		r.ObjectIDs[id] = string(u.EntraObjectID)
	}
	return r
}

func (w *world) id(kind string) string {
	w.nextID++
	return fmt.Sprintf("%s%02d", kind, w.nextID)
}

func one[K ~string, V any](w *world, label string, from map[K]V) (K, bool) {
	if len(from) == 0 {
		return "", false
	}
	return rapid.SampledFrom(slices.Sorted(maps.Keys(from))).Draw(w.t, label), true
}

// objectID is a GUID, so that push's externalId is matched as one.
func objectID(n int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", n) }

var names = []string{"ann", "bob", "cem", "dan"}

// What happens in Graph. A userName is held once among those who are not deleted.

func (w *world) nameIsFree(name string) bool {
	for _, p := range w.people {
		if p.name == name && (p.existence == models.Exists || p.existence == models.OutOfScope) {
			return false
		}
	}
	return true
}

func (w *world) graphChanges() {
	name := rapid.SampledFrom(names).Draw(w.t, "name")
	switch rapid.IntRange(0, 9).Draw(w.t, "graph") {
	case 0, 1:
		if w.nameIsFree(name) && len(w.people) < 6 {
			oid := objectID(len(w.people))
			w.people[oid] = &person{name: name, title: "Clerk", enabled: true, existence: models.Exists}
			w.tell("graph: %s is hired as %s", oid[:8], name)
		}
		return
	case 2:
		if len(w.teams) < 3 {
			oid := objectID(90 + len(w.teams))
			w.teams[oid] = &crew{name: "team " + name, exists: true, members: map[string]bool{}}
			w.tell("graph: group %s %q", oid[:8], "team "+name)
		}
		return
	case 3, 4, 5:
		w.graphChangesTeam()
		return
	}
	oid, any := one(w, "person", w.people)
	if !any {
		return
	}
	p := w.people[oid]
	switch rapid.IntRange(0, 6).Draw(w.t, "change") {
	case 0:
		if w.nameIsFree(name) {
			p.name = name
		}
	case 1:
		p.enabled = !p.enabled
	case 2:
		p.title = rapid.SampledFrom([]string{"Clerk", "Pilot", ""}).Draw(w.t, "title")
	case 3, 4:
		w.graphMovesPerson(p)
	case 5: // two swap names
		other, _ := one(w, "other", w.people)
		if q := w.people[other]; q.existence == models.Exists && p.existence == models.Exists {
			p.name, q.name = q.name, p.name
		}
	case 6:
		if p.existence != models.SoftDeleted {
			p.existence = models.Gone
		}
	}
	w.tell("graph: %s is %s %q, enabled %v, %s", oid[:8], p.name, p.title, p.enabled, p.existence)
}

func (w *world) graphMovesPerson(p *person) {
	switch p.existence {
	case models.Exists:
		p.existence = rapid.SampledFrom([]models.Existence{models.SoftDeleted, models.OutOfScope}).Draw(w.t, "to")
	case models.SoftDeleted:
		if w.nameIsFree(p.name) {
			p.existence = rapid.SampledFrom([]models.Existence{models.Exists, models.Gone}).Draw(w.t, "to")
		}
	case models.OutOfScope:
		p.existence = models.Exists
	}
}

func (w *world) graphChangesTeam() {
	oid, any := one(w, "team", w.teams)
	if !any {
		return
	}
	team := w.teams[oid]
	if rapid.IntRange(0, 9).Draw(w.t, "end") == 0 {
		team.exists = false
		w.tell("graph: group %s is gone", oid[:8])
		return
	}
	member, any := one(w, "member", w.people)
	if rapid.IntRange(0, 3).Draw(w.t, "nested") == 0 {
		member, any = one(w, "inner", w.teams)
	}
	if !any || member == oid {
		return
	}
	if team.members[member] {
		delete(team.members, member)
	} else {
		team.members[member] = true
	}
	w.tell("graph: %s in %s: %v", member[:8], oid[:8], team.members[member])
}

// What a SCIM client says.

func (w *world) origin(by models.Path) Origin { return Origin{By: by, ID: "test", At: w.now} }

// holders tells who holds the names that the batch wants.
func (w *world) holders() Names {
	held := Names{}
	for id, u := range w.users {
		if u.UserNameKey != "" {
			held[string(u.UserNameKey)] = id
		}
	}
	return held
}

// planUsers plans and applies a batch, and checks that nobody alive is lost by it.
func (w *world) planUsers(before []*models.User, after []models.User, more []UserStep, by models.Path) {
	w.t.Helper()
	steps := PlanUsers(before, after, w.holders(), w.rules(), w.now)
	for _, s := range steps {
		words := MergeUser(s.After, w.rules())
		if s.Before != nil && s.Before.Living && words.Living && !s.After.Living {
			w.fail("%s is lost by the plan", s.After.ID)
		}
		if s.Before != nil && occupies(*s.Before) && occupies(words) && !occupies(s.After) {
			w.fail("%s is hidden by the plan", s.After.ID)
		}
	}
	w.must(ApplyUsers(w, append(more, steps...), w.origin(by)))
	for _, s := range append(more, steps...) {
		if s.Before == nil || s.Before.End() != s.After.End() { // all that edges ask of an end
			w.remergeEdges(s.After.ID)
		}
	}
}

func (w *world) pushUser() {
	w.pushedAt = w.now
	said := PushSaid{Values: map[string]any{}, Active: drawActive(w.t, "active")}
	if rapid.Bool().Draw(w.t, "say title") {
		said.Values["title"] = rapid.SampledFrom(titles).Draw(w.t, "title")
	}
	name := rapid.SampledFrom(names).Draw(w.t, "userName")
	id, any := one(w, "user", w.users)
	if !any || rapid.IntRange(0, 2).Draw(w.t, "post") == 0 {
		w.postUser(name, said)
		return
	}
	u := w.users[id]
	if !u.Living {
		return // 404, and no word
	}
	switch rapid.IntRange(0, 3).Draw(w.t, "write") {
	case 0:
		w.tell("push: DELETE %s", id)
		after := u
		HearPushGone(&after.Standing, w.now)
		w.planUsers([]*models.User{&u}, []models.User{after}, nil, models.Push)
		return
	case 1:
		said.Whole = true
		if external, spoke := u.PushWords["externalId"]; spoke {
			said.Values["externalId"] = external.Value
		}
		said.Values["userName"] = name
	case 2:
		said.Values["userName"] = name
	}
	more, err := w.takeName(u, said)
	if err != nil {
		return // 409
	}
	w.tell("push: write %s %v, active %s, whole %v", id, said.Values, show(said.Active), said.Whole)
	w.planUsers([]*models.User{&u}, []models.User{HearPushUser(u, said, w.now)}, more, models.Push)
}

var errTaken = errors.New("taken")

// takeName is what a write of a userName does to who holds it: push vouches, 409; only
// the pull does, that one is displaced.
func (w *world) takeName(u models.User, said PushSaid) ([]UserStep, error) {
	key, _ := said.Values["userName"].(string)
	holder, taken := w.holders()[key]
	if !taken || holder == u.ID || key == "" {
		return nil, nil
	}
	other := w.users[holder]
	if other.PushSays.Vouches() {
		return nil, errTaken
	}
	step := Displace(other, w.now)
	w.must(ApplyUsers(w, []UserStep{step}, w.origin(models.Push)))
	return nil, nil
}

func (w *world) postUser(name string, said PushSaid) {
	said.Whole = true
	said.Values["userName"] = name
	who := PushIdentity{Name: name}
	if oid, any := one(w, "externalId", w.people); any && rapid.Bool().Draw(w.t, "by object id") {
		who.ExternalID = oid
		said.Values["externalId"] = oid
	}
	var candidates []models.User
	for _, id := range slices.Sorted(maps.Keys(w.users)) {
		if u := w.users[id]; string(u.EntraObjectID) == who.ExternalID && who.ExternalID != "" || string(u.UserNameKey) == name {
			candidates = append(candidates, u)
		}
	}
	match, err := MatchPushedUser(candidates, who)
	if err != nil {
		w.tell("push: POST %s %s: %v", name, who.ExternalID, err)
		return
	}
	if match.Record < 0 {
		u := models.User{DirectoryID: "d", ID: w.id("u")}
		if _, err := w.takeName(u, said); err != nil {
			w.fail("a name for which push vouches was not refused")
		}
		w.tell("push: POST %s %s active %s: new %s", name, who.ExternalID, show(said.Active), u.ID)
		w.planUsers([]*models.User{nil}, []models.User{HearPushUser(u, said, w.now)}, nil, models.Push)
		return
	}
	if match.Yields >= 0 {
		w.fail("nobody that push may adopt lacks an object id: %+v", candidates[match.Record])
	}
	u := candidates[match.Record]
	if err := CheckExternalID(&u.Standing, who.ExternalID); err != nil && who.ExternalID != "" {
		return
	}
	if _, err := w.takeName(u, said); err != nil {
		return
	}
	w.tell("push: POST %s %s active %s: adopts %s", name, who.ExternalID, show(said.Active), u.ID)
	w.planUsers([]*models.User{&u}, []models.User{HearPushUser(u, said, w.now)}, nil, models.Push)
}

func (w *world) pushGroup() {
	w.pushedAt = w.now
	name := "team " + rapid.SampledFrom(names).Draw(w.t, "displayName")
	said := PushSaid{Values: values("displayName", name), Whole: true}
	id, any := one(w, "group", w.groups)
	if !any || rapid.IntRange(0, 5).Draw(w.t, "post") == 0 {
		who := PushIdentity{Name: name}
		if oid, any := one(w, "externalId", w.teams); any && rapid.Bool().Draw(w.t, "by object id") {
			who.ExternalID = oid
			said.Values["externalId"] = oid
		}
		w.postGroup(who, said)
		return
	}
	g := w.groups[id]
	if !g.Living {
		return
	}
	switch rapid.IntRange(0, 7).Draw(w.t, "write") {
	case 0:
		after := g
		HearPushGone(&after.Standing, w.now)
		w.tell("push: DELETE %s", id)
		w.planGroups([]*models.Group{&g}, []models.Group{after}, nil, models.Push)
	case 1: // replace the list
		after := HearPushGroup(g, PushSaid{}, w.now)
		after.PushMembersAt = after.PushSpokeAt
		w.planGroups([]*models.Group{&g}, []models.Group{after}, nil, models.Push)
		if member, any := one(w, "member", w.users); any && w.users[member].Living {
			w.tell("push: %s has %s alone", id, member)
			w.pushEdge(after, member, models.UserMember, models.In)
		}
		w.remergeEdges(id)
	default:
		after := HearPushGroup(g, PushSaid{}, w.now)
		w.planGroups([]*models.Group{&g}, []models.Group{after}, nil, models.Push)
		word := rapid.SampledFrom([]models.Said{models.In, models.Out}).Draw(w.t, "word")
		if member, any := one(w, "member", w.users); any && w.users[member].Living {
			w.tell("push: %s in %s: %d", member, id, word)
			w.pushEdge(after, member, models.UserMember, word)
		}
		if inner, _ := one(w, "inner", w.groups); inner != id && w.groups[inner].Living {
			w.tell("push: %s in %s: %d", inner, id, word)
			w.pushEdge(after, inner, models.GroupMember, word)
		}
	}
}

func (w *world) pushEdge(g models.Group, member string, kind models.MemberKind, word models.Said) {
	w.writeEdge(HearPushEdge(w.edge(g.ID, member, kind), word, g.PushSpokeAt), models.Push)
}

func (w *world) postGroup(who PushIdentity, said PushSaid) {
	var candidates []models.Group
	for _, id := range slices.Sorted(maps.Keys(w.groups)) {
		if g := w.groups[id]; who.ExternalID != "" && string(g.EntraObjectID) == who.ExternalID || g.Living && g.DisplayNameKey == who.Name {
			candidates = append(candidates, g)
		}
	}
	match, err := MatchPushedGroup(candidates, who)
	if err != nil {
		return
	}
	w.tell("push: POST %q %s: %d of %d", who.Name, who.ExternalID, match, len(candidates))
	if match < 0 {
		w.planGroups([]*models.Group{nil}, []models.Group{HearPushGroup(models.Group{DirectoryID: "d", ID: w.id("g")}, said, w.now)}, nil, models.Push)
		return
	}
	g := candidates[match]
	w.planGroups([]*models.Group{&g}, []models.Group{HearPushGroup(g, said, w.now)}, nil, models.Push)
}

func (w *world) planGroups(before []*models.Group, after []models.Group, more []GroupStep, by models.Path) {
	w.t.Helper()
	steps := append(more, PlanGroups(before, after, w.rules(), w.now)...)
	w.must(ApplyGroups(w, steps, w.origin(by)))
	for _, s := range steps {
		if s.Before == nil || s.Before.End() != s.After.End() {
			w.remergeEdges(s.After.ID)
		}
	}
}

// Edges.

func (w *world) edge(group, member string, kind models.MemberKind) models.Membership {
	if m, known := w.edges[[2]string{group, member}]; known {
		return m
	}
	return models.Membership{DirectoryID: "d", GroupID: group, MemberID: member, MemberKind: kind}
}

func (w *world) end(id string) models.End {
	if u, known := w.users[id]; known {
		return u.End()
	}
	g := w.groups[id]
	return g.End()
}

func (w *world) writeEdge(m models.Membership, by models.Path) {
	w.t.Helper()
	step := EdgeStep{After: MergeEdge(m, EndsOf(w.end(m.GroupID), w.end(m.MemberID)), w.rules())}
	if before, known := w.edges[[2]string{m.GroupID, m.MemberID}]; known {
		step.Before = &before
	}
	w.must(ApplyEdges(w, m.GroupID, []EdgeStep{step}, w.origin(by)))
}

func (w *world) remergeEdges(id string) {
	w.t.Helper()
	for _, key := range w.edgeKeys() {
		if key[0] == id || key[1] == id {
			w.writeEdge(w.edges[key], models.Push)
		}
	}
}

func (w *world) edgeKeys() [][2]string {
	keys := slices.Collect(maps.Keys(w.edges))
	slices.SortFunc(keys, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return keys
}

// The pull: a full round.

func (w *world) read(oid string) models.SourceUser {
	p := w.people[oid]
	said := models.SourceUser{ObjectID: oid, Existence: p.existence}
	if p.existence == models.Exists || p.existence == models.OutOfScope {
		said.Enabled, said.UserName = &p.enabled, p.name
		said.Values = values("title", any(p.title))
		if p.title == "" {
			said.Values["title"] = nil
		}
	}
	return said
}

// pulled hears one page of users.
func (w *world) pulled(page []models.SourceUser, look models.Look) {
	w.t.Helper()
	var before []*models.User
	var after []models.User
	var yields []UserStep
	for _, said := range page {
		u, known := w.match(said, &yields)
		if !known && said.Existence != models.Exists {
			continue
		}
		if known && u.PullHash == HashUser(said) && !look.Direct && u.Tied() {
			continue
		}
		if known {
			before = append(before, &u)
		} else {
			before, u = append(before, nil), models.User{DirectoryID: "d", ID: w.id("u")}
		}
		w.tell("pull: %s %s %s is %s", said.ObjectID[:8], said.UserName, said.Existence, u.ID)
		after = append(after, HearPullUser(u, said, look))
	}
	w.planUsers(before, after, yields, models.Pull)
}

func (w *world) match(said models.SourceUser, yields *[]UserStep) (models.User, bool) {
	var candidates []models.User
	for _, id := range slices.Sorted(maps.Keys(w.users)) {
		candidates = append(candidates, w.users[id])
	}
	name := ""
	if said.Existence == models.Exists {
		name = said.UserName
	}
	match := MatchPulledUser(candidates, said.ObjectID, name)
	if match.Yields >= 0 {
		w.tell("pull: %s yields %s to %s", candidates[match.Yields].ID, said.ObjectID[:8], candidates[match.Record].ID)
		*yields = append(*yields, Yield(candidates[match.Yields]))
	}
	if match.Record < 0 {
		return models.User{}, false
	}
	return candidates[match.Record], true
}

// round reads all of Graph, and answers how many rows it wrote.
func (w *world) round() int {
	w.t.Helper()
	w.writes = 0
	previous, start := w.lastRound, w.now
	w.tell("pull: a round")
	seen := map[string]bool{}
	var page []models.SourceUser
	flush := func() { w.pass(1); w.pulled(page, models.Look{At: w.now}); page = nil }
	for _, oid := range slices.Sorted(maps.Keys(w.people)) {
		if e := w.people[oid].existence; e == models.Exists || e == models.OutOfScope {
			seen[oid] = true
			page = append(page, w.read(oid))
		}
		if len(page) == 2 && rapid.Bool().Draw(w.t, "page ends") {
			flush()
		}
	}
	flush()
	w.confirmAbsence(seen)
	w.roundOfGroups(start)
	w.lastRound = start
	w.mergeAnew(previous.Add(-settle), previous)
	return w.writes
}

// confirmAbsence asks by id for known people who are missing from the round.
func (w *world) confirmAbsence(seen map[string]bool) {
	w.t.Helper()
	w.pass(1)
	for _, id := range slices.Sorted(maps.Keys(w.users)) {
		u := w.users[id]
		oid := string(u.EntraObjectID)
		if !u.Tied() || seen[oid] || u.PullSays == w.people[oid].existence {
			continue
		}
		w.pulled([]models.SourceUser{w.read(oid)}, models.Look{At: w.now, Direct: true})
	}
}

func (w *world) roundOfGroups(start models.Instant) {
	w.t.Helper()
	w.pass(1)
	for _, oid := range slices.Sorted(maps.Keys(w.teams)) {
		w.pulledGroup(models.SourceGroup{ObjectID: oid, Existence: models.Exists, Values: values("displayName", w.teams[oid].name)}, w.teams[oid].exists)
	}
	w.pass(1)
	for _, oid := range slices.Sorted(maps.Keys(w.teams)) {
		if g, known := w.byObjectID(oid); known && w.teams[oid].exists {
			w.pulledMembers(w.groups[g], w.teams[oid].members, start)
		}
	}
}

func (w *world) pulledGroup(said models.SourceGroup, exists bool) {
	w.t.Helper()
	look := models.Look{At: w.now}
	if !exists {
		said.Existence, said.Values, look.Direct = models.Gone, nil, true
	}
	var candidates []models.Group
	for _, id := range slices.Sorted(maps.Keys(w.groups)) {
		candidates = append(candidates, w.groups[id])
	}
	name, _ := said.Values["displayName"].(string)
	match := MatchPulledGroup(candidates, said.ObjectID, name)
	var yields []GroupStep
	if match.Yields >= 0 {
		yields = append(yields, YieldGroup(candidates[match.Yields]))
	}
	switch {
	case match.Record < 0 && exists:
		g := models.Group{DirectoryID: "d", ID: w.id("g")}
		w.planGroups([]*models.Group{nil}, []models.Group{HearPullGroup(g, said, look)}, yields, models.Pull)
	case match.Record >= 0:
		g := candidates[match.Record]
		if g.PullHash == HashGroup(said) && g.Tied() || !exists && !g.Tied() {
			return
		}
		w.planGroups([]*models.Group{&g}, []models.Group{HearPullGroup(g, said, look)}, yields, models.Pull)
	}
}

// byObjectID finds the record that the pull has tied to an object id.
func (w *world) byObjectID(oid string) (string, bool) {
	for id, u := range w.users {
		if string(u.EntraObjectID) == oid && u.Tied() {
			return id, true
		}
	}
	for id, g := range w.groups {
		if string(g.EntraObjectID) == oid && g.Tied() {
			return id, true
		}
	}
	return "", false
}

// pulledMembers hears the complete list of a group. It is looked at closer if it
// differs from the last one, or if the pull found either end to be new in this round.
func (w *world) pulledMembers(g models.Group, list map[string]bool, start models.Instant) {
	w.t.Helper()
	var hash int64 = 1
	in := map[string]bool{}
	news := g.PullSince >= start
	for oid := range list {
		id, known := w.byObjectID(oid)
		if !known || w.end(id).PullSays != models.Exists {
			continue // Graph lists neither the soft-deleted nor the removed
		}
		in[id] = true
		for _, c := range id {
			hash = hash*31 + int64(c)
		}
	}
	hash = hashOf(slices.Sorted(maps.Keys(in)))
	for _, key := range w.edgeKeys() {
		news = news || key[0] == g.ID && w.end(key[1]).PullSince >= start
	}
	if hash == g.PullMembersHash && !news {
		return
	}
	before := g
	g.PullMembersHash, g.PullMembersAt = hash, w.now
	w.must(ApplyGroups(w, []GroupStep{{Before: &before, After: g}}, w.origin(models.Pull)))
	look := models.Look{At: w.now}
	for _, id := range slices.Sorted(maps.Keys(in)) {
		w.writeEdge(HearPullEdge(w.edge(g.ID, id, w.end(id).Kind), models.In, look), models.Pull)
	}
	for _, key := range w.edgeKeys() {
		if m := w.edges[key]; key[0] == g.ID && !in[key[1]] {
			if w.end(key[1]).PullSays == models.Exists && m.PullSays != models.Unsaid {
				m = HearPullEdge(m, models.Out, look)
			}
			w.writeEdge(m, models.Pull)
		}
	}
}

func hashOf(ids []string) int64 {
	return HashGroup(models.SourceGroup{Values: values("members", fmt.Sprint(ids))})
}

// mergeAnew merges what a path has spoken of since the last round's look counted, what
// the pull has found anew since that round, and what waits; all else stands.
func (w *world) mergeAnew(since, previous models.Instant) {
	w.t.Helper()
	for _, id := range slices.Sorted(maps.Keys(w.users)) {
		if u := w.users[id]; u.PushSpokeAt >= since || u.PullSince >= previous {
			w.planUsers([]*models.User{&u}, []models.User{u}, nil, models.Pull)
		}
	}
	// Those who wait come last and together: names have been freed, and they may hand
	// theirs to each other.
	var before []*models.User
	var waiting []models.User
	for _, id := range slices.Sorted(maps.Keys(w.users)) {
		if u := w.users[id]; u.Waiting {
			before, waiting = append(before, &u), append(waiting, u)
		}
	}
	w.planUsers(before, waiting, nil, models.Pull)
	touched := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(w.groups)) {
		if g := w.groups[id]; g.PushSpokeAt >= since || g.PullSince >= previous {
			w.planGroups([]*models.Group{&g}, []models.Group{g}, nil, models.Pull)
			touched[id] = true
		}
	}
	for _, key := range w.edgeKeys() {
		if m := w.edges[key]; m.PushAt >= since || touched[key[0]] || w.end(key[1]).PushGoneAt >= since {
			w.writeEdge(m, models.Pull)
		}
	}
}

// What must hold.

// nothingIsLeftToMerge checks that merging everything anew changes nothing: that what
// mergeAnew picks is enough.
func (w *world) nothingIsLeftToMerge() {
	w.t.Helper()
	for _, id := range slices.Sorted(maps.Keys(w.users)) {
		u := w.users[id]
		if s := PlanUsers([]*models.User{&u}, []models.User{u}, w.holders(), w.rules(), w.now)[0]; s.Changed() {
			w.fail("user %s is stale (-stored +merged):\n%s", id, cmp.Diff(u, s.After))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.groups)) {
		g := w.groups[id]
		if merged := MergeGroup(g, w.rules()); !reflect.DeepEqual(g, merged) {
			w.fail("group %s is stale (-stored +merged):\n%s", id, cmp.Diff(g, merged))
		}
	}
	for _, key := range w.edgeKeys() {
		m := w.edges[key]
		if merged := MergeEdge(m, EndsOf(w.end(key[0]), w.end(key[1])), w.rules()); merged != m {
			w.fail("edge %v is stale (-stored +merged):\n%s", key, cmp.Diff(m, merged))
		}
	}
}

// agreesWithGraph compares what shows of tied records with the truth.
func (w *world) agreesWithGraph() {
	w.t.Helper()
	for _, id := range slices.Sorted(maps.Keys(w.users)) {
		u := w.users[id]
		if !u.Tied() {
			continue
		}
		p := w.people[string(u.EntraObjectID)]
		want := facts{Living: p.existence == models.Exists || p.existence == models.SoftDeleted, SoftDeleted: p.existence == models.SoftDeleted}
		got := facts{Living: u.Living, SoftDeleted: u.SoftDeleted}
		if want != got && p.existence != models.OutOfScope && !u.Waiting {
			w.fail("user %s (%s is %s): %+v, want %+v", id, u.EntraObjectID, p.existence, got, want)
		}
		if u.Active && u.Living && (!p.enabled && p.existence != models.Gone || p.existence == models.SoftDeleted || p.existence == models.Gone) {
			w.fail("user %s is active, but %s and enabled %v in Graph", id, p.existence, p.enabled)
		}
	}
	for _, gid := range slices.Sorted(maps.Keys(w.groups)) {
		g := w.groups[gid]
		if !g.Tied() {
			continue
		}
		team := w.teams[string(g.EntraObjectID)]
		if g.Living != team.exists {
			w.fail("group %s lives: %v, in Graph %v", gid, g.Living, team.exists)
		}
		for oid := range w.people {
			w.edgeAgrees(g, oid, team)
		}
		for oid := range w.teams {
			w.edgeAgrees(g, oid, team)
		}
	}
	for oid, p := range w.people {
		if _, known := w.byObjectID(oid); !known && p.existence == models.Exists {
			w.fail("%s is not known", oid)
		}
	}
}

func (w *world) edgeAgrees(g models.Group, oid string, team *crew) {
	w.t.Helper()
	id, known := w.byObjectID(oid)
	if !known || !g.Living || !w.end(id).Living || w.end(id).PullSays != models.Exists {
		return
	}
	if got := w.edges[[2]string{g.ID, id}]; got.Present != team.members[oid] {
		w.fail("edge of %s in %s: present %v, in Graph %v\n%+v\n%+v", id, g.ID, got.Present, team.members[oid], got, w.end(id))
	}
}

func TestAWholeDirectory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(5, 60).Draw(t, "steps") {
			w.pass(rapid.IntRange(0, 20).Draw(t, "minutes"))
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0, 1, 2, 3:
				w.graphChanges()
			case 4, 5:
				w.pushUser()
			case 6, 7:
				w.pushGroup()
			case 8:
				w.round()
				w.nothingIsLeftToMerge()
			case 9: // a read by id of someone known
				if oid, any := one(w, "read", w.people); any {
					if id, known := w.byObjectID(oid); known && w.users[id].PullSays == w.people[oid].existence {
						w.pulled([]models.SourceUser{w.read(oid)}, models.Look{At: w.now, Direct: true})
					}
				}
			}
		}
		w.pass(int(settle/time.Minute) + 1)
		w.round()
		w.nothingIsLeftToMerge()
		w.agreesWithGraph()
		w.pass(600)
		if written := w.round(); written != 0 {
			w.fail("a quiet round wrote %d rows", written)
		}
		w.agreesWithGraph()
	})
}
