package graphemu

import (
	"slices"
	"strings"
	"sync"
)

// Fault is something that goes wrong: what, on which requests, how often.
type Fault struct {
	// Route is a route's pattern, such as "GET /users/delta", or the beginning of
	// one with a star: "GET /groups*". "" is every request to Graph, not to the
	// sign-in. The patterns are those of the route table and of the meter.
	Route string
	// Page narrows the fault to a kind of page.
	Page PageKind
	// After lets so many matching requests pass first.
	After int
	// Every makes the fault strike each Nth matching request only.
	Every int
	// Times is how often the fault strikes; 0 is without end.
	Times int
	// Effect is what happens.
	Effect Effect
}

// PageKind tells the requests of a listing apart.
type PageKind int

// Kinds of page.
const (
	AnyPage   PageKind = iota
	FirstPage          // neither $skiptoken nor $deltatoken
	NextPage           // by @odata.nextLink
	DeltaLink          // by @odata.deltaLink: the first page of a later round
)

// Inject adds a fault and returns a function that takes it back. Of several
// faults that match a request, the oldest strikes. A fault that can never strike,
// for there is no such route, is a mistake in a test, and Inject panics.
func (e *Emulator) Inject(f Fault) (remove func()) {
	if !slices.ContainsFunc(e.routes, func(r *route) bool { return f.names(r) }) {
		panic("graphemu: no route is named " + f.Route)
	}
	return e.faults.add(f)
}

// names tells whether a fault is about a route.
func (f Fault) names(r *route) bool {
	if f.Route == "" {
		return r.graph
	}
	if prefix, open := strings.CutSuffix(f.Route, "*"); open {
		return strings.HasPrefix(r.pattern, prefix)
	}
	return r.pattern == f.Route
}

// ClearFaults takes all faults back.
func (e *Emulator) ClearFaults() { e.faults.clear() }

type faultList struct {
	mu     sync.Mutex
	active []*activeFault
}

type activeFault struct {
	Fault
	seen, struck int
}

func (l *faultList) add(f Fault) (remove func()) {
	added := &activeFault{Fault: f}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active = append(l.active, added)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.active = slices.DeleteFunc(l.active, func(f *activeFault) bool { return f == added })
	}
}

func (l *faultList) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active = nil
}

// around answers a call, through the effect of the fault that strikes it.
func (l *faultList) around(c *call, next func() *answer) *answer {
	if effect := l.strike(c); effect != nil {
		return effect(c, next)
	}
	return next()
}

func (l *faultList) strike(c *call) Effect {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.active {
		if f.matches(c) && f.isDue() {
			f.struck++
			return f.Effect
		}
	}
	return nil
}

func (f *activeFault) matches(c *call) bool {
	if f.Page != AnyPage && f.Page != c.pageKind() {
		return false
	}
	if c.route == nil {
		return f.Route == ""
	}
	return f.names(c.route)
}

// isDue counts a matching request and tells whether it is one to strike.
func (f *activeFault) isDue() bool {
	if f.Times > 0 && f.struck >= f.Times {
		return false
	}
	f.seen++
	n := f.seen - f.After
	return n > 0 && (f.Every <= 1 || n%f.Every == 0)
}

func (c *call) pattern() string {
	if c.route == nil {
		return "unknown"
	}
	return c.route.pattern
}

func (c *call) pageKind() PageKind {
	switch {
	case c.query.get("skiptoken") != "":
		return NextPage
	case c.query.get("deltatoken") != "" && c.query.get("deltatoken") != "latest":
		return DeltaLink
	}
	return FirstPage
}
