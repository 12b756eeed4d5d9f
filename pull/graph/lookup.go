package graph

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// lookup is one kind of question that is asked for many keys, in batches.
type lookup struct {
	name   string
	needs  permission
	url    func(key string) string // relative to the version
	header header
}

// taker takes the answer to one key. An answer may come twice, when the rest of its
// batch is asked for anew.
type taker func(key string, f found) error

// found is an answer to one key. The body is valid until the taker returns.
type found struct {
	body   []byte
	sentAt time.Time
}

// objectURL asks for single objects; the keys are their ids.
func objectURL(before, after string) func(key string) string {
	return func(key string) string { return before + url.PathEscape(key) + after }
}

// object takes the object whose id is the key, and nothing else.
func object(take func(id string, s *scanner) error) taker {
	return func(key string, f found) error {
		is, err := idIn(f.body)
		if err != nil {
			return err
		}
		if is != key {
			return errForeignPart
		}
		s := &scanner{data: f.body}
		if err := take(key, s); err != nil {
			return err
		}
		return s.end()
	}
}

// lookUp asks for keys in batches, some at once. It returns the time of the earliest
// attempt that counts, and the keys of what Graph says it does not know, in their
// order.
func (c *client) lookUp(ctx context.Context, l lookup, keys []string, take taker) (time.Time, []string, error) {
	chunks := slices.Collect(slices.Chunk(keys, batchSize))
	batches := make([]*batch, len(chunks))
	var one sync.Mutex
	turns := func(key string, f found) error {
		one.Lock()
		defer one.Unlock()
		return take(key, f)
	}
	err := c.atOnce(ctx, len(chunks), func(ctx context.Context, i int) error {
		batches[i] = &batch{lookup: l, take: turns, pending: chunks[i]}
		_, err := batches[i].run(ctx, c)
		return err
	})
	if err != nil {
		return time.Time{}, nil, err
	}
	var first time.Time
	var missing []string
	for _, b := range batches {
		first = earlier(first, b.first)
		missing = append(missing, b.missing...)
	}
	return first, missing, nil
}

// earlier chooses the earlier time; zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// distinct are ids in lower case, each once, in order.
func distinct(ids []string) []string {
	lower := make([]string, len(ids))
	for i, id := range ids {
		lower[i] = strings.ToLower(id)
	}
	slices.Sort(lower)
	return slices.Compact(lower)
}
