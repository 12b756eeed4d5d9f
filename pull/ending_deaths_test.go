package pull_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
)

// Whichever transaction of an ending is a process's last, another process carries it on to
// what an undisturbed ending gives, and nobody is removed whom the other path still has.
func TestAnEndingSurvivesEveryDeath(t *testing.T) {
	t.Parallel()
	type ending struct {
		kind  models.RunKind
		stays int  // whom the other path has
		held  bool // and then approved
	}
	for name, tc := range map[string]ending{
		"of the pull":                {kind: models.EndPullRun, stays: 5},
		"of the push":                {kind: models.EndPushRun, stays: 20},
		"of the pull, once approved": {kind: models.EndPullRun, stays: 5, held: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, staffOf(20), func(b *bridge) {
				undisturbed, run := b.prepareEnd(tc.kind, tc.held)
				b.must(b.runner.Work(b.Context(), run.DirectoryID, run.ID))
				want := undisturbed.outcome(run)

				disturbed, run := b.another(staffOf(20)).prepareEnd(tc.kind, tc.held)
				deaths := disturbed.workThroughDeaths(run, func() {
					if now := len(disturbed.names()); now < tc.stays {
						t.Fatalf("%d people are left of %d whom the other path has", now, tc.stays)
					}
				})
				if deaths < 12 {
					t.Errorf("only %d processes died", deaths)
				}
				b.same("the end", want, disturbed.outcome(run))
				b.same("who is there", tc.stays, len(disturbed.names()))
			})
		})
	}
}

// another is a second bridge in the same database, or in another file.
func (b *bridge) another(found func(b *bridge) *graphemu.Tenant) *bridge {
	b.Helper()
	return newBridge(b.TB, b.databases, found)
}

// prepareEnd fills a directory by both paths, and queues the run that ends one.
func (b *bridge) prepareEnd(kind models.RunKind, held bool) (*bridge, models.SyncRun) {
	b.Helper()
	b.runner.Batch = 7
	p, ids, group := b.half(4)
	b.pull()
	p.createUser("zoe@contoso.example", nil)
	p.patch("/Users/"+ids[0], "Replace", "title", "Pushed")
	p.removeMember(group, ids[1])
	if !held {
		b.set(func(d *models.Directory) {
			most := models.Limit{Max: 1000, Percent: 100}
			d.Settings.Guard = models.Guard{Users: most, Groups: most, Memberships: most}
		})
	}
	run := b.queueEnd(kind)
	if held {
		b.must(b.runner.Work(b.Context(), run.DirectoryID, run.ID))
		b.same("the run waits", models.Held, b.stored(run).State)
		var err error
		run, err = b.store.DecideRun(b.Context(), run.DirectoryID, run.ID, models.Decision{Approve: true},
			func(*store.Tx, models.SyncRun) error { return nil })
		b.must(err)
	}
	return b, run
}

// workThroughDeaths has processes work on a run until it has ended: each dies after its
// second transaction, the claim being the first, or one later than the last process that
// got nowhere.
func (b *bridge) workThroughDeaths(run models.SyncRun, afterDeath func()) (deaths int) {
	b.Helper()
	b.listen()
	reached := b.reached(run)
	for last := 2; b.workUntil(run, last); deaths++ {
		afterDeath()
		if now := b.reached(run); now != reached {
			reached, last = now, 2
		} else {
			last++
		}
		b.clock.Advance(store.LeaseTime + time.Second)
	}
	return deaths
}

// reached is how far an ending has come: whether its plan stands, and what the path still
// says.
func (b *bridge) reached(run models.SyncRun) (reached struct {
	planned bool
	left    models.Losses
}) {
	b.Helper()
	reached.planned = b.stored(run).Decision != nil
	path, _ := run.Kind.Ends()
	b.must(b.store.InTx(b.Context(), run.DirectoryID, func(tx *store.Tx) error {
		var err error
		reached.left, err = tx.StillSaid(path)
		return err
	}))
	return reached
}

// workUntil performs a run in a process that is gone after its last transaction, if it has
// not ended before.
func (b *bridge) workUntil(run models.SyncRun, last int) (died bool) {
	b.Helper()
	ended := make(chan bool)
	b.seeStatements(func(sql string) {
		if sql != "END" {
			return
		}
		if last--; last == 0 {
			runtime.Goexit() // but for locks of this process, nothing is tidied up
		}
	})
	defer b.seeStatements(nil)
	go func() {
		died := true
		defer func() { ended <- died }()
		err := b.runner.Work(b.Context(), run.DirectoryID, run.ID)
		died = false
		if err != nil {
			b.Error(err)
		}
	}()
	return <-ended
}

func (b *bridge) seeStatements(see func(sql string)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.onStatement = see
}

// outcome is how a directory stands after the end of a path: its records and edges with
// what each path says of them, what the feed told, and how the run ended. Times and ids
// are not compared.
func (b *bridge) outcome(run models.SyncRun) map[string][]string {
	b.Helper()
	of := " AND x.directory_id = '" + b.directory.ID + "'"
	stored := b.stored(run)
	changes := b.rows(`SELECT c.kind, c.action, c.by, COALESCE(u.user_name, g.display_name, '') FROM changes c
		LEFT JOIN users u ON u.directory_id = c.directory_id AND u.id = c.record_id
		LEFT JOIN groups g ON g.directory_id = c.directory_id AND g.id = c.record_id
		WHERE c.directory_id = '` + b.directory.ID + `'`)
	return map[string][]string{
		"users":  b.rows(`SELECT user_name, living, active, soft_deleted, push_says, pull_says, push_active, pull_enabled, attributes FROM users x WHERE true` + of),
		"groups": b.rows(`SELECT display_name, living, push_says, pull_says, attributes FROM groups x WHERE true` + of),
		"memberships": b.rows(`SELECT g.display_name, u.user_name, x.push_says, x.pull_says, x.present, x.held FROM memberships x
			JOIN groups g ON g.directory_id = x.directory_id AND g.id = x.group_id
			JOIN users u ON u.directory_id = x.directory_id AND u.id = x.member_id WHERE true` + of),
		"changes": slices.Sorted(slices.Values(changes)),
		"items":   b.items(run),
		"run":     {string(stored.State), diffOf(models.Counts{}, stored.Counts)},
	}
}
