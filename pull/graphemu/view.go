package graphemu

import "time"

// view is the directory as one part of Graph shows it. Directory writes are
// eventually consistent: lists and delta learn of a change at different times.
//
// Source: https://learn.microsoft.com/graph/delta-query-overview, "Replication delays".
type view struct {
	lag     time.Duration
	behind  *directory // nil while the view shows the truth
	pending []pendingChange
}

type pendingChange struct {
	mutation mutation
	at       time.Time
}

// SetLag makes lists and delta show changes only after a while, by the tenant's
// clock. What is read by id shows at once. Zero shows what is still pending.
func (t *Tenant) SetLag(lists, deltas time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lists.setLag(lists, t.truth)
	t.deltas.setLag(deltas, t.truth)
}

func (v *view) setLag(lag time.Duration, truth *directory) {
	v.lag = lag
	switch {
	case lag <= 0:
		v.behind, v.pending = nil, nil
	case v.behind == nil:
		v.behind = truth.clone()
	}
}

func (v *view) enqueue(m mutation, at time.Time) {
	if v.behind != nil {
		v.pending = append(v.pending, pendingChange{m, at})
	}
}

func (v *view) isDue(now time.Time) bool {
	return len(v.pending) > 0 && now.Sub(v.pending[0].at) >= v.lag
}

func (v *view) catchUp(now time.Time) {
	for v.isDue(now) {
		next := v.pending[0]
		v.pending = v.pending[1:]
		if err := v.behind.apply(next.mutation, next.at); err != nil {
			panic("graphemu: a change that held in the truth fails in a view: " + err.Error())
		}
	}
}

func (v *view) directory(truth *directory) *directory {
	if v.behind != nil {
		return v.behind
	}
	return truth
}

// read lets f read a view of the tenant as it is by now.
func (t *Tenant) read(v *view, f func(d *directory)) {
	t.catchUp(v)
	t.mu.RLock()
	defer t.mu.RUnlock()
	f(v.directory(t.truth))
}

func (t *Tenant) catchUp(v *view) {
	t.mu.RLock()
	due := v.isDue(t.now())
	t.mu.RUnlock()
	if !due {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	v.catchUp(t.now())
}
