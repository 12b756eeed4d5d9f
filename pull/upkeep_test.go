package pull_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/store"
)

func (b *bridge) upkeep() *pull.Upkeep {
	return &pull.Upkeep{Store: b.store, Log: slog.New(slog.DiscardHandler)}
}

// holdTwelve has a run held that would remove twelve of sixty people.
func (b *bridge) holdTwelve() models.SyncRun {
	b.Helper()
	ids := b.people()
	b.pull()
	for _, id := range ids[:12] {
		b.must(b.tenant.DeleteUser(id), b.tenant.PurgeUser(id))
	}
	return b.pullTo(models.Held)
}

func TestAHeldRunThatNobodyDecidesExpires(t *testing.T) {
	t.Parallel()
	each(t, staffOf(60), func(b *bridge) {
		held := b.holdTwelve()
		b.clock.Advance(7*24*time.Hour - time.Minute)
		b.must(b.upkeep().Once(b.Context()))
		b.same("a minute before its time", models.Held, b.stored(held).State)

		var log bytes.Buffer
		before := b.tables()
		b.clock.Advance(2 * time.Minute)
		upkeep := &pull.Upkeep{Store: b.store, Log: slog.New(slog.NewTextHandler(&log, nil))}
		b.must(upkeep.Once(b.Context()), upkeep.Once(b.Context()))
		b.same("a minute after it", models.Expired, b.stored(held).State)
		b.same("no record, edge or change is written by it", before, b.tables())
		b.same("it is told once in the log", 1, strings.Count(log.String(), "a held sync run has expired"))
		events, err := b.store.AuditEvents(b.Context(), store.AuditQuery{DirectoryID: b.directory.ID, Limit: 10})
		b.must(err)
		b.same("and once in the trail", []string{"bridge sync-run.expired " + held.ID}, told(events))
		_, err = b.store.DecideRun(b.Context(), b.directory.ID, held.ID, models.Decision{Approve: true},
			func(*store.Tx, models.SyncRun) error { return nil })
		if err == nil {
			b.Error("an expired run can be approved")
		}

		again := b.pullTo(models.Held)
		b.same("the next run holds anew what is still true", 12, again.Counts.Users.Removed)
		b.same("approved", models.Succeeded, b.decide(again, models.Decision{Approve: true}).State)
		b.same("it is applied", [2]int{48, 1}, b.living())
	})
}

func told(events []models.AuditEvent) []string {
	var lines []string
	for _, e := range events {
		lines = append(lines, string(e.ActorKind)+" "+e.Action+" "+e.TargetID)
	}
	return lines
}

func TestADirectoryChoosesWhenItsHeldRunsExpire(t *testing.T) {
	t.Parallel()
	each(t, staffOf(60), func(b *bridge) {
		b.set(func(d *models.Directory) { d.Settings.Guard.ExpireAfter = 12 * time.Hour })
		held := b.holdTwelve()
		b.clock.Advance(13 * time.Hour)
		b.must(b.upkeep().Once(b.Context()))
		b.same("after half a day", models.Expired, b.stored(held).State)
	})
}

func TestAQueueDoesTheUpkeepWhenItStarts(t *testing.T) {
	t.Parallel()
	each(t, staffOf(60), func(b *bridge) {
		held := b.holdTwelve()
		b.clock.Advance(8 * 24 * time.Hour)
		queue := b.queue()
		b.must(queue.Start(b.Context()))
		defer func() { b.must(queue.Stop(context.WithoutCancel(b.Context()))) }()
		b.until(held, models.Expired)
	})
}
