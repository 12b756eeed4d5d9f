package pull_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
)

// at reads a time, such as 2026-03-29T01:30:00Z.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestADirectoryIsDueOnceADay(t *testing.T) {
	t.Parallel()
	const id = "0198c5a0-0000-7000-8000-000000000001"
	delay := models.Directory{ID: id}.Delay()
	for name, tc := range map[string]struct {
		at, zone  string
		last, now string
		want      bool
	}{
		"before the time":                       {"02:00", "UTC", "2026-03-01T02:20:00Z", "2026-03-02T01:59:59Z", false},
		"at the time":                           {"02:00", "UTC", "2026-03-01T02:20:00Z", "2026-03-02T02:00:00Z", true},
		"after it has run":                      {"02:00", "UTC", "2026-03-02T02:00:01Z", "2026-03-02T20:00:00Z", false},
		"once for a time that was missed":       {"02:00", "UTC", "2026-03-01T02:20:00Z", "2026-03-02T15:00:00Z", true},
		"once for many times that were missed":  {"02:00", "UTC", "2026-02-20T02:20:00Z", "2026-03-02T01:00:00Z", true},
		"not again after making up":             {"02:00", "UTC", "2026-03-02T01:00:01Z", "2026-03-02T01:30:00Z", false},
		"at local time in winter":               {"02:00", "Europe/Berlin", "2026-03-01T01:20:00Z", "2026-03-02T01:00:00Z", true},
		"not an hour early in winter":           {"02:00", "Europe/Berlin", "2026-03-01T01:20:00Z", "2026-03-02T00:30:00Z", false},
		"at local time in summer":               {"02:00", "Europe/Berlin", "2026-07-01T00:20:00Z", "2026-07-02T00:00:00Z", true},
		"at local time west of Greenwich":       {"22:00", "America/New_York", "2026-07-01T02:20:00Z", "2026-07-02T02:00:00Z", true},
		"on the day that has no 02:30":          {"02:30", "Europe/Berlin", "2026-03-28T01:50:00Z", "2026-03-29T01:30:00Z", true},
		"not again on that day":                 {"02:30", "Europe/Berlin", "2026-03-29T01:31:00Z", "2026-03-29T23:00:00Z", false},
		"on the day that has 02:30 twice":       {"02:30", "Europe/Berlin", "2026-10-24T00:50:00Z", "2026-10-25T01:30:00Z", true},
		"not again an hour later":               {"02:30", "Europe/Berlin", "2026-10-25T01:31:00Z", "2026-10-25T02:30:00Z", false},
		"on the day after the change":           {"02:30", "Europe/Berlin", "2026-10-25T01:31:00Z", "2026-10-26T01:30:00Z", true},
		"a moment before midnight, the day due": {"23:59", "UTC", "2026-03-01T12:00:00Z", "2026-03-01T23:59:00Z", true},
	} {
		t.Run(name, func(t *testing.T) {
			d := models.Directory{ID: id, Settings: models.DefaultSettings()}
			d.Settings.Schedule.At, d.Settings.Schedule.TimeZone = tc.at, tc.zone
			last, now := at(t, tc.last).Add(delay), at(t, tc.now).Add(delay)
			if got, err := pull.Due(d, last, now); got != tc.want || err != nil {
				t.Errorf("due: %v (%v), want %v", got, err, tc.want)
			}
			d.Settings.Schedule.Enabled = false
			if got, err := pull.Due(d, last, now); got || err != nil {
				t.Errorf("without a schedule it is due: %v (%v)", got, err)
			}
		})
	}
}

func TestAScheduleThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	for name, schedule := range map[string]models.Schedule{
		"an unknown time zone": {Enabled: true, At: "02:00", TimeZone: "Europe/Atlantis"},
		"no time":              {Enabled: true, At: "two", TimeZone: "UTC"},
	} {
		t.Run(name, func(t *testing.T) {
			d := models.Directory{Settings: models.DefaultSettings()}
			d.Settings.Schedule = schedule
			if due, err := pull.Due(d, time.Time{}, time.Unix(1e9, 0)); due || err == nil {
				t.Errorf("due: %v (%v)", due, err)
			}
		})
	}
}

func TestRunsAreSpreadOverAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	seen := make(map[time.Duration]bool)
	for n := range 1000 {
		delay := models.Directory{ID: id(n)}.Delay()
		if delay < 0 || delay >= 15*time.Minute || delay != (models.Directory{ID: id(n)}).Delay() {
			t.Fatalf("directory %d starts %v late", n, delay)
		}
		seen[delay] = true
	}
	if len(seen) < 400 {
		t.Errorf("1,000 directories start at only %d times", len(seen))
	}
}

