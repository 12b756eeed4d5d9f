package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Promises of design section 6.
const (
	restingMiB = 100.0
	readyIn    = 500 * time.Millisecond
)

// starts is how often the start is measured.
const starts = 5

// atRest measures the process that has just answered all that load, and fresh ones on
// the same database.
func (b *bench) atRest(ctx context.Context, d database, busy *process, users int) error {
	after, err := busy.mebibytes("VmRSS")
	if err != nil {
		return err
	}
	var ready []time.Duration
	var resident []float64
	for range starts {
		p, err := b.startBridge(ctx, d.url, "")
		if err != nil {
			return err
		}
		ready = append(ready, p.ready)
		mib, err := p.mebibytes("VmRSS")
		if err := errors.Join(err, p.stop()); err != nil {
			return err
		}
		resident = append(resident, mib)
	}
	b.report.add(figure{
		name: "start to ready, migrated database", ours: milliseconds(median(ready)),
		budget: under(median(ready).Seconds(), readyIn.Seconds(), "s"),
	})
	b.report.add(figure{
		name: fmt.Sprintf("resident, %s users, at rest", number(users)), ours: fmt.Sprintf("%.0f MiB", median(resident)),
		budget: under(median(resident), restingMiB, "MiB"),
	})
	b.report.add(figure{
		name: "resident after the load above", ours: fmt.Sprintf("%.0f MiB", after), budget: under(after, restingMiB, "MiB"),
	})
	return nil
}
