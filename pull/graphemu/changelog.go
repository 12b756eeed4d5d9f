package graphemu

import (
	"slices"
	"sort"
)

// changelog is what delta reads: which objects changed, when, and in what. Users
// have one, groups have one.
//
// The entries of one object are chained, so that a round finds the last entry of
// an object within its window without a table of objects seen: delta requests
// keep no state in the emulator.
type changelog []entry

type entry struct {
	seq     uint64
	object  ref
	changed propertySet
	was     ref       // the manager before, where the manager changed
	before  lifecycle // the state before, where life changed
	prev    int32     // the object's entry before this one, or -1
	next    int32     // the object's entry after this one, or -1
}

// record appends what changed of an object.
func (l *changelog) record(o *object, e entry) {
	at := int32(len(*l))
	e.prev, e.next = o.lastEntry, -1
	if o.lastEntry >= 0 {
		(*l)[o.lastEntry].next = at
	}
	o.lastEntry = at
	*l = append(*l, e)
}

// window is the part of the log after since, up to and including upTo.
type window struct{ since, upTo uint64 }

// after returns the place of the first entry after seq.
func (l changelog) after(seq uint64) int {
	return sort.Search(len(l), func(i int) bool { return l[i].seq > seq })
}

// A change is all that a window holds about one object.
type change struct {
	changed propertySet
	// managers are who was the manager before each change, the latest first. Not
	// the first one alone: a reader that came by in between holds another.
	managers []ref
}

// lastIn tells whether entry i is the newest of its object in the window that
// touches the properties watched, and if so what the window holds about the
// object. Each object is therefore told once a round.
func (l changelog) lastIn(w window, i int, watched propertySet) (change, bool) {
	if l[i].changed&watched == 0 {
		return change{}, false
	}
	for j := l[i].next; j >= 0 && l[j].seq <= w.upTo; j = l[j].next {
		if l[j].changed&watched != 0 {
			return change{}, false
		}
	}
	c := change{}
	for j := int32(i); j >= 0 && l[j].seq > w.since; j = l[j].prev {
		c.changed |= l[j].changed
		if l[j].changed&managerChanged != 0 && l[j].was != noRef && !slices.Contains(c.managers, l[j].was) {
			c.managers = append(c.managers, l[j].was)
		}
	}
	return c, true
}

// stateAt tells in which state an object was when a change had been made.
func (l changelog) stateAt(o *object, seq uint64) lifecycle {
	state := o.state
	for j := o.lastEntry; j >= 0 && l[j].seq > seq; j = l[j].prev {
		if l[j].changed&lifeChanged != 0 {
			state = l[j].before
		}
	}
	return state
}
