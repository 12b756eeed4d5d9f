package pull_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// interrupted is a source that calls before each page of groups, which come last.
type interrupted struct {
	pull.Source
	before func(ctx context.Context) error
}

func (s interrupted) GroupsDelta(ctx context.Context, link string) (pull.Page[models.SourceGroup], error) {
	if err := s.before(ctx); err != nil {
		return pull.Page[models.SourceGroup]{}, err
	}
	return s.Source.GroupsDelta(ctx, link)
}

// interrupt calls f once, in the middle of the next round.
func (b *bridge) interrupt(f func(ctx context.Context) error) {
	called := false
	b.wrap = func(s pull.Source) pull.Source {
		return interrupted{s, func(ctx context.Context) error {
			if called {
				return nil
			}
			called = true
			return f(ctx)
		}}
	}
}

func TestARunWhoseOwnerIsSilentIsTakenOver(t *testing.T) {
	t.Parallel()
	table(t, map[string]string{"by another process": "second", "by the same process": "first"}, villagers, func(b *bridge, owner string) {
		b.listen()
		run := b.request(false)
		second := b.newRunner(owner)
		b.interrupt(func(ctx context.Context) error {
			b.must(second.Work(ctx, run.DirectoryID, run.ID)) // while the lease lasts
			if still := b.stored(run); still.Attempts != 1 {
				b.Errorf("a run with a live lease was taken over: %+v", still)
			}
			b.clock.Advance(store.LeaseTime + time.Second)
			b.must(second.Work(ctx, run.DirectoryID, run.ID))
			b.told()
			return nil
		})
		b.must(b.runner.Work(b.Context(), run.DirectoryID, run.ID))
		for _, sql := range b.told() {
			if writes(sql) {
				b.Errorf("the first owner wrote: %s", sql)
			}
		}
		b.equalsTruth()
		ended := b.stored(run)
		b.same("the end", []any{models.Succeeded, owner, 2}, []any{ended.State, ended.Owner, ended.Attempts})
		b.same("the counts", models.Counts{
			Users:       models.RecordCounts{Read: 4, Created: 4},
			Groups:      models.RecordCounts{Read: 3, Created: 3},
			Memberships: models.EdgeCounts{Read: 4, Added: 4},
		}, ended.Counts)
	})
}

func TestCancellingStopsARunBetweenPages(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		run := b.request(false)
		b.interrupt(func(ctx context.Context) error {
			_, err := b.store.CancelRun(ctx, run.DirectoryID, run.ID)
			return err
		})
		b.must(b.runner.Work(b.Context(), run.DirectoryID, run.ID))
		ended := b.stored(run)
		if ended.State != models.Cancelled || ended.FinishedAt == 0 || ended.Failure != nil {
			b.Errorf("the run ended as %+v", ended)
		}
		b.same("who came", 4, len(b.users()))
		b.same("the groups", 0, len(b.groups()))
		b.pull()
		b.equalsTruth()
	})
}

func TestTheLeaseIsRenewedAndItsLossEndsTheWork(t *testing.T) {
	t.Parallel()
	type happening struct {
		happens func(b *bridge, run models.SyncRun)
		state   models.RunState
	}
	table(t, map[string]happening{
		"cancelled":  {func(b *bridge, run models.SyncRun) { _, _ = b.store.CancelRun(b.Context(), run.DirectoryID, run.ID) }, models.Cancelled},
		"taken over": {(*bridge).takeOver, models.Running},
	}, villagers, func(b *bridge, tc happening) {
		ticks := make(chan time.Time)
		b.runner.Renew = func() (<-chan time.Time, func()) { return ticks, func() {} }
		run := b.request(false)
		b.interrupt(func(ctx context.Context) error {
			before := b.stored(run).LeaseUntil
			ticks <- time.Time{}
			ticks <- time.Time{} // the first renewal is done once a second tick is taken
			if after := b.stored(run).LeaseUntil; after <= before {
				b.Errorf("the lease was not renewed")
			}
			tc.happens(b, run)
			select {
			case ticks <- time.Time{}:
			case <-ctx.Done(): // the second renewal was late enough to see it
			}
			<-ctx.Done() // a source that hangs is left at once
			return ctx.Err()
		})
		b.must(b.runner.Work(b.Context(), run.DirectoryID, run.ID))
		b.same("the state", tc.state, b.stored(run).State)
	})
}

// takeOver claims the run twice if need be: a renewal that was under way may come after the
// clock was moved.
func (b *bridge) takeOver(run models.SyncRun) {
	b.Helper()
	for range 2 {
		b.clock.Advance(store.LeaseTime + time.Second)
		_, ok, err := b.store.ClaimRun(b.Context(), run.DirectoryID, run.ID, "second")
		b.must(err)
		if ok {
			return
		}
	}
	b.Error("the run could not be taken over")
}

