package graph

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// bridged is a real database that runs fill from an office, through the real client.
type bridged struct {
	*office
	testing.TB
	store  *store.Store
	id     string
	runner *pull.Runner
}

func newDirectoryOf(t testing.TB, o *office, databaseURL string) *bridged {
	t.Helper()
	d := &bridged{office: o, TB: t}
	d.store = storetest.Open(t, databaseURL, store.Options{Now: func() models.Instant {
		_ = o.clock.wait(context.Background(), time.Millisecond) // no two things happen at once
		return models.At(o.clock.now())
	}})
	made, err := d.store.CreateDirectory(t.Context(), "Contoso", models.DefaultSettings())
	d.must(err)
	d.id = made.ID
	d.set(func(m *models.Directory) {
		m.Mode, m.Settings.Settle = models.ProductionMode, 0
		m.Settings.Guard.Users.Max, m.Settings.Guard.Groups.Max, m.Settings.Guard.Memberships.Max = 1_000_000, 1_000_000, 1_000_000
	})
	settings := o.connection().Settings
	settings.DirectoryID, settings.SealedSecret = d.id, graphemu.ClientSecret
	_, err = d.store.SetGraphSettings(t.Context(), settings)
	d.must(err)
	d.runner = &pull.Runner{
		Store: d.store, Dial: o.dialer, Secrets: inClear{}, Owner: "a test", Now: o.clock.now,
		Log: slog.New(slog.DiscardHandler), SpoolDir: t.TempDir(),
		Renew: func() (<-chan time.Time, func()) { return nil, func() {} },
	}
	return d
}

type inClear struct{}

func (inClear) Open(sealed, _ string) ([]byte, error) { return []byte(sealed), nil }

func (d *bridged) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *bridged) set(change func(*models.Directory)) {
	d.Helper()
	_, err := d.store.UpdateDirectory(d.Context(), d.id, func(m *models.Directory) error { change(m); return nil })
	d.must(err)
}

// run performs a run, a minute after whatever was before, and answers how it ended.
func (d *bridged) run(kind models.RunKind) models.SyncRun {
	d.Helper()
	return d.runTo(kind, models.Succeeded)
}

// runTo performs a run that must end so.
func (d *bridged) runTo(kind models.RunKind, state models.RunState) models.SyncRun {
	d.Helper()
	_ = d.clock.wait(context.Background(), time.Minute)
	run, err := d.store.CreateRun(d.Context(), models.SyncRun{DirectoryID: d.id, Kind: kind, Trigger: models.ByAdmin},
		func(*store.Tx, models.SyncRun) error { return nil })
	d.must(err)
	d.must(d.runner.Work(d.Context(), d.id, run.ID))
	run, err = d.store.Run(d.Context(), d.id, run.ID)
	d.must(err)
	if run.State != state {
		d.Fatalf("the run ended %s: %+v %v", run.State, run.Failure, run.Doubts)
	}
	return run
}

// shown is what answers show, by object ids.
type shown struct {
	Users  map[string]bool // whether active
	Groups map[string]string
	Edges  []graphemu.Edge
}

func (d *bridged) shown() shown {
	d.Helper()
	s := shown{Users: make(map[string]bool), Groups: make(map[string]string)}
	ids := make(map[string]string)
	users, err := d.store.SearchUsers(d.Context(), d.id, store.Search{Limit: 100_000})
	d.must(err)
	for _, u := range users {
		if !u.SoftDeleted {
			s.Users[string(u.EntraObjectID)] = u.Active
		}
		ids[u.ID] = string(u.EntraObjectID)
	}
	groups, err := d.store.SearchGroups(d.Context(), d.id, store.Search{Limit: 100_000})
	d.must(err)
	var groupIDs []string
	for _, g := range groups {
		s.Groups[string(g.EntraObjectID)] = g.DisplayName
		ids[g.ID] = string(g.EntraObjectID)
		groupIDs = append(groupIDs, g.ID)
	}
	members, err := d.store.Members(d.Context(), d.id, groupIDs)
	d.must(err)
	for _, m := range members {
		s.Edges = append(s.Edges, graphemu.Edge{GroupID: ids[m.GroupID], MemberID: ids[m.MemberID]})
	}
	sortEdges(s.Edges)
	return s
}

