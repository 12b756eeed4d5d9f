package graphemu

import (
	"math"
	"strconv"
	"sync"
	"time"
)

// quota is the token bucket of resource units, one per application and tenant.
//
// Source: https://learn.microsoft.com/graph/throttling-limits, "Identity and access"
type quota struct {
	mu      sync.Mutex
	buckets map[*Tenant]*bucket
}

type bucket struct {
	units  float64
	filled time.Time
}

// overQuota is the refusal of a call that finds too little in the bucket.
type overQuota struct{ retryAfter time.Duration }

func (overQuota) Error() string { return "too many requests" }

func (o overQuota) answer(c *call) *answer {
	return c.throttled(strconv.Itoa(int(math.Ceil(o.retryAfter.Seconds()))))
}

// payUnits takes the cost of a call out of the bucket. A refused call pays too:
// requests sent while one should wait count against the quota.
func (c *call) payUnits() error {
	if c.config.Units <= 0 {
		return nil
	}
	var wait time.Duration
	c.used, wait = c.emulator.quota.take(c.tenant, float64(c.units()), float64(c.config.Units), c.config.QuotaWindow, c.now())
	if wait > 0 {
		return overQuota{wait}
	}
	return nil
}

// take returns which share of the quota is used, and how long to wait if it is
// more than all.
func (q *quota) take(t *Tenant, cost, size float64, window time.Duration, now time.Time) (used float64, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.buckets == nil {
		q.buckets = map[*Tenant]*bucket{}
	}
	b := q.buckets[t]
	if b == nil {
		b = &bucket{units: size, filled: now}
		q.buckets[t] = b
	}
	perSecond := size / window.Seconds()
	b.units = min(size, b.units+perSecond*now.Sub(b.filled).Seconds())
	b.filled = now
	b.units = max(b.units-cost, -size) // nobody is locked out for more than a window
	used = (size - b.units) / size
	if b.units >= 0 {
		return used, 0
	}
	return used, time.Duration(-b.units / perSecond * float64(time.Second))
}
