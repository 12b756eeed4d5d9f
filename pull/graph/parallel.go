package graph

import (
	"context"
	"sync"
)

// atOnce calls f for 0 to n-1, as many at a time as the gate lets through, and ends
// with the first error. What is under way then is stopped.
func (c *client) atOnce(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	if n == 1 {
		return f(ctx, 0)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var failed error
	var once sync.Once
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(n, c.limits.Parallel) {
		workers.Go(func() {
			for i := range next {
				if err := f(ctx, i); err != nil {
					once.Do(func() { failed = err; stop() })
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	if failed == nil && ctx.Err() != nil {
		return ended(ctx, nil)
	}
	return failed
}