func sortEdges(edges []graphemu.Edge) {
	slices.SortFunc(edges, func(a, b graphemu.Edge) int {
		return cmp.Or(cmp.Compare(a.GroupID, b.GroupID), cmp.Compare(a.MemberID, b.MemberID))
	})
}

// trulyShown is what answers should show of the tenant, as far as taken allows.
func trulyShown(tenant *graphemu.Tenant, taken func(id string) bool) shown {
	s := shown{Users: make(map[string]bool), Groups: make(map[string]string)}
	for _, u := range tenant.Users() {
		if taken(u.ID) {
			s.Users[u.ID] = u.AccountEnabled
		}
	}
	for _, g := range tenant.Groups() {
		if taken(g.ID) {
			s.Groups[g.ID] = g.DisplayName
		}
	}
	for _, e := range tenant.Edges() {
		_, isGroup := s.Groups[e.MemberID]
		if _, isUser := s.Users[e.MemberID]; (isUser || isGroup) && taken(e.GroupID) {
			s.Edges = append(s.Edges, graphemu.Edge{GroupID: e.GroupID, MemberID: e.MemberID})
		}
	}
	sortEdges(s.Edges)
	return s
}

func everybody(string) bool { return true }

func (d *bridged) equals(want shown) {
	d.Helper()
	if diff := gocmp.Diff(want, d.shown()); diff != "" {
		d.Fatalf("the directory differs (-truth +shown):\n%s", diff)
	}
}

func TestIncrementalRoundsConverge(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := newOffice(t, graphemu.Size{Users: 60, Groups: 12, GroupsPerUser: 3, Depth: 3}, small)
		d := newDirectoryOf(t, o, databaseURL)
		if first := d.run(models.IncrementalRun); !first.Full {
			t.Error("the first round is to be a full one")
		}
		d.equals(trulyShown(o.tenant, everybody))
		d.converges(models.DefaultSettings().Scope)
	})
}

func TestIncrementalRoundsConvergeWithoutGuestsAndTheDisabled(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := newOffice(t, graphemu.Size{Users: 60, Groups: 12, GroupsPerUser: 3, Depth: 3}, small)
		d := newDirectoryOf(t, o, databaseURL)
		d.run(models.FullRun)
		d.set(func(m *models.Directory) {
			m.Settings.Scope.Guests, m.Settings.Scope.Disabled = models.Exclude, models.Exclude
		})
		if first := d.run(models.IncrementalRun); !first.Full {
			t.Error("the first round of another scope is to be a full one")
		}
		d.converges(models.Scope{Kind: "all", Guests: models.Exclude, Disabled: models.Exclude})
	})
}

// converges lets things happen, and compares after each round.
func (d *bridged) converges(scope models.Scope) {
	d.Helper()
	t, o := d.TB, d.office
	random := rand.New(rand.NewPCG(1, 2))
	fulls, n := 0, 0
	for range 16 {
		for range 1 + random.IntN(8) {
			_ = o.clock.wait(context.Background(), time.Second)
			o.happen(random, n)
			o.happenIn(random, scope)
			n++
		}
		if random.IntN(6) == 0 {
			o.emu.ExpireDeltaTokens()
		}
		if d.run(models.IncrementalRun).Full {
			fulls++
		}
		d.equals(trulyShown(o.tenant, o.inScope(scope)))
	}
	if fulls == 0 || fulls == 16 {
		t.Errorf("%d of 16 rounds were full; some are proofs or follow forgotten links, most are not", fulls)
	}
}

