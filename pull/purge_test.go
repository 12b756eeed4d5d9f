package pull_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/reconcile"
	"scimbridge/store"
)

const days = 24 * time.Hour

// purges are the records of purges of the directory, without their ids and times.
func (b *bridge) purges() []string {
	b.Helper()
	found, err := b.store.Purges(b.Context(), b.directory.ID, "", 100)
	b.must(err)
	var purges []string
	for _, p := range found {
		purges = append(purges, fmt.Sprintf("%s %d older than %s", p.Kind, p.N, p.At.Time().Sub(p.Cutoff.Time()).Round(time.Hour)))
	}
	slices.Sort(purges)
	return purges
}

// count counts the rows of a table.
func (b *bridge) count(table string) int {
	b.Helper()
	return len(b.rows("SELECT * FROM " + table + " WHERE directory_id = '" + b.directory.ID + "'"))
}

func TestWhatHasBeenKeptForLongEnoughIsPurgedWithARecord(t *testing.T) {
	t.Parallel()
	each(t, staffOf(8), func(b *bridge) {
		ids := b.people()
		b.pull()
		b.must(b.tenant.DeleteUser(ids[0]), b.tenant.PurgeUser(ids[0]), b.tenant.DeleteUser(ids[1]))
		b.pull()
		b.must(b.store.WriteRequests(b.Context(), b.directory.ID, []models.ScimRequest{{
			DirectoryID: b.directory.ID, ID: b.store.NewID(), At: b.clock.Instant(), Method: "GET", Path: "/Users",
		}}))
		_, err := b.store.CreateToken(b.Context(), models.Token{
			DirectoryID: b.directory.ID, Name: "issued", Access: models.ReadAccess, Hash: access.Hash("a"), ExpiresAt: b.clock.Instant(),
		})
		b.must(err)
		items, changes := b.count("sync_run_items"), b.count("changes")

		b.clock.Advance(89 * days)
		b.must(b.upkeep().Once(b.Context()))
		b.same("a day before its time, but for the request log", []string{"requests 1 older than 336h0m0s"}, b.purges())
		b.same("users", 8, b.count("users"))

		b.clock.Advance(2 * days)
		b.pull()
		b.must(b.upkeep().Once(b.Context()), b.upkeep().Once(b.Context()))
		b.same("what was purged", []string{
			fmt.Sprintf("items %d older than 2160h0m0s", items), "requests 1 older than 336h0m0s", "runs 2 older than 2160h0m0s", "users 1 older than 2160h0m0s",
		}, b.purges())
		b.same("what is left", [5]int{7, 7, 1, 0, 1},
			[5]int{b.count("users"), b.count("memberships"), b.count("sync_runs"), b.count("scim_requests"), b.count("tokens")})
		b.same("who is soft-deleted can still be found", 7, len(b.users()))
		b.same("all changes", changes, b.count("changes"))

		b.clock.Advance(310 * days)
		b.must(b.upkeep().Once(b.Context()))
		floor, err := b.store.FeedFloor(b.Context(), b.directory.ID)
		b.must(err)
		b.same("all changes have gone", 0, b.count("changes"))
		b.same("and the feed knows up to where", true, floor > 0)
		b.equalsTruth()
		b.pull()
		b.equalsTruth()
	})
}

func TestADirectoryChoosesHowLongItKeeps(t *testing.T) {
	t.Parallel()
	each(t, staffOf(4), func(b *bridge) {
		b.set(func(d *models.Directory) {
			d.Settings.Retention = models.Retention{Runs: time.Hour, Changes: 2 * time.Hour, Removed: 3 * time.Hour}
		})
		b.pull()
		b.clock.Advance(90 * time.Minute)
		b.must(b.upkeep().Once(b.Context()))
		b.same("runs", []string{"items 5 older than 1h0m0s", "runs 1 older than 1h0m0s"}, b.purges())
		b.clock.Advance(time.Hour)
		b.must(b.upkeep().Once(b.Context()))
		b.same("and changes", 3, len(b.purges()))
	})
}

