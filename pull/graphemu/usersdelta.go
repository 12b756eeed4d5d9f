package graphemu

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
	if p.gone(t.object) {
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
	now, was := t.object.manager, t.change.wasManager
	told := p.round.Select&managerChanged != 0 && (p.round.First || t.change.changed&managerChanged != 0)
	if !told || (now == noRef && was == noRef) {
		return
	}
	p.values = append(p.values, `,"manager@delta":[`...)
	if was != noRef && was != now && (now == noRef || p.config.TellOldManager) {
		p.appendRemovedReference(p.dir.objects[was])
		if now != noRef {
			p.values = append(p.values, ',')
		}
	}
	if now != noRef {
		p.values = append(appendReference(p.values, p.dir.objects[now]), '}')
	}
	p.values = append(p.values, ']')
}
