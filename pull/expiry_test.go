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

// ending is a source whose credential ends.
type ending struct {
	pull.Source
	ends time.Time
	asks *int
}

func (e ending) CredentialEnds(context.Context) (time.Time, bool, error) {
	*e.asks++
	return e.ends, true, nil
}

func TestTheEndOfACredentialIsLearnedAndWarnedOfOnce(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		ends := b.clock.Now().Add(40 * 24 * time.Hour).Truncate(time.Second)
		asks := 0
		b.wrap = func(s pull.Source) pull.Source { return ending{s, ends, &asks} }
		b.run(false)
		settings, err := b.store.GraphSettings(b.Context(), b.directory.ID)
		b.must(err)
		b.same("the end that the run has learned", ends.UTC(), settings.CredentialEndsAt.Time())
		b.same("how often Graph was asked for it", 1, asks)

		var log bytes.Buffer
		queue := &asked{store: b.store}
		schedule := pull.Scheduler{Store: b.store, Queue: queue, Log: slog.New(slog.NewTextHandler(&log, nil))}
		b.set(func(d *models.Directory) { d.Settings.Schedule.Enabled = false })
		warned := func() (actions []string) {
			events, err := b.store.AuditEvents(b.Context(), store.AuditQuery{DirectoryID: b.directory.ID, Limit: 10})
			b.must(err)
			for _, e := range events {
				actions = append(actions, e.Action+" "+string(e.After))
			}
			return actions
		}
		b.must(schedule.Tick(b.Context(), ends.Add(-31*24*time.Hour)))
		b.same("warnings 31 days before", 0, len(warned()))
		for _, days := range []int{30, 29, 14} { // and every tick, on every replica
			b.must(schedule.Tick(b.Context(), ends.AddDate(0, 0, -days)))
			b.must(schedule.Tick(b.Context(), ends.AddDate(0, 0, -days)))
		}
		told := warned()
		b.same("warnings until 14 days before", 2, len(told))
		b.same("warnings in the log", 2, strings.Count(log.String(), "ends soon or has ended"))
		if !strings.HasPrefix(told[0], "credential.ending ") || !strings.Contains(told[0], "14") || !strings.Contains(told[1], "30") {
			b.Errorf("told of %v", told)
		}
	})
}
