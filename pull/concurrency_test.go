package pull_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
	"scimbridge/reconcile"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

const (
	townsfolk = 60 // their object ids are id(1) and on
	clubs     = 8  // id(901) and on
)

// town founds a tenant in which everybody is in some clubs, and each club is in the next.
func town(b *bridge) *graphemu.Tenant {
	b.Helper()
	tenant := graphemu.NewTenant(1, b.clock.Now)
	for i := range townsfolk {
		_, err := tenant.AddUser(graphemu.Properties{"id": id(i + 1), "userPrincipalName": fmt.Sprintf("person%d@contoso.example", i+1), "displayName": fmt.Sprint("Person ", i+1)})
		b.must(err)
	}
	for i := range clubs {
		_, err := tenant.AddGroup(graphemu.Properties{"id": id(901 + i), "displayName": fmt.Sprint("club ", i)})
		b.must(err)
		for n := i + 1; n <= townsfolk; n += 3 {
			b.must(tenant.AddMember(id(901+i), id(n)))
		}
		if i > 0 {
			b.must(tenant.AddMember(id(901+i), id(900+i)))
		}
	}
	return tenant
}

// replicas are two servers on one database, each with its store, its SCIM endpoint and its
// runner.
type replicas struct {
	*bridge
	stores  [2]*store.Store
	clients [2]provisioning
	runners [2]*pull.Runner
}

func newReplicas(t *testing.T) *replicas {
	t.Helper()
	databaseURL := storetest.PostgreSQL(t)
	r := &replicas{bridge: newBridge(t, databaseURL, town)}
	r.set(func(d *models.Directory) { // this is not about the guard
		all := models.Limit{Max: 10_000, Percent: 100}
		d.Settings.Guard = models.Guard{Users: all, Groups: all, Memberships: all}
	})
	second := &bridge{
		TB: t, clock: r.clock, databases: databaseURL, directory: r.directory, tenant: r.tenant, emu: r.emu, wrap: r.wrap,
		store: storetest.Open(t, databaseURL, store.Options{Now: r.clock.Instant}),
	}
	r.stores = [2]*store.Store{r.bridge.store, second.store}
	for i, b := range []*bridge{r.bridge, second} {
		r.clients[i] = b.provisioning()
		r.runners[i] = b.newRunner(fmt.Sprint("replica ", i))
	}
	return r
}

// pusher is one connection of the provisioning client, which draws what it says.
type pusher struct {
	*replicas
	random *rand.Rand
	faults []string
	taken  int // requests that were answered with success
}

func (p *pusher) send(method, path string, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		p.faults = append(p.faults, err.Error())
	}
	client := p.clients[p.random.IntN(2)]
	request := httptest.NewRequestWithContext(p.Context(), method, "/scim/"+p.directory.ID+"/v2"+path, strings.NewReader(string(text)))
	request.Header.Set("Authorization", "Bearer "+client.token)
	request.Header.Set("Content-Type", "application/scim+json")
	answer := httptest.NewRecorder()
	client.server.ServeHTTP(answer, request)
	if answer.Code >= 500 || answer.Code == http.StatusBadRequest || answer.Code == http.StatusUnauthorized {
		p.faults = append(p.faults, fmt.Sprintf("%s %s %s: %d %s", method, path, text, answer.Code, answer.Body))
	}
	if answer.Code < 300 {
		p.taken++
	}
}

// say sends one request, or two, as Entra does when it moves somebody.
func (p *pusher) say(people, groups []string) {
	n := p.random.IntN(len(people))
	user, group := people[n], groups[p.random.IntN(len(groups))]
	switch p.random.IntN(10) {
	case 0:
		p.send(http.MethodDelete, "/Users/"+user, object{})
	case 1:
		p.send(http.MethodPost, "/Users", object{"schemas": []string{userSchema}, "userName": fmt.Sprintf("person%d@contoso.example", n+1), "externalId": id(n + 1), "active": true})
	case 2, 3:
		p.send(http.MethodPatch, "/Users/"+user, patchOf("Replace", "active", p.random.IntN(2) == 0))
	case 4, 5:
		p.send(http.MethodPatch, "/Users/"+user, patchOf("Replace", "title", fmt.Sprint("Title ", p.random.IntN(3))))
	case 6:
		p.send(http.MethodPatch, "/Groups/"+group, patchOf("Replace", "members", []object{{"value": user}, {"value": people[p.random.IntN(len(people))]}}))
	case 7:
		p.send(http.MethodPatch, "/Groups/"+group, patchOf("Remove", "members", []object{{"value": user}}))
	default:
		p.send(http.MethodPatch, "/Groups/"+group, patchOf("Add", "members", []object{{"value": user}, {"value": people[p.random.IntN(len(people))]}}))
	}
}

// pullOnce has both replicas work on a run, of whom one gets it.
func (r *replicas) pullOnce() models.SyncRun {
	run := r.request(false)
	for r.stored(run).State.Active() {
		var both sync.WaitGroup
		for _, runner := range r.runners {
			both.Go(func() { _ = runner.Work(r.Context(), run.DirectoryID, run.ID) }) // its row tells
		}
		both.Wait()
	}
	return r.stored(run)
}

