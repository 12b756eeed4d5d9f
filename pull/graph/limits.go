package graph

import "time"

// Limits bound what one request and one run may cost. Zero values take the defaults.
type Limits struct {
	// Run is the time of all that one source reads; its caller's context may be shorter.
	Run time.Duration
	// Try is the time of one attempt, its body included.
	Try time.Duration
	// Tries is how often a passing fault (network, 5xx, half an answer) is met in a row
	// before a request is given up. Throttling does not count: it is an answer.
	Tries int
	// Patience is how long one request may wait in all, for Retry-After and back-off.
	Patience time.Duration
	// Parallel is how many requests one application may have in flight in one tenant.
	// Section 3.2: four to eight are ample.
	Parallel int
}

const (
	defaultRun      = 12 * time.Hour
	defaultTry      = 2 * time.Minute
	defaultTries    = 8 // about two minutes of back-off
	defaultPatience = 30 * time.Minute
	defaultParallel = 4

	// An admin who presses "test" waits for the answer.
	testRun      = time.Minute
	testTry      = 10 * time.Second
	testTries    = 2
	testPatience = 20 * time.Second
)

func (l Limits) withDefaults() Limits {
	if l.Run <= 0 {
		l.Run = defaultRun
	}
	if l.Try <= 0 {
		l.Try = defaultTry
	}
	if l.Tries <= 0 {
		l.Tries = defaultTries
	}
	if l.Patience <= 0 {
		l.Patience = defaultPatience
	}
	if l.Parallel <= 0 {
		l.Parallel = defaultParallel
	}
	return l
}

// forTest bounds l by what a connection test may take.
func (l Limits) forTest() Limits {
	l = l.withDefaults()
	l.Run = min(l.Run, testRun)
	l.Try = min(l.Try, testTry)
	l.Tries = min(l.Tries, testTries)
	l.Patience = min(l.Patience, testPatience)
	return l
}
