package reconcile

import (
	"maps"
	"slices"

	"scimbridge/models"
)

// Ending a path withdraws what it vouches for: existence, edges, values. What it has
// denied (gone, out of a group, inactive) stands until the other path speaks of it
// again, so that nobody gets in by the end of a path (docs/decisions/008).

// EndUser withdraws a path's words on a user.
func EndUser(u models.User, path models.Path) models.User {
	no := false
	if path == models.Push {
		if u.PushSays == models.Gone || u.PushActive != nil && !*u.PushActive {
			u.PushActive = &no
			u.PullHash = 0 // the next round hears the reading anew, and decides
		} else {
			u.PushActive = nil
		}
	} else if u.PullSays == models.SoftDeleted || u.PullEnabled != nil && !*u.PullEnabled {
		u.PullEnabled = &no
	} else {
		u.PullEnabled = nil
	}
	endStanding(&u.Standing, path)
	return u
}

// EndGroup withdraws a path's words on a group.
func EndGroup(g models.Group, path models.Path) models.Group {
	endStanding(&g.Standing, path)
	if path == models.Pull {
		g.PullMembersAt, g.PullMembersHash = 0, 0
	}
	return g
}

// endStanding keeps the values of a record that nobody else vouches for: its tombstone
// says whose it was. The other path's next word drops them.
func endStanding(s *models.Standing, path models.Path) {
	s.HeldValues = nil
	if path == models.Push {
		if s.PullSays.Vouches() {
			s.PushWords = nil
		}
		s.PushSays, s.PushSince, s.PushAt = models.Unheard, 0, 0
		return
	}
	if s.PushSays.Vouches() {
		s.PullWords = nil
	}
	s.PullHash = 0
	if s.PullSays != models.Gone {
		s.PullSays, s.PullSince, s.PullAt, s.PullDirectAt = models.Unheard, 0, 0, 0
	}
}

// EndEdge withdraws a path's word on an edge at a time.
func EndEdge(m models.Membership, path models.Path, ends Ends, r Rules, at models.Instant) models.Membership {
	m = DenyEdge(m, path, ends, r, at)
	switch {
	case path == models.Push && m.PushSays == models.In:
		m.PushSays, m.PushAt = models.Unsaid, at
	case path == models.Pull && m.PullSays == models.In:
		m.PullSays, m.PullAt, m.PullDirect = models.Unsaid, at, false
	}
	return m
}

// DenyEdge has an edge say for itself what a path has denied by what it said of the
// edge's ends: by a list that did not show it, above all. The ends forget that.
func DenyEdge(m models.Membership, path models.Path, ends Ends, r Rules, _ models.Instant) models.Membership {
	if path == models.Push {
		if v := pushVerdict(m, ends, r); v.said && !v.in && m.PullSays == models.In {
			m.PushSays, m.PushAt = models.Out, v.at
		}
		return m
	}
	if v := pullVerdict(m, ends, r); v.said && !v.in && m.PushSays == models.In {
		m.PullSays, m.PullAt, m.PullDirect = models.Out, v.at, v.counts == v.at
	}
	return m
}

// LostValues names the attributes of a living user that a step takes away.
func LostValues(s UserStep) []string {
	if s.Before == nil || !s.Before.Living || !s.After.Living {
		return nil
	}
	lost := make(map[string]bool)
	for _, leaf := range models.Flatten(s.Before.Attributes) {
		lost[leaf.Path] = true
	}
	for _, leaf := range models.Flatten(s.After.Attributes) {
		delete(lost, leaf.Path)
	}
	if s.Before.ManagerID+s.Before.ManagerObjectID != "" && s.After.ManagerID+s.After.ManagerObjectID == "" {
		lost[models.ManagerPath] = true
	}
	return slices.Sorted(maps.Keys(lost))
}
