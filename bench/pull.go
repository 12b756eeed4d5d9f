package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Promises of design section 6.
const (
	fullPullTimes   = 2.0
	quietPullTimes  = 1.2
	requestsOver    = 1.05
	pullPeakMiB     = 256.0
	downloadRepeats = 3
)

// pull measures a first full pull and one that finds nothing new, each time in a new
// database and beside its limits.
func (b *bench) pull(ctx context.Context) error {
	o, err := b.openOffice()
	if err != nil {
		return err
	}
	defer o.close()
	b.report.begin(fmt.Sprintf("Full pull of %s users, %s groups, %s memberships, PostgreSQL", number(o.users), number(o.groups), number(o.members)))
	var rounds []pulled
	var bare *downloader
	for range b.rounds {
		var round pulled
		if round, bare, err = b.pullOnce(ctx, o); err != nil {
			return err
		}
		rounds = append(rounds, round)
	}
	b.reportPulls(rounds)
	return b.emulatorSpeed(ctx, o, bare)
}

// pulled is one first pull, one that found nothing new, and their limits.
type pulled struct {
	first, quiet syncRun
	limits       pullLimits
	asked        int     // requests of the first
	wrote        written // by the quiet one
	peak         float64 // MiB
}

// ofLimit is the first pull against download and copy.
func (p pulled) ofLimit() float64 { return p.first.took().Seconds() / p.limits.all().Seconds() }

// ofDownload is the quiet pull against the download alone.
func (p pulled) ofDownload() float64 {
	return p.quiet.took().Seconds() / p.limits.download.took.Seconds()
}

func (b *bench) pullOnce(ctx context.Context, o *office) (r pulled, bare *downloader, err error) {
	d, err := b.cluster.newDatabase(ctx)
	if err != nil {
		return r, nil, err
	}
	defer d.drop(ctx)
	p, err := b.startBridge(ctx, d.url, o.roots)
	if err != nil {
		return r, nil, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	t, err := p.newTenancy(ctx)
	if err != nil {
		return r, nil, err
	}
	if err := t.connect(ctx, o); err != nil {
		return r, nil, err
	}
	o.emulator.ResetMeter()
	if r.first, err = t.pull(ctx, fullRun); err != nil {
		return r, nil, err
	}
	r.asked = o.emulator.Meter().Total()
	if bare, err = o.newDownloader(ctx); err != nil {
		return r, nil, err
	}
	if r.peak, err = p.mebibytes("VmHWM"); err != nil {
		return r, nil, err
	}
	before, err := d.mark(ctx)
	if err != nil {
		return r, nil, err
	}
	if r.quiet, err = t.pull(ctx, fullRun); err != nil {
		return r, nil, err
	}
	if r.wrote, err = d.since(ctx, before); err != nil {
		return r, nil, err
	}
	r.limits, err = b.pullLimits(ctx, d, bare)
	return r, bare, err
}

// pullLimits are the bare client's times.
type pullLimits struct {
	download    downloaded
	truth, news copied
}

func (l pullLimits) all() time.Duration { return l.download.took + l.truth.took + l.news.took }

func (b *bench) pullLimits(ctx context.Context, d database, bare *downloader) (pullLimits, error) {
	var l pullLimits
	var err error
	if l.download, err = b.typicalDownload(ctx, bare, true); err != nil {
		return l, err
	}
	if l.truth, err = b.copyAnew(ctx, d, truthTables); err != nil {
		return l, err
	}
	l.news, err = b.copyAnew(ctx, d, newsTables)
	return l, err
}

// typicalDownload is the median of some.
func (b *bench) typicalDownload(ctx context.Context, bare *downloader, decode bool) (downloaded, error) {
	var typical downloaded
	var took, users []time.Duration
	for range downloadRepeats {
		done, err := bare.all(ctx, decode)
		if err != nil {
			return typical, err
		}
		typical = done
		took, users = append(took, done.took), append(users, done.users)
	}
	typical.took, typical.users = median(took), median(users)
	return typical, nil
}

// reportPulls shows the rounds of middling ratio.
func (b *bench) reportPulls(rounds []pulled) {
	slices.SortFunc(rounds, func(a, b pulled) int { return cmp.Compare(a.ofLimit(), b.ofLimit()) })
	typical := rounds[len(rounds)/2]
	l, ratio := typical.limits, typical.ofLimit()
	b.report.add(figure{
		"first full pull", seconds(typical.first.took()),
		"download and copy " + seconds(l.all()), ratio, atMost(ratio, fullPullTimes),
	})
	b.report.note("the limit: download and decode %s, copy %s (%s), copy %s (%s)",
		seconds(l.download.took), seconds(l.truth.took), l.truth, seconds(l.news.took), l.news)
	c := typical.first.Counts
	b.report.note("it read %s users, %s groups, %s memberships, after %s in the queue",
		number(c.Users.Read), number(c.Groups.Read), number(c.Memberships.Read), seconds(typical.first.waited()))
	minimum := l.download.pages + 1 // and the sign-in
	ratio = float64(typical.asked) / float64(minimum)
	b.report.add(figure{"its requests", number(typical.asked), "pages and sign-in " + number(minimum), ratio, atMost(ratio, requestsOver)})
	b.report.add(figure{name: "its peak memory", ours: fmt.Sprintf("%.0f MiB", typical.peak), budget: under(typical.peak, pullPeakMiB, "MiB")})

	slices.SortFunc(rounds, func(a, b pulled) int { return cmp.Compare(a.ofDownload(), b.ofDownload()) })
	typical = rounds[len(rounds)/2]
	ratio = typical.ofDownload()
	b.report.add(figure{
		"full pull with nothing changed", seconds(typical.quiet.took()),
		"download and decode " + seconds(typical.limits.download.took), ratio, atMost(ratio, quietPullTimes),
	})
	b.report.add(figure{
		name: "rows of people, groups, edges, feed it wrote", ours: number(int(typical.wrote.rows)),
		budget: budget{"0", typical.wrote.rows == 0},
	})
	b.report.note("%s transactions of it wrote or locked anything, for %s requests", number(int(typical.wrote.transactions)), number(typical.quiet.Requests))
}

// emulatorSpeed shows that the emulator is not what is measured: its pages, thrown away.
func (b *bench) emulatorSpeed(ctx context.Context, o *office, bare *downloader) error {
	raw, err := b.typicalDownload(ctx, bare, false)
	if err != nil {
		return err
	}
	b.report.add(figure{name: "the emulator alone: users", ours: perSecond(float64(o.users) / raw.users.Seconds())})
	b.report.add(figure{name: "the emulator alone: members", ours: perSecond(float64(o.members) / (raw.took - raw.users).Seconds())})
	return nil
}