// happen lets one thing happen in the tenant; what is refused (a member twice, a loop)
// changes nothing.
func (o *office) happen(random *rand.Rand, n int) {
	users, groups, edges := o.tenant.Users(), o.tenant.Groups(), o.tenant.Edges()
	user := func() string { return users[random.IntN(len(users))].ID }
	group := func() string { return groups[random.IntN(len(groups))].ID }
	switch random.IntN(16) {
	case 0:
		_ = o.tenant.UpdateUser(user(), graphemu.Properties{"jobTitle": fmt.Sprint("Pilot ", n), "accountEnabled": random.IntN(2) == 0})
	case 1:
		_ = o.tenant.UpdateUser(user(), graphemu.Properties{"userType": []string{"Member", "Guest"}[random.IntN(2)]})
	case 2:
		_, _ = o.tenant.AddUser(graphemu.Properties{
			"userPrincipalName": fmt.Sprintf("new%d@contoso.example", n), "displayName": fmt.Sprint("New ", n),
		})
	case 3:
		_ = o.tenant.DeleteUser(user())
	case 4, 5:
		if binned := o.tenant.DeletedUsers(); len(binned) > 0 {
			_ = o.tenant.RestoreUser(binned[random.IntN(len(binned))].ID)
		}
	case 6:
		if binned := o.tenant.DeletedUsers(); len(binned) > 0 {
			_ = o.tenant.PurgeUser(binned[random.IntN(len(binned))].ID)
		}
	case 7:
		_, _ = o.tenant.AddGroup(graphemu.Properties{
			"displayName": fmt.Sprint("Team ", n), "mailEnabled": false, "securityEnabled": true, "mailNickname": fmt.Sprint("team", n),
		})
	case 8:
		if len(groups) > 6 {
			_ = o.tenant.DeleteGroup(group())
		}
	case 9:
		if binned := o.tenant.DeletedGroups(); len(binned) > 0 {
			_ = o.tenant.RestoreGroup(binned[0].ID)
		}
	case 10, 11:
		_ = o.tenant.AddMember(group(), user())
	case 12:
		_ = o.tenant.AddMember(group(), group())
	case 13:
		if len(edges) > 0 {
			e := edges[random.IntN(len(edges))]
			_ = o.tenant.RemoveMember(e.GroupID, e.MemberID)
		}
	case 14: // a huge group
		huge := group()
		for _, u := range users {
			_ = o.tenant.AddMember(huge, u.ID)
		}
	case 15: // and one that is not any more
		small := group()
		for i, e := range edges {
			if e.GroupID == small && i%3 > 0 {
				_ = o.tenant.RemoveMember(e.GroupID, e.MemberID)
			}
		}
	}
}

func TestAQuietIncrementalRoundCostsFewRequests(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := newOffice(t, graphemu.Size{Users: 60, Groups: 12, GroupsPerUser: 3, Depth: 3}, small)
		d := newDirectoryOf(t, o, databaseURL)
		d.run(models.FullRun)
		quiet := d.run(models.IncrementalRun)
		if quiet.Full || quiet.Usage.Requests > 4 {
			t.Errorf("a quiet round: full %v, %d requests", quiet.Full, quiet.Usage.Requests)
		}
		if quiet.Counts != (models.Counts{}) {
			t.Errorf("a quiet round counts %+v", quiet.Counts)
		}
	})
}

func TestAnIncrementalRoundLetsNothingGoThatAFullOneHolds(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := newOffice(t, graphemu.Size{Users: 60, Groups: 12, GroupsPerUser: 3, Depth: 3}, small)
		d := newDirectoryOf(t, o, databaseURL)
		d.set(func(m *models.Directory) { m.Settings.Guard = models.DefaultSettings().Guard })
		d.run(models.FullRun)
		before := d.withTitle()
		for _, u := range o.tenant.Users() {
			d.must(o.tenant.UpdateUser(u.ID, graphemu.Properties{"jobTitle": nil}))
		}
		held := d.runTo(models.FullRun, models.Held)
		kept := d.withTitle()
		if kept < before-10 || kept == 0 {
			t.Fatalf("%d of %d titles show while the run is held: %v", kept, before, held.Doubts)
		}
		for i, u := range o.tenant.Users() { // everybody held is heard again, with something else
			d.must(o.tenant.UpdateUser(u.ID, graphemu.Properties{"department": fmt.Sprint("Deck ", i)}))
		}
		if again := d.runTo(models.IncrementalRun, models.Held); again.Full {
			t.Error("the round is to be an incremental one")
		}
		if now := d.withTitle(); now != kept {
			t.Errorf("%d titles show after an incremental round, %d before", now, kept)
		}
	})
}

// withTitle counts who has a job title.
func (d *bridged) withTitle() int {
	d.Helper()
	users, err := d.store.SearchUsers(d.Context(), d.id, store.Search{Limit: 100_000})
	d.must(err)
	n := 0
	for _, u := range users {
		if u.Attributes["title"] != nil {
			n++
		}
	}
	return n
}