func TestATombstoneIsKeptWhileAPathVouchesForIt(t *testing.T) {
	t.Parallel()
	each(t, staffOf(4), func(b *bridge) {
		b.pull()
		p, id := b.provisioning(), b.ids()[b.people()[0]]
		p.createUser("p000@contoso.example", object{"externalId": b.people()[0]})
		p.delete("/Users/" + id) // the pull still says that they exist
		b.same("shown", 3, len(b.users()))
		b.clock.Advance(100 * days)
		b.must(b.upkeep().Once(b.Context()))
		b.same("rows", 4, b.count("users"))
		b.pull()
		b.same("the same record is back", id, b.ids()[b.people()[0]])
	})
}

func TestAHeldRunIsNotPurged(t *testing.T) {
	t.Parallel()
	each(t, staffOf(60), func(b *bridge) {
		b.set(func(d *models.Directory) {
			d.Settings.Guard.ExpireAfter, d.Settings.Retention.Runs = 100*days, time.Hour
		})
		held := b.holdTwelve()
		b.clock.Advance(99 * days)
		b.must(b.upkeep().Once(b.Context()))
		b.same("the run", models.Held, b.stored(held).State)
		b.same("its items", 12, len(b.items(held)))
	})
}

func TestTheAuditTrailIsShortenedByAPurgeAlone(t *testing.T) {
	t.Parallel()
	each(t, staffOf(1), func(b *bridge) {
		tell := func(action string) {
			b.must(b.store.AppendAudit(b.Context(), models.AuditEvent{DirectoryID: models.Optional(b.directory.ID), ActorKind: models.FirstAdmin, Action: action}))
		}
		actions := func() []string {
			events, err := b.store.AuditEvents(b.Context(), store.AuditQuery{Limit: 10})
			b.must(err)
			var actions []string
			for _, e := range events {
				actions = append(actions, e.Action)
			}
			return actions
		}
		tell("old")
		b.clock.Advance(30 * days)
		tell("young")
		b.must((&pull.Upkeep{Store: b.store, Log: slog.New(slog.DiscardHandler)}).Once(b.Context()))
		b.same("kept for ever", []string{"young", "old"}, actions())
		upkeep := &pull.Upkeep{Store: b.store, Log: slog.New(slog.DiscardHandler), KeepAudit: 29 * days}
		b.must(upkeep.Once(b.Context()), upkeep.Once(b.Context()))
		b.same("kept for 29 days", []string{"young"}, actions())
		purges, err := b.store.Purges(b.Context(), "", "", 10)
		b.must(err)
		if len(purges) != 1 || purges[0].Kind != models.PurgedAudit || purges[0].N != 1 {
			b.Errorf("the record is %+v", purges)
		}
		for _, statement := range []string{
			"DELETE FROM audit_events", "UPDATE audit_events SET action = 'x'", "UPDATE audit_events SET after = NULL",
			"DELETE FROM purges", "UPDATE purges SET cutoff = 1",
		} {
			if _, err := b.store.SQL().ExecContext(b.Context(), statement); err == nil {
				b.Errorf("%s is let through", statement)
			}
		}
	})
}

func TestWhoeverIsErasedComesBackWholeWhileGraphHasThem(t *testing.T) {
	t.Parallel()
	each(t, staffOf(4), func(b *bridge) {
		b.pull()
		objectID := b.people()[0]
		before := b.ids()[objectID]
		_, err := b.store.ForgetPerson(b.Context(), b.directory.ID, before, func(tx *store.Tx, u models.User, now models.Instant) error {
			return reconcile.Forget(tx, u, reconcile.Origin{By: models.Admin, ID: "request", At: now})
		})
		b.must(err)
		b.same("who is left", [2]int{3, 3}, [2]int{len(b.users()), b.presentEdges()})
		b.pull()
		b.equalsTruth() // in the group too, though its list reads as before
		if b.ids()[objectID] == before {
			b.Error("the erased record is back, and not a new one")
		}
	})
}
