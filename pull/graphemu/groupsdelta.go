package graphemu

// groupsDelta is GET /groups/delta.
//
// Source: https://learn.microsoft.com/graph/api/group-delta and
// https://learn.microsoft.com/graph/delta-query-groups
func groupsDelta(c *call) (*answer, error) {
	return c.delta(groupsFeed, func(p *deltaPage) { p.groups() })
}

// groups writes a page that is bounded by member entries. A group with more
// members than a slice holds comes again, with the next slice, once all other
// groups have come: clients must not believe that its slices are neighbours.
func (p *deltaPage) groups() {
	place := p.resume()
	for {
		t, tell, more := p.at(place)
		if !more {
			if !p.round.More {
				p.over = true
				return
			}
			p.round.Pass, p.round.More, place = p.round.Pass+1, false, p.first()
			continue
		}
		if tell && !p.group(t) {
			p.round.At = place
			return
		}
		place++
	}
}

// group tells of one group in this pass, or returns false if the page is full.
func (p *deltaPage) group(t told) bool {
	slice, rest := p.slice(t)
	if p.round.Pass > 0 && len(slice) == 0 {
		p.round.More = p.round.More || rest
		return true
	}
	full := p.objects >= p.config.GroupsPerDeltaPage || p.entries+len(slice) > p.config.MembersPerDeltaPage
	if full && p.objects > 0 {
		return false
	}
	p.round.More = p.round.More || rest
	p.entries += len(slice)
	p.twice(func() {
		if p.gone(t) {
			return
		}
		p.openObject(t)
		p.members(slice)
		p.values = append(p.values, '}')
	})
	return true
}

// slice returns the part of a group's edges that this pass tells, and whether
// there are more. Slices are cut from a sequence that only grows while a round
// is read, so that a change in between repeats edges and never skips one: in a
// first round all edges, ended ones included; later those that changed.
func (p *deltaPage) slice(t told) (slice []edge, rest bool) {
	tells := p.round.Select&membersChanged != 0 && t.state == living
	switch {
	case !tells, p.hides && t.object.group.Hidden():
		return nil, false
	case p.round.First:
		slice, rest = cutSlice(t.object.members, p.round.Pass, p.config.MembersPerSlice)
	case t.change.changed&(membersChanged|memberRestored) != 0:
		slice, rest = cutSlice(p.changedEdges(t.object), p.round.Pass, p.config.MembersPerSlice)
	}
	return p.tellable(slice), rest
}

func cutSlice(edges []edge, pass, size int) (slice []edge, rest bool) {
	start := min(pass*size, len(edges))
	end := min(start+size, len(edges))
	return edges[start:end], end < len(edges)
}

func (p *deltaPage) changedEdges(group *object) []edge {
	var changed []edge
	for _, e := range group.members {
		if e.changed > p.round.Since || p.isRetold(e) {
			changed = append(changed, e)
		}
	}
	return changed
}

// isRetold tells whether an edge is news because its member came back.
func (p *deltaPage) isRetold(e edge) bool {
	return p.config.RestoreTellsMemberships && !e.ended && p.dir.objects[e.member].restored > p.round.Since
}

// tellable leaves out of a slice what the round does not mention: in a first
// round edges that ended, and as configured members in the bin.
func (p *deltaPage) tellable(slice []edge) []edge {
	for i, e := range slice {
		if p.unmentioned(e) {
			kept := append([]edge(nil), slice[:i]...)
			for _, e := range slice[i:] {
				if !p.unmentioned(e) {
					kept = append(kept, e)
				}
			}
			return kept
		}
	}
	return slice
}

func (p *deltaPage) unmentioned(e edge) bool {
	if e.ended {
		return p.round.First
	}
	return p.config.RestoreTellsMemberships && p.dir.objects[e.member].state == softDeleted
}

// members appends members@delta, unless there is nothing to say.
func (p *deltaPage) members(slice []edge) {
	if len(slice) == 0 {
		return
	}
	p.values = append(p.values, `,"members@delta":[`...)
	for i, e := range slice {
		if i > 0 {
			p.values = append(p.values, ',')
		}
		if o := p.dir.objects[e.member]; e.ended {
			p.appendRemovedReference(o)
		} else {
			p.values = append(appendReference(p.values, o), '}')
		}
	}
	p.values = append(p.values, ']')
}