// Entra pushes over eight connections into two replicas, as fast as answers come, while one
// pull follows the other.
func TestPushesAndPullsOnTwoReplicasEndAsTheRulePredicts(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	if run := r.pullOnce(); run.State != models.Succeeded {
		t.Fatalf("the first run is %s: %+v", run.State, run.Failure)
	}
	ids := r.ids()
	var people, groups []string
	for i := range townsfolk {
		people = append(people, ids[id(i+1)])
	}
	for i := range clubs {
		groups = append(groups, ids[id(901+i)])
	}
	r.clients[0].adoptAll(groups)

	pushers := make([]*pusher, 8)
	var pushing sync.WaitGroup
	for i := range pushers {
		pushers[i] = &pusher{replicas: r, random: rand.New(rand.NewPCG(7, uint64(i)))}
		pushing.Go(func() {
			for range 40 {
				pushers[i].say(people, groups)
			}
		})
	}
	done := make(chan struct{})
	go func() { pushing.Wait(); close(done) }()
	for pulls, over := 0, false; !over || pulls < 3; pulls++ {
		if run := r.pullOnce(); run.State != models.Succeeded {
			t.Errorf("pull %d is %s: %+v", pulls, run.State, run.Failure)
		}
		select {
		case <-done:
			over = true
		default:
		}
	}
	taken := 0
	for i, p := range pushers {
		taken += p.taken
		if len(p.faults) > 0 {
			t.Errorf("connection %d: %d faults, first %s", i, len(p.faults), p.faults[0])
		}
	}
	if taken < 8*40/2 {
		t.Errorf("only %d requests were taken", taken)
	}
	r.agreesWithItsWords("after the last pull, before anything has settled")
	r.clock.Advance(2 * time.Hour)
	if run := r.pullOnce(); run.State != models.Succeeded {
		t.Errorf("the last pull is %s: %+v", run.State, run.Failure)
	}
	r.agreesWithItsWords("once all has settled")
	r.existsAsInEntra()
	if n := r.deadlocks(); n != "[0]" {
		t.Errorf("PostgreSQL has counted %s deadlocks", n)
	}
}

// adoptAll makes push vouch for the groups.
func (p provisioning) adoptAll(groups []string) {
	p.Helper()
	for i := range groups {
		p.createGroup(fmt.Sprint("club ", i), object{"externalId": id(901 + i)})
	}
}

// agreesWithItsWords merges every record anew from its stored words, and compares whole
// records with what is stored.
func (r *replicas) agreesWithItsWords(when string) {
	r.Helper()
	state, err := r.store.PullState(r.Context(), r.directory.ID)
	r.must(err)
	rules := reconcile.Rules{Settle: r.directory.Settings.Settle, RoundAt: state.RoundAt}
	r.must(r.store.InTx(r.Context(), r.directory.ID, func(tx *store.Tx) error {
		users, err := tx.UsersForUpdate(r.allIDs("users"))
		r.must(err)
		groups, err := tx.GroupsForUpdate(r.allIDs("groups"))
		r.must(err)
		names, ends := reconcile.Names{}, make(map[string]models.End)
		for _, u := range users {
			ends[u.ID] = u.End()
			if u.UserNameKey != "" {
				names[string(u.UserNameKey)] = u.ID
			}
		}
		for _, u := range users {
			step := reconcile.PlanUsers([]*models.User{&u}, []models.User{u}, names, rules, u.UpdatedAt)[0]
			r.same(when+", a user", step.After, u)
		}
		for _, g := range groups {
			ends[g.ID] = g.End()
			r.same(when+", a group", reconcile.MergeGroup(g, rules), g)
		}
		edges, err := tx.EdgesOfGroups(r.allIDs("groups"))
		r.must(err)
		for _, e := range edges {
			if group, member := ends[e.GroupID], ends[e.MemberID]; group.Living && member.Living {
				r.same(when+", an edge", reconcile.MergeEdge(e, reconcile.EndsOf(group, member), rules), e)
			}
		}
		if len(users) < townsfolk || len(groups) < clubs || len(edges) == 0 {
			r.Errorf("%s: only %d users, %d groups, %d edges", when, len(users), len(groups), len(edges))
		}
		return nil
	}))
}

func (r *replicas) allIDs(table string) (ids []string) {
	r.Helper()
	for _, line := range r.rows("SELECT id FROM " + table + " WHERE directory_id = '" + r.directory.ID + "'") {
		ids = append(ids, strings.Fields(strings.Trim(line, "[{}] "))[0])
	}
	return ids
}

// existsAsInEntra compares existence and memberships with the tenant: no push is later than
// the last round.
func (r *replicas) existsAsInEntra() {
	r.Helper()
	shown := r.shown()
	want := truth(r.tenant, shown)
	keys := func(c company) (ids []string) {
		for id := range c.Users {
			ids = append(ids, id)
		}
		for id := range c.Groups {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		return ids
	}
	r.same("who is there", keys(want), keys(shown))
	r.same("who is in what", want.Edges, shown.Edges)
}

// deadlocks is PostgreSQL's own count. Sessions report theirs when they end at the latest.
func (r *replicas) deadlocks() string {
	r.Helper()
	for _, s := range r.stores {
		s.SQL().SetMaxIdleConns(-1)
	}
	for range 500 {
		if others := r.rows("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"); fmt.Sprint(others) == "[[{0 true}]]" {
			break
		}
	}
	counted := r.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
	return "[" + strings.Trim(strings.TrimSuffix(fmt.Sprint(counted), " true}]]"), "[{") + "]"
}
