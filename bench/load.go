package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// connections is how many requests are under way at once.
const connections = 8

// load is one kind of request, sent again and again with other values.
type load struct {
	tenancy tenancy
	want    int // the status
	// request makes the nth request; n goes on over all rounds.
	request func(n int64) []byte
	sent    atomic.Int64
}

// round sends for a while over all connections, and answers requests a second.
func (l *load) round(ctx context.Context, length time.Duration) (float64, error) {
	callers, err := l.dialAll(ctx)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	before, began := l.sent.Load(), time.Now()
	var senders sync.WaitGroup
	for _, c := range callers {
		senders.Go(func() {
			defer c.close()
			if err := l.until(ctx, c, began.Add(length)); err != nil {
				cancel(err) // the others end too
			}
		})
	}
	senders.Wait()
	return float64(l.sent.Load()-before) / time.Since(began).Seconds(), context.Cause(ctx)
}

func (l *load) dialAll(ctx context.Context) ([]*caller, error) {
	var callers []*caller
	for range connections {
		c, err := dial(ctx, l.tenancy)
		if err != nil {
			return nil, err
		}
		callers = append(callers, c)
	}
	return callers, nil
}

func (l *load) until(ctx context.Context, c *caller, end time.Time) error {
	for ctx.Err() == nil && time.Now().Before(end) {
		if _, err := c.send(l.request(l.sent.Add(1)), l.want, false); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// against alternates rounds of ours with rounds of the limit, so that both meet the same
// neighbours, and answers the medians.
func (b *bench) against(ctx context.Context, ours, limit func(round int) (float64, error)) (float64, float64, error) {
	var us, them []float64
	for round := range b.rounds {
		rate, err := ours(round)
		if err != nil {
			return 0, 0, err
		}
		us = append(us, rate)
		if rate, err = limit(round); err != nil {
			return 0, 0, err
		}
		them = append(them, rate)
	}
	return median(us), median(them), ctx.Err()
}
