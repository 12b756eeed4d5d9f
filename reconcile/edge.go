package reconcile

import "scimbridge/models"

// Ends are what an edge's merge needs of its group and its member.
type Ends struct {
	Group         models.End
	Member        models.End
	PushMembersAt models.Instant // push's last complete list of the group
	PullMembersAt models.Instant // the pull's last look that found the list changed
}

// verdict is one path's effective word on an edge, and when it counts.
type verdict struct {
	in bool
	at models.Instant // 0: the path has no word
}

func (v verdict) later(in bool, at models.Instant) verdict {
	if at > v.at {
		return verdict{in, at}
	}
	return v
}

// MergeEdge is the rule for one direct edge: the later look wins, push at a tie.
//
// A path looks at an edge by naming it, by a complete list of the group (as far as it
// can know the member: push those for which it vouches, the pull those it last saw as
// "exists"), and by saying that either end is gone. Out of scope hides the pull's words.
func MergeEdge(m models.Membership, ends Ends, r Rules) models.Membership {
	push, pull := pushVerdict(m, ends), pullVerdict(m, ends, r)
	switch {
	case push.at == 0:
		m.Present = pull.in
	case pull.at == 0:
		m.Present = push.in
	case pull.at > push.at:
		m.Present = pull.in
	default:
		m.Present = push.in
	}
	return m
}

func pushVerdict(m models.Membership, ends Ends) verdict {
	var v verdict
	if m.PushSays != models.Unsaid {
		v = verdict{m.PushSays == models.In, m.PushAt}
	}
	if ends.Member.PushSays.Vouches() {
		v = v.later(false, ends.PushMembersAt)
	}
	return v.later(false, ends.Group.PushGoneAt).later(false, ends.Member.PushGoneAt)
}

func pullVerdict(m models.Membership, ends Ends, r Rules) verdict {
	if ends.Group.PullSays == models.OutOfScope || ends.Member.PullSays == models.OutOfScope {
		return verdict{}
	}
	// A look at the edge itself, and the looks at the list that stand for it: what a
	// completed round did not mention stands as the pull last saw it.
	var v verdict
	in := m.PullSays == models.In
	if m.PullSays != models.Unsaid {
		v = verdict{in, models.Look{At: m.PullAt, Direct: m.PullDirect}.Counts(r.settle())}
	}
	if ends.Group.PullSays == models.Exists && ends.Member.PullSays == models.Exists {
		if list := max(ends.PullMembersAt, r.RoundAt); list > 0 && list >= ends.Member.PullSince && list >= ends.Group.PullSince {
			v = v.later(in, models.Look{At: list}.Counts(r.settle()))
		}
	}
	return v.later(false, ends.Group.PullGoneAt).later(false, ends.Member.PullGoneAt)
}

// HearPushEdge records that push put a member in or took it out.
func HearPushEdge(m models.Membership, says models.Said, at models.Instant) models.Membership {
	if at >= m.PushAt {
		m.PushSays, m.PushAt = says, at
	}
	return m
}

// HearPullEdge records a look of the pull at one edge. A late look changes nothing.
func HearPullEdge(m models.Membership, says models.Said, look models.Look) models.Membership {
	if look.At < m.PullAt {
		return m
	}
	if m.PullSays != says || look.Direct != m.PullDirect {
		m.PullSays, m.PullAt, m.PullDirect = says, look.At, look.Direct
	}
	return m
}

// EdgeStep is what must change for one edge.
type EdgeStep struct {
	Before *models.Membership // nil for an edge never heard of
	After  models.Membership
}

// Changed tells whether the edge's row must be written.
func (s EdgeStep) Changed() bool {
	if s.Before == nil {
		return s.After.Present || s.After.PushSays != models.Unsaid || s.After.PullSays != models.Unsaid
	}
	return *s.Before != s.After
}

// Added and Ended tell what the step does to the merged word.
func (s EdgeStep) Added() bool { return s.After.Present && (s.Before == nil || !s.Before.Present) }

// Ended tells whether the step takes the edge away.
func (s EdgeStep) Ended() bool { return !s.After.Present && s.Before != nil && s.Before.Present }
