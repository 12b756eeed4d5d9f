package graphemu

import "slices"

// deltaPage is one page of a round while it is written. The objects come into a
// buffer of their own, for the link that precedes them depends on where they end.
type deltaPage struct {
	*call
	feed     feed
	round    *round
	dir      *directory
	dst      []byte // what came before the page
	values   []byte
	objects  int
	encoder  encoder
	hides    bool // members of hidden groups, from an application without Member.Read.Hidden
	over     bool // the round ends with this page
	entries  int  // of members@delta
	selected propertySet
}

// told is one object that a round comes by.
type told struct {
	object *object
	state  lifecycle
	change change
}

func newDeltaPage(c *call, f feed, r *round, d *directory, dst []byte) *deltaPage {
	p := &deltaPage{
		call: c, feed: f, round: r, dir: d, dst: dst, values: newBody(),
		selected: r.Select &^ noProperty,
		encoder:  encoder{sparse: true, blank: c.blank()},
		hides:    !c.may(readHidden),
	}
	if r.First && r.Page == 0 && r.At == 0 {
		p.strangers(c.bend.strangers)
	}
	return p
}

// strangers tells of objects that nobody ever saw: a first round may hold
// tombstones (microsoft-graph-docs-contrib #2005).
func (p *deltaPage) strangers(n int) {
	for i := range n {
		reason := "changed"
		if i%2 == 1 {
			reason = "deleted"
		}
		p.tombstone(p.emulator.newID(), reason)
	}
}

// resume is the place where the page goes on.
func (p *deltaPage) resume() int {
	if p.round.At > 0 {
		return p.round.At
	}
	return p.first()
}

// first is the place where a pass begins: the first object, or the first change
// of the window.
func (p *deltaPage) first() int {
	if p.round.First {
		return 0
	}
	return p.log().after(p.round.Since)
}

func (p *deltaPage) log() changelog {
	if p.feed.kind == TypeGroup {
		return p.dir.groupLog
	}
	return p.dir.userLog
}

// at returns the object at a place of the round, if there is anything to tell
// about it, and false at the end.
func (p *deltaPage) at(place int) (t told, tell, more bool) {
	d, r := p.dir, p.round
	if !r.First {
		return p.inLog(place)
	}
	everyone := d.users
	if p.feed.kind == TypeGroup {
		everyone = d.groups
	}
	if place >= len(everyone) {
		return told{}, false, false
	}
	o := d.objects[everyone[place]]
	t = told{object: o, state: p.state(o)}
	return t, t.state == living && p.inFilter(o), true
}

func (p *deltaPage) inLog(place int) (t told, tell, more bool) {
	log := p.log()
	if place >= len(log) || log[place].seq > p.round.UpTo {
		return told{}, false, false
	}
	change, last := log.lastIn(p.round.window(), place, p.watched())
	o := p.dir.objects[log[place].object]
	t = told{object: o, state: p.state(o), change: change}
	// Of someone who was in the bin already only life is news. Someone who went
	// there while the round is read gets a tombstone at once: to say nothing would
	// lose what else changed, if they came back before the next round.
	silent := change.changed&lifeChanged == 0 && log.stateAt(o, p.round.UpTo) != living
	return t, last && !silent && p.inFilter(o), true
}

// state is the state in which the round tells of an object. A group comes by
// several times: it is told as it was when the round began, or one that goes to
// the bin and back meanwhile would lose the slices of the time in between.
func (p *deltaPage) state(o *object) lifecycle {
	if o.kind == TypeGroup {
		return p.log().stateAt(o, p.round.UpTo)
	}
	return o.state
}

// watched are the changes that make an object part of the round. A change of a
// property outside $select does not.
func (p *deltaPage) watched() propertySet {
	watched := p.round.Select | lifeChanged
	if p.config.RestoreTellsMemberships && watched&membersChanged != 0 {
		watched |= memberRestored
	}
	return watched
}

func (p *deltaPage) inFilter(o *object) bool {
	return p.round.IDs == nil || slices.Contains(p.round.IDs, o.id)
}

// twice repeats what f writes when a fault asks for it: the same object may come
// several times, in one page too.
func (p *deltaPage) twice(f func()) {
	f()
	if p.bend.duplicate {
		f()
	}
}

func (p *deltaPage) separate() {
	if p.objects > 0 {
		p.values = append(p.values, ',')
	}
	p.objects++
}

func (p *deltaPage) tombstone(id, reason string) {
	p.separate()
	p.values = append(p.values, `{"id":"`...)
	p.values = append(p.values, id...)
	p.values = append(p.values, `","@removed":{"reason":"`...)
	p.values = append(p.values, reason...)
	p.values = append(p.values, `"}}`...)
}

// gone tells of a removed object, if it is one: "changed" can be restored,
// "deleted" cannot.
func (p *deltaPage) gone(t told) bool {
	switch t.state {
	case softDeleted:
		p.tombstone(t.object.id, "changed")
	case purged:
		p.tombstone(t.object.id, "deleted")
	}
	return t.state != living
}

// openObject appends the selected properties of an object, whole, or with
// "Prefer: return=minimal" only what changed.
func (p *deltaPage) openObject(t told) {
	p.separate()
	set := p.selected
	if p.round.Minimal && t.change.changed&lifeChanged == 0 {
		set &= t.change.changed | 1 // and the id
	}
	if p.feed.kind == TypeUser {
		p.encoder.selected.user = set
	} else {
		p.encoder.selected.group = set
	}
	p.values = p.encoder.openObject(p.values, t.object)
}

func (p *deltaPage) appendRemovedReference(o *object) {
	p.values = append(appendReference(p.values, o), `,"@removed":{"reason":"deleted"}}`...)
}

// finish puts the page together. Exactly one of the two links is on it.
func (p *deltaPage) finish() []byte {
	dst := append(p.dst, `{"@odata.context":`...)
	dst = appendString(dst, p.origin+"/v1.0/$metadata#"+p.feed.name)
	if p.over {
		dst = appendString(append(dst, `,"@odata.deltaLink":`...), p.deltaLink(*p.round))
	} else {
		dst = appendString(append(dst, `,"@odata.nextLink":`...), p.restOf(*p.round))
	}
	dst = append(dst, `,"value":[`...)
	dst = append(dst, p.values...)
	bodies.Put(&p.values)
	return append(dst, "]}"...)
}