// asked remembers what a schedule asks of the queue.
type asked struct {
	store *store.Store
	woken []string
}

func (a *asked) Request(ctx context.Context, run models.SyncRun) (models.SyncRun, error) {
	return a.store.CreateRun(ctx, run, func(*store.Tx, models.SyncRun) error { return nil })
}

func (a *asked) Wake(_ context.Context, run models.SyncRun) error {
	a.woken = append(a.woken, run.ID)
	return nil
}

func TestTheScheduleRequestsWhatIsDueAndWakesWhatIsAbandoned(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		queue := &asked{store: b.store}
		schedule := pull.Scheduler{Store: b.store, Queue: queue, Log: slog.New(slog.DiscardHandler)}
		b.set(func(d *models.Directory) { d.Mode = models.TestMode })
		tick := func() []models.SyncRun {
			b.must(schedule.Tick(b.Context(), b.clock.Now()))
			runs, err := b.store.Runs(b.Context(), b.directory.ID, store.RunQuery{Limit: 10})
			b.must(err)
			return runs
		}
		b.same("runs of a directory made this morning", 0, len(tick()))
		b.clock.Advance(24 * time.Hour)
		runs := tick()
		b.same("runs a day later", 1, len(runs))
		want := models.SyncRun{
			DirectoryID: b.directory.ID, ID: runs[0].ID, Kind: runs[0].Kind, DryRun: true, Trigger: models.BySchedule,
			State: models.Queued, RequestedAt: runs[0].RequestedAt,
		}
		b.same("the run of a directory in test mode", want, runs[0])
		b.same("runs while that one waits", 1, len(tick()))
		b.clock.Advance(24 * time.Hour)
		b.same("runs while it still waits", 1, len(tick()))
		b.same("who is woken for it", []string{runs[0].ID}, queue.woken)
		b.must(b.runner.Work(b.Context(), b.directory.ID, runs[0].ID))
		b.same("runs after it", 2, len(tick()))
	})
}

func TestAQueueWakesARunAndHandsItBackWhenItStops(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		reached := make(chan struct{})
		b.interrupt(func(ctx context.Context) error {
			close(reached)
			<-ctx.Done()
			return ctx.Err()
		})
		first := b.queue()
		b.must(first.Start(b.Context()))
		run, err := first.Request(b.Context(), models.SyncRun{DirectoryID: b.directory.ID, Kind: models.FullRun, Trigger: models.ByAdmin})
		b.must(err)
		_, err = first.Request(b.Context(), models.SyncRun{DirectoryID: b.directory.ID, Kind: models.FullRun, Trigger: models.ByAdmin})
		if busy := (*models.BusyError)(nil); !errors.As(err, &busy) || busy.ID != run.ID {
			b.Errorf("a second run meanwhile: %v", err)
		}
		<-reached
		b.must(first.Stop(b.Context()))
		b.same("the run after the stop", models.Queued, b.stored(run).State)
		second := b.queue()
		b.must(second.Start(b.Context()))
		defer func() { b.must(second.Stop(context.WithoutCancel(b.Context()))) }()
		b.until(run, models.Succeeded)
		b.equalsTruth()
	})
}

func TestAQueueEndsARunWithAWrongSecretAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(b *bridge) *graphemu.Tenant { return graphemu.NewTenant(1, b.clock.Now) }, func(b *bridge) {
		b.setSecret("wrong")
		queue := b.queue()
		b.must(queue.Start(b.Context()))
		defer func() { b.must(queue.Stop(context.WithoutCancel(b.Context()))) }()
		run, err := queue.Request(b.Context(), models.SyncRun{DirectoryID: b.directory.ID, Kind: models.FullRun, Trigger: models.ByAdmin})
		b.must(err)
		b.until(run, models.RunFailed)
		b.same("attempts", 1, b.stored(run).Attempts)
	})
}

func (b *bridge) queue() *pull.Queue {
	b.Helper()
	queue, err := pull.NewQueue(b.runner, b.upkeep(), b.store, slog.New(slog.DiscardHandler))
	b.must(err)
	return queue
}

// until waits for a run's row to tell a state.
func (b *bridge) until(run models.SyncRun, state models.RunState) {
	b.Helper()
	deadline := time.After(time.Minute)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for b.stored(run).State != state {
		select {
		case <-deadline:
			b.Fatalf("the run is %+v, want %s", b.stored(run), state)
		case <-look.C:
		}
	}
}
