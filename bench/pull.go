package main

import (
	"context"
	"errors"
	"fmt"
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

// pull measures a first full pull and one that finds nothing new.
func (b *bench) pull(ctx context.Context) (err error) {
	o, err := b.openOffice()
	if err != nil {
		return err
	}
	defer o.close()
	b.report.begin(fmt.Sprintf("Full pull of %s users, %s groups, %s memberships, PostgreSQL", number(o.users), number(o.groups), number(o.members)))
	d, err := b.cluster.newDatabase(ctx)
	if err != nil {
		return err
	}
	defer d.drop(ctx)
	p, err := b.startBridge(ctx, d.url, o.roots)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	t, err := p.newTenancy(ctx)
	if err != nil {
		return err
	}
	if err := t.connect(ctx, o); err != nil {
		return err
	}
	o.emulator.ResetMeter()
	first, err := t.pull(ctx)
	if err != nil {
		return err
	}
	asked := o.emulator.Meter().Total()
	bare, err := o.newDownloader(ctx)
	if err != nil {
		return err
	}
	peak, err := p.mebibytes("VmHWM")
	if err != nil {
		return err
	}
	quiet, err := t.pull(ctx)
	if err != nil {
		return err
	}
	limits, err := b.pullLimits(ctx, d, bare)
	if err != nil {
		return err
	}
	b.reportPulls(first, quiet, limits, asked, peak)
	return b.emulatorSpeed(ctx, o, bare)
}

// pullLimits are the bare client's times.
type pullLimits struct {
	download    downloaded
	truth, news copied
}

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

func (b *bench) reportPulls(first, quiet syncRun, l pullLimits, asked int, peak float64) {
	download := l.download.took
	limit := download + l.truth.took + l.news.took
	ratio := first.took().Seconds() / limit.Seconds()
	b.report.add(figure{
		"first full pull", seconds(first.took()),
		fmt.Sprintf("download and copy %s", seconds(limit)), ratio, atMost(ratio, fullPullTimes),
	})
	b.report.note("the limit: download and decode %s, copy %s (%s), copy %s (%s)",
		seconds(download), seconds(l.truth.took), l.truth, seconds(l.news.took), l.news)
	b.report.note("it read %s users, %s groups, %s memberships, after %s in the queue",
		number(first.Counts.Users.Read), number(first.Counts.Groups.Read), number(first.Counts.Memberships.Read), seconds(first.waited()))
	ratio = quiet.took().Seconds() / download.Seconds()
	b.report.add(figure{
		"full pull with nothing changed", seconds(quiet.took()),
		"download and decode " + seconds(download), ratio, atMost(ratio, quietPullTimes),
	})
	minimum := l.download.pages + 1 // and the sign-in
	ratio = float64(asked) / float64(minimum)
	b.report.add(figure{"requests of the first pull", number(asked), fmt.Sprintf("pages and sign-in %s", number(minimum)), ratio, atMost(ratio, requestsOver)})
	b.report.add(figure{name: "peak memory of the bridge", ours: fmt.Sprintf("%.0f MiB", peak), budget: under(peak, pullPeakMiB, "MiB")})
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
