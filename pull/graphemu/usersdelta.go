package graphemu

import "slices"

// usersDelta is GET /users/delta.
//
// Source: https://learn.microsoft.com/graph/api/user-delta
func usersDelta(c *call) (*answer, error) {
	return c.delta(usersFeed, func(p *deltaPage) { p.users(c.config.UsersPerDeltaPage) })
}

func (p *deltaPage) users(most int) {
	place := p.resume()
	for {
		t, tell, more := p.at(place)
		if !more {
			p.over = true
			return
		}
		if tell {
			if most == 0 {
				p.round.At = place
				return
			}
			most--
			p.twice(func() { p.user(t) })
		}
		place++
	}
}

func (p *deltaPage) user(t told) {
	if p.gone(t) {
		return
	}
	p.openObject(t)
	p.manager(t)
	p.values = append(p.values, '}')
}

// manager appends manager@delta: in a first round who the manager is, later only
// a change. Someone restored is told without a manager, as groups are without
// members; whether Graph repeats either is documented nowhere.
func (p *deltaPage) manager(t told) {
	if p.round.Select&managerChanged == 0 || (!p.round.First && t.change.changed&managerChanged == 0) {
		return
	}
	now := t.object.manager
	var left []ref
	if now == noRef || p.config.TellOldManager {
		left = slices.DeleteFunc(slices.Clone(t.change.managers), func(m ref) bool { return m == now })
	}
	if now == noRef && len(left) == 0 {
		return
	}
	p.values = append(p.values, `,"manager@delta":[`...)
	for _, m := range left {
		p.appendRemovedReference(p.dir.objects[m])
		p.values = append(p.values, ',')
	}
	if now != noRef {
		p.values = append(appendReference(p.values, p.dir.objects[now]), '}')
	}
	p.values = append(trimComma(p.values), ']')
}
