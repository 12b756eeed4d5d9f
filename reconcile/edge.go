package reconcile

import "scimbridge/models"

// Ends are what an edge's merge needs of its group and its member.
type Ends struct {
	Group         models.End
	Member        models.End
	PushMembersAt models.Instant // push's last complete list of the group
	PullMembersAt models.Instant // the pull's last look that found the list changed
}

// EndsOf pairs a group and a member.
func EndsOf(group, member models.End) Ends {
	return Ends{Group: group, Member: member, PushMembersAt: group.PushMembersAt, PullMembersAt: group.PullMembersAt}
}

// goneAt is the last look that found either end gone: it ends what an admin had said of
// the edge before.
func (e Ends) goneAt() models.Instant {
	return max(e.Group.PushGoneAt, e.Group.PullGoneAt, e.Member.PushGoneAt, e.Member.PullGoneAt)
}

// verdict is one path's effective word on an edge. A path's own looks are ordered by
// the time they were taken; only against the other path does settling count.
type verdict struct {
	said   bool
	in     bool
	at     models.Instant
	counts models.Instant
}

// later is the verdict after one more look; a look that never was changes nothing.
func (v verdict) later(in bool, look models.Look, r Rules) verdict {
	counts := look.Counts(r.settle())
	switch {
	case look.At == 0:
		return v
	case v.said && in == v.in:
		return verdict{true, in, max(v.at, look.At), max(v.counts, counts)}
	case !v.said || look.At > v.at:
		return verdict{true, in, look.At, counts}
	}
	return v
}

// MergeEdge is the rule for one direct edge: the later look wins, push at a tie.
//
// A path looks at an edge by naming it, by a complete list of the group (as far as it
// can know the member: push those for which it vouches, the pull those it last saw as
// "exists"), and by saying that either end is gone. Out of scope hides what the pull
// saw as "in"; it never makes an edge show that a path has ended.
func MergeEdge(m models.Membership, ends Ends, r Rules) models.Membership {
	if says := EdgeOverruled(m, ends); says != models.Unsaid {
		m.Present = says == models.In
		return m
	}
	push, pull := pushVerdict(m, ends, r), pullVerdict(m, ends, r)
	switch {
	case !push.said:
		m.Present = pull.in
	case !pull.said:
		m.Present = push.in
	case pull.counts > push.counts:
		m.Present = pull.in
	default:
		m.Present = push.in
	}
	return m
}

func pushVerdict(m models.Membership, ends Ends, r Rules) verdict {
	var v verdict
	if m.PushSays != models.Unsaid {
		v = v.later(m.PushSays == models.In, atOnce(m.PushAt), r)
	}
	// A list from before push knew the member says nothing of them, nor does one from
	// before its word on the edge was withdrawn.
	withdrawn := m.PushSays == models.Unsaid && m.PushAt >= ends.PushMembersAt
	if ends.Member.PushSays.Vouches() && ends.PushMembersAt >= ends.Member.PushSince && !withdrawn {
		v = v.later(false, atOnce(ends.PushMembersAt), r)
	}
	return v.later(false, atOnce(ends.Group.PushGoneAt), r).later(false, atOnce(ends.Member.PushGoneAt), r)
}

func pullVerdict(m models.Membership, ends Ends, r Rules) verdict {
	// A look at the edge itself, and the looks at the list that stand for it: what a
	// completed round did not mention stands as the pull last saw it.
	var v verdict
	in := m.PullSays == models.In
	if m.PullSays != models.Unsaid {
		v = v.later(in, models.Look{At: m.PullAt, Direct: m.PullDirect}, r)
	}
	if ends.Group.PullSays == models.Exists && ends.Member.PullSays == models.Exists {
		list := max(ends.PullMembersAt, r.RoundAt)
		withdrawn := m.PullSays == models.Unsaid && m.PullAt >= list
		if list >= ends.Member.PullSince && list >= ends.Group.PullSince && !withdrawn {
			v = v.later(in, models.Look{At: list}, r)
		}
	}
	v = v.later(false, atOnce(ends.Group.PullGoneAt), r).later(false, atOnce(ends.Member.PullGoneAt), r)
	if v.in && (ends.Group.PullSays == models.OutOfScope || ends.Member.PullSays == models.OutOfScope) {
		return verdict{}
	}
	return v
}

// atOnce is a look that settling does not set back.
func atOnce(at models.Instant) models.Look { return models.Look{At: at, Direct: true} }

// HearPushEdge records that push put a member in or took it out, never before push's
// previous word on it: of two requests the one recorded last was answered last.
func HearPushEdge(m models.Membership, says models.Said, at models.Instant) models.Membership {
	if m.PushSays != says {
		m.AdminSays = models.Unsaid
	}
	m.PushSays, m.PushAt = says, max(at, m.PushAt)
	return m
}

// HearPushList records that push gave the group's complete list, in which an edge is not.
// Its time is kept with the group; here it ends an admin's word if push had not said so
// before. before and after are the ends without and with the list.
func HearPushList(m models.Membership, before, after Ends) models.Membership {
	was, is := pushVerdict(m, before, Rules{}), pushVerdict(m, after, Rules{})
	if was.said != is.said || was.in != is.in {
		m.AdminSays = models.Unsaid
	}
	return m
}

// HearPullEdge records a look of the pull at one edge. A late look changes nothing. Nor
// does a list that finds the edge as it stands: its time is kept per group and per
// round. A read by id has no such place, and counts at once, so its time is kept here.
func HearPullEdge(m models.Membership, says models.Said, look models.Look) models.Membership {
	if look.At < m.PullAt {
		return m
	}
	if m.PullSays != says && look.At > m.AdminAt {
		m.AdminSays = models.Unsaid
	}
	if m.PullSays != says || look.Direct {
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
