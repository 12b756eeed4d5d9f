package access

import (
	"maps"
	"sync"
	"time"
)

// buckets limit how often something may happen, for each key apart: a bucket holds up to
// burst, and fills at rate a second.
type buckets struct {
	rate, burst float64
	mu          sync.Mutex
	of          map[string]bucket
}

type bucket struct {
	level float64
	at    time.Time
}

// mostKeys bounds the memory: whoever comes from many addresses must not fill it.
const mostKeys = 50_000

func newBuckets(rate, burst float64) *buckets {
	return &buckets{rate: rate, burst: burst, of: make(map[string]bucket)}
}

// take takes one out of a bucket. ok is false if it is empty, and wait tells for how long.
func (b *buckets) take(key string, now time.Time) (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	current := b.filled(key, now)
	if current.level < 1 {
		return b.until(current), false
	}
	current.level--
	if len(b.of) >= mostKeys {
		b.forget(now)
	}
	b.of[key] = current
	return 0, true
}

// empty tells whether nothing is in a bucket, and for how long.
func (b *buckets) empty(key string, now time.Time) (wait time.Duration, yes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	current := b.filled(key, now)
	return b.until(current), current.level < 1
}

func (b *buckets) filled(key string, now time.Time) bucket {
	current, there := b.of[key]
	if !there {
		return bucket{b.burst, now}
	}
	if passed := now.Sub(current.at); passed > 0 {
		current = bucket{min(b.burst, current.level+passed.Seconds()*b.rate), now}
	}
	return current
}

func (b *buckets) until(current bucket) time.Duration {
	return time.Duration((1 - current.level) / b.rate * float64(time.Second))
}

// forget drops full buckets, which are as good as none, and if there are none, any half.
func (b *buckets) forget(now time.Time) {
	maps.DeleteFunc(b.of, func(key string, _ bucket) bool { return b.filled(key, now).level >= b.burst })
	if len(b.of) < mostKeys {
		return
	}
	n := 0
	maps.DeleteFunc(b.of, func(string, bucket) bool { n++; return n%2 == 0 })
}
