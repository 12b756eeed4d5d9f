package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"scimbridge/pull/graphemu"
)

// Promises of design section 6 on later rounds.
const (
	quietRequests    = 4
	quietSeconds     = 1.0
	changedOfFull    = 0.05
	changedOneIn     = 100
	latencyOfAnswers = 100 * time.Millisecond
)

// incremental measures what a round costs that reads only what has changed, and what a
// full one costs where each answer of Graph takes its time.
func (b *bench) incremental(ctx context.Context) error {
	o, err := b.openOffice()
	if err != nil {
		return err
	}
	defer o.close()
	b.report.begin(fmt.Sprintf("Later pulls of %s users, %s groups, %s memberships, PostgreSQL", number(o.users), number(o.groups), number(o.members)))
	return b.withTenancy(ctx, o.roots, func(d database, t tenancy) error { return b.laterPulls(ctx, o, d, t) })
}

func (b *bench) laterPulls(ctx context.Context, o *office, d database, t tenancy) error {
	if err := t.connect(ctx, o); err != nil {
		return err
	}
	o.emulator.ResetMeter()
	full, err := t.pull(ctx, fullRun)
	if err != nil {
		return err
	}
	bare, err := o.newDownloader(ctx)
	if err != nil {
		return err
	}
	if err := b.nothingChanged(ctx, t); err != nil {
		return err
	}
	if err := b.somethingChanged(ctx, t, o, full.took()); err != nil {
		return err
	}
	return b.slowAnswers(ctx, t, o, bare)
}

func (b *bench) nothingChanged(ctx context.Context, t tenancy) error {
	took, last, err := b.severalPulls(ctx, t, incrementalRun, func(int) error { return nil })
	if err != nil {
		return err
	}
	b.report.add(figure{name: "incremental, nothing changed", ours: seconds(took), budget: under(took.Seconds(), quietSeconds, "s")})
	b.report.add(figure{name: "its requests", ours: number(last.Requests), budget: under(float64(last.Requests), quietRequests+1, "")})
	return nil
}

func (b *bench) somethingChanged(ctx context.Context, t tenancy, o *office, full time.Duration) error {
	took, last, err := b.severalPulls(ctx, t, incrementalRun, o.change)
	if err != nil {
		return err
	}
	promised := max(1, math.Round(changedOfFull*full.Seconds()*100)/100)
	b.report.add(figure{
		"incremental, 1 % changed", seconds(took), "the first full pull " + seconds(full),
		took.Seconds() / full.Seconds(), under(took.Seconds(), promised, "s"),
	})
	b.report.note("it wrote %s users and %s memberships, with %s requests",
		number(last.Counts.Users.Updated), number(last.Counts.Memberships.Added+last.Counts.Memberships.Removed), number(last.Requests))
	return nil
}

// change gives every hundredth user another title, and takes every hundredth membership
// away, or gives it back.
func (o *office) change(round int) error {
	for i, u := range o.tenant.Users() {
		if i%changedOneIn == round {
			if err := o.tenant.UpdateUser(u.ID, graphemu.Properties{"jobTitle": fmt.Sprint("Round ", round)}); err != nil {
				return err
			}
		}
	}
	for i, e := range o.tenant.Edges() {
		if i%changedOneIn == round {
			if err := o.tenant.RemoveMember(e.GroupID, e.MemberID); err != nil {
				return err
			}
		}
	}
	return nil
}

// severalPulls answers the median of some runs, each after something happens, and the last.
func (b *bench) severalPulls(ctx context.Context, t tenancy, kind runKind, happens func(round int) error) (time.Duration, syncRun, error) {
	var took []time.Duration
	var last syncRun
	for round := range b.rounds {
		err := happens(round)
		if err == nil {
			last, err = t.pull(ctx, kind)
		}
		if err != nil {
			return 0, last, err
		}
		took = append(took, last.took())
	}
	return median(took), last, nil
}

// slowAnswers measures how much of Graph's own time a full pull adds to.
func (b *bench) slowAnswers(ctx context.Context, t tenancy, o *office, bare *downloader) error {
	// Every so many rounds one reads everything as a proof; it is not to be the next.
	if _, err := t.pull(ctx, fullRun); err != nil {
		return err
	}
	o.emulator.Configure(func(c *graphemu.Config) { c.Latency = latencyOfAnswers })
	quiet, err := t.pull(ctx, incrementalRun)
	if err != nil {
		return err
	}
	full, err := t.pull(ctx, fullRun)
	if err != nil {
		return err
	}
	download, err := bare.all(ctx, true)
	if err != nil {
		return err
	}
	ratio := full.took().Seconds() / download.took.Seconds()
	b.report.add(figure{
		"full, nothing changed, 100 ms an answer", seconds(full.took()),
		"download and decode " + seconds(download.took), ratio, atMost(ratio, quietPullTimes),
	})
	b.report.add(figure{name: "incremental, nothing changed, 100 ms an answer", ours: seconds(quiet.took())})
	return nil
}
