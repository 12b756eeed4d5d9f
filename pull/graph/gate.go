package graph

import (
	"context"
	"sync"
	"time"
)

// gate stands before all requests of one application in one tenant. When one of them
// is told to wait, all wait: what is sent meanwhile still counts against the limit
// (section 3.2). It also bounds how many are under way.
type gate struct {
	slots chan struct{}

	mu    sync.Mutex
	until time.Time
}

func newGate(parallel int) *gate { return &gate{slots: make(chan struct{}, parallel)} }

// shut keeps the gate closed until then, or longer if it already was.
func (g *gate) shut(until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.until) {
		g.until = until
	}
}

func (g *gate) remaining(now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.until.Sub(now)
}

// enter takes a slot.
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) leave() { <-g.slots }
