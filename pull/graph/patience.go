package graph

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	firstBackoff   = time.Second
	longestBackoff = time.Minute
)

// patience decides, fault by fault, whether one request is tried again and after how
// long.
type patience struct {
	limits       Limits
	faults       int // passing ones, in a row
	throttles    int
	waited       time.Duration
	isRenewed    bool // a new token was fetched
	randomUpTo   func(time.Duration) time.Duration
	mayNotOutrun func() time.Duration
}

func newPatience(ctx context.Context, c *client) *patience {
	return &patience{
		limits:     c.limits,
		randomUpTo: func(d time.Duration) time.Duration { return rand.N(d) + 1 },
		mayNotOutrun: func() time.Duration {
			left := c.ends.Sub(c.now())
			if deadline, ok := ctx.Deadline(); ok {
				left = min(left, time.Until(deadline))
			}
			return left
		},
	}
}

// next tells how long to wait before the next attempt, if there is to be one.
func (p *patience) next(f *fault) (time.Duration, bool) {
	switch f.nature {
	case throttled:
		p.throttles++
		return p.spend(p.delay(f, p.throttles))
	case passing:
		p.faults++
		if p.faults >= p.limits.Tries {
			return 0, false
		}
		return p.spend(p.delay(f, p.faults))
	case unauthorized:
		again := !p.isRenewed
		p.isRenewed = true
		return 0, again
	}
	return 0, false
}

// delay is Retry-After, else an exponential back-off with full jitter (section 3.2).
func (p *patience) delay(f *fault, times int) time.Duration {
	if f.after > 0 {
		return f.after
	}
	most := longestBackoff
	if times <= 6 {
		most = min(most, firstBackoff<<(times-1))
	}
	return p.randomUpTo(most)
}

// spend takes a wait from what is left.
func (p *patience) spend(wait time.Duration) (time.Duration, bool) {
	p.waited += wait
	return wait, p.affords(wait)
}

// affords refuses a wait that outlasts the request's patience, the run or the caller's
// deadline: better to say so now than after it.
func (p *patience) affords(wait time.Duration) bool {
	if wait > p.mayNotOutrun() {
		return false
	}
	return p.waited <= p.limits.Patience && wait <= p.limits.Patience
}