func TestAStoppedServerHandsItsRunBack(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		run := b.request(false)
		ctx, stop := context.WithCancel(b.Context())
		b.interrupt(func(ctx context.Context) error {
			stop()
			<-ctx.Done()
			return ctx.Err()
		})
		if err := b.runner.Work(ctx, run.DirectoryID, run.ID); !errors.Is(err, context.Canceled) {
			b.Errorf("a stopped run answers %v", err)
		}
		back := b.stored(run)
		b.same("the run handed back", []any{models.Queued, ""}, []any{back.State, back.Owner})
		b.must(b.newRunner("second").Work(b.Context(), run.DirectoryID, run.ID))
		ended := b.stored(run)
		b.equalsTruth()
		b.same("the counts of both attempts", models.Counts{
			Users:       models.RecordCounts{Read: 4, Created: 4},
			Groups:      models.RecordCounts{Read: 3, Created: 3},
			Memberships: models.EdgeCounts{Read: 4, Added: 4},
		}, ended.Counts)
		b.same("the items", 7, len(b.items(run)))
	})
}

func TestPassingFaultsAreTriedThreeTimes(t *testing.T) {
	t.Parallel()
	table(t, map[string]graphemu.Effect{
		"unavailable": graphemu.Unavailable(""), "throttled": graphemu.Throttle("1"), "the connection breaks": graphemu.CloseConnection(),
		"the body is cut": graphemu.CutBody(), "the JSON is cut": graphemu.TruncateJSON(), "a page of a proxy": graphemu.HTML(502),
	}, villagers, func(b *bridge, effect graphemu.Effect) {
		b.emu.Inject(graphemu.Fault{Route: "GET /groups/delta", Effect: effect})
		run := b.request(false)
		for attempt := 1; attempt <= 3; attempt++ {
			err := b.runner.Work(b.Context(), run.DirectoryID, run.ID)
			if again := errors.Is(err, pull.ErrAgain); again != (attempt < 3) || !again && err != nil {
				b.Errorf("attempt %d answers %v", attempt, err)
			}
		}
		ended := b.stored(run)
		if ended.State != models.RunFailed || ended.Failure == nil || ended.Counts.Errors != 1 {
			b.Errorf("the run ended as %+v", ended)
		}
		b.emu.ClearFaults()
		b.pull()
		b.equalsTruth()
	})
}

func TestHandOversAreNoFaults(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		run := b.request(false)
		for range 4 {
			ctx, stop := context.WithCancel(b.Context())
			b.interrupt(func(ctx context.Context) error {
				stop()
				<-ctx.Done()
				return ctx.Err()
			})
			if err := b.runner.Work(ctx, run.DirectoryID, run.ID); !errors.Is(err, context.Canceled) {
				b.Errorf("a stopped run answers %v", err)
			}
		}
		b.interrupt(func(context.Context) error { return nil })
		b.emu.Inject(graphemu.Fault{Route: "GET /groups/delta", Times: 2, Effect: graphemu.Unavailable("")})
		for range 2 {
			if err := b.runner.Work(b.Context(), run.DirectoryID, run.ID); !errors.Is(err, pull.ErrAgain) {
				b.Errorf("a fault that may pass answers %v", err)
			}
		}
		b.must(b.runner.Work(b.Context(), run.DirectoryID, run.ID))
		b.same("the end", models.Succeeded, b.stored(run).State)
		b.equalsTruth()
	})
}

func TestALostConnectionToTheDatabaseIsAFaultThatPasses(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.PostgreSQL(t), villagers)
	b.listen()
	server, err := sql.Open("pgx", b.databases)
	b.must(err)
	defer server.Close()
	lost := 0
	b.mu.Lock()
	b.onStatement = func(statement string) {
		if lost < 2 && strings.HasPrefix(statement, "INSERT INTO \"groups\"") {
			lost++
			_, err := server.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
			b.must(err)
		}
	}
	b.mu.Unlock()
	run := b.request(false)
	for range 2 {
		if err := b.runner.Work(b.Context(), run.DirectoryID, run.ID); !errors.Is(err, pull.ErrAgain) {
			b.Fatalf("a lost connection answers %v: %+v", err, b.stored(run).Failure)
		}
	}
	b.must(b.runner.Work(b.Context(), run.DirectoryID, run.ID))
	b.same("the end", []any{models.Succeeded, 2}, []any{b.stored(run).State, lost})
	b.equalsTruth()
}

func TestWrongSettingsEndARunAtTheFirstAttempt(t *testing.T) {
	t.Parallel()
	type happening struct {
		change func(b *bridge)
		code   string
	}
	table(t, map[string]happening{
		"a wrong secret":     {func(b *bridge) { b.setSecret("wrong") }, "AADSTS7000215"},
		"a lost key":         {func(b *bridge) { b.setSecret("lost") }, "sealed_secret"},
		"no settings at all": {func(b *bridge) { b.must(b.store.DeleteGraphSettings(b.Context(), b.directory.ID)) }, "not_configured"},
	}, villagers, func(b *bridge, tc happening) {
		tc.change(b)
		run := b.run(false)
		if run.State != models.RunFailed || run.Attempts != 1 || run.Failure.Code != tc.code || run.Failure.Hint == "" {
			b.Errorf("the run ended as %s after %d attempts: %+v", run.State, run.Attempts, run.Failure)
		}
	})
}

func (b *bridge) setSecret(secret string) {
	b.Helper()
	settings, err := b.store.GraphSettings(b.Context(), b.directory.ID)
	b.must(err)
	settings.SealedSecret = secret
	_, err = b.store.SetGraphSettings(b.Context(), settings)
	b.must(err)
}