func TestAScopeOfGroupsTakesTheirPeople(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := newOffice(t, graphemu.Size{Users: 80, Groups: 12, GroupsPerUser: 3, Depth: 3}, small)
		d := newDirectoryOf(t, o, databaseURL)
		include := biggest(o.tenant, "")
		exclude := biggest(o.tenant, include)
		in := func(exclude string) func(string) bool {
			taken := make(map[string]bool)
			for _, id := range append(o.tenant.TransitiveUsers(include), insideOf(o.tenant, include)...) {
				taken[id] = true
			}
			if exclude != "" {
				for _, id := range append(o.tenant.TransitiveUsers(exclude), insideOf(o.tenant, exclude)...) {
					delete(taken, id)
				}
			}
			return func(id string) bool { return taken[id] }
		}
		scope := func(kind string, include, exclude []string) {
			d.set(func(m *models.Directory) {
				m.Settings.Scope = models.Scope{Kind: kind, IncludeGroups: include, ExcludeGroups: exclude}
			})
		}
		scope("groups", []string{include}, nil)
		d.run(models.FullRun)
		d.equals(trulyShown(o.tenant, in("")))

		scope("groups", []string{include}, []string{exclude})
		d.run(models.FullRun)
		d.equals(trulyShown(o.tenant, in(exclude)))

		scope("all", []string{}, []string{})
		d.run(models.IncrementalRun)
		d.equals(trulyShown(o.tenant, everybody))

		scope("groups", []string{include, "00000000-1111-4222-8333-444444444444"}, nil)
		run := d.run(models.IncrementalRun)
		d.equals(trulyShown(o.tenant, in("")))
		if run.Counts.Errors != 1 {
			t.Errorf("a group of the scope that is not there: %d errors, want 1", run.Counts.Errors)
		}
		if again := d.run(models.IncrementalRun); again.Counts.Users.Removed+again.Counts.Users.Created != 0 {
			t.Errorf("a quiet scoped round counts %+v", again.Counts)
		}
	})
}

// biggest is the plain security group with the most people, but for one.
func biggest(tenant *graphemu.Tenant, but string) string {
	best, most := "", -1
	for _, g := range tenant.Groups() {
		if n := len(tenant.TransitiveUsers(g.ID)); g.ID != but && n > most && n < 40 && !slices.Contains(insideOf(tenant, but), g.ID) {
			best, most = g.ID, n
		}
	}
	return best
}

// insideOf is a group and the groups inside it.
func insideOf(tenant *graphemu.Tenant, group string) []string {
	inside := []string{}
	if group != "" {
		inside = append(inside, group)
	}
	for _, g := range tenant.Groups() {
		if g.ID != group && slices.Contains(tenant.TransitiveGroups(g.ID), group) {
			inside = append(inside, g.ID)
		}
	}
	return inside
}

func TestAGroupThatWasNeverSeenInItsParentIsFoundThereWhenItComesBack(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := newOffice(t, graphemu.Size{Users: 30, Groups: 6, GroupsPerUser: 2, Depth: 2}, small)
		d := newDirectoryOf(t, o, databaseURL)
		d.run(models.FullRun)
		team, err := o.tenant.AddGroup(graphemu.Properties{
			"displayName": "Team", "mailEnabled": false, "securityEnabled": true, "mailNickname": "team",
		})
		d.must(err)
		parent := d.plainGroup()
		d.must(o.tenant.AddMember(parent, team))
		d.must(o.tenant.AddMember(team, o.tenant.Users()[0].ID))
		d.must(o.tenant.DeleteGroup(team))
		d.run(models.IncrementalRun)
		d.equals(trulyShown(o.tenant, everybody))

		d.must(o.tenant.RestoreGroup(team))
		if back := d.run(models.IncrementalRun); back.Full || back.Usage.Requests > 5 {
			t.Errorf("full %v, %d requests: two for what has changed, and two for the group with those above it", back.Full, back.Usage.Requests)
		}
		d.equals(trulyShown(o.tenant, everybody))
	})
}

// plainGroup is one that may hold groups.
func (d *bridged) plainGroup() string {
	for _, g := range d.tenant.Groups() {
		if g.SecurityEnabled && !g.Unified() && !slices.Contains(g.GroupTypes, "DynamicMembership") {
			return g.ID
		}
	}
	d.Fatal("no group may hold groups")
	return ""
}
