package reconcile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
)

// edge is what has been heard of one edge and of its two ends.
type edge struct {
	row           models.Membership
	group, member models.Standing
	pushMembersAt models.Instant
	pullMembersAt models.Instant
}

type edgeWord func(*edge)

func (e *edge) merged(r Rules) models.Membership { return MergeEdge(e.row, e.ends(), r) }

func (e *edge) ends() Ends {
	group := models.Group{ID: "g", Standing: e.group, PushMembersAt: e.pushMembersAt, PullMembersAt: e.pullMembersAt}
	member := models.User{ID: "ann", Standing: e.member}
	return EndsOf(group.End(), member.End())
}

func heardOfEdge(words ...edgeWord) *edge {
	e := &edge{row: models.Membership{DirectoryID: "d", GroupID: "g", MemberID: "ann", MemberKind: models.UserMember}}
	for _, word := range words {
		word(e)
	}
	return e
}

func pushIn(n int) edgeWord {
	return func(e *edge) { e.row = HearPushEdge(e.row, models.In, minute(n)) }
}
func pushOut(n int) edgeWord {
	return func(e *edge) { e.row = HearPushEdge(e.row, models.Out, minute(n)) }
}
func pullIn(look models.Look) edgeWord {
	return func(e *edge) { e.row = HearPullEdge(e.row, models.In, look) }
}

func pullOut(look models.Look) edgeWord {
	return func(e *edge) { e.row = HearPullEdge(e.row, models.Out, look) }
}

// pushList and pullList are complete lists that do not name the member.
func pushList(n int) edgeWord {
	return func(e *edge) {
		before := e.ends()
		e.pushMembersAt = minute(n)
		e.row = HearPushList(e.row, before, e.ends())
	}
}
func pullList(n int) edgeWord { return func(e *edge) { e.pullMembersAt = minute(n) } }

func pushKnowsMember(n int) edgeWord {
	return func(e *edge) { hearPush(&e.member, PushSaid{Whole: true}, minute(n)) }
}
func pushKnowsGroup(n int) edgeWord {
	return func(e *edge) { hearPush(&e.group, PushSaid{Whole: true}, minute(n)) }
}
func pushDeletesMember(n int) edgeWord { return func(e *edge) { HearPushGone(&e.member, minute(n)) } }
func pushDeletesGroup(n int) edgeWord  { return func(e *edge) { HearPushGone(&e.group, minute(n)) } }

func adminSays(says models.Said, n int) edgeWord {
	return func(e *edge) { e.row = OverruleEdge(e.row, says, minute(n)) }
}

func member(existence models.Existence, look models.Look) edgeWord {
	return func(e *edge) { hearPull(&e.member, annID, existence, look) }
}

func group(existence models.Existence, look models.Look) edgeWord {
	return func(e *edge) { hearPull(&e.group, bobID, existence, look) }
}

func both(n int) edgeWord {
	return func(e *edge) {
		group(models.Exists, listAt(n))(e)
		member(models.Exists, listAt(n))(e)
	}
}

func TestEdges(t *testing.T) {
	known := both(-300)
	pushKnows := func(e *edge) { pushKnowsGroup(-300)(e); pushKnowsMember(-300)(e) }
	for name, tc := range map[string]struct {
		words []edgeWord
		round int // 0: none
		want  bool
	}{
		"nobody has spoken":        {},
		"push puts the member in":  {words: []edgeWord{pushIn(0)}, want: true},
		"the pull finds it":        {words: []edgeWord{known, pullIn(listAt(0))}, want: true},
		"push takes it out again":  {words: []edgeWord{pushIn(0), pushOut(1)}},
		"the pull finds it ended":  {words: []edgeWord{known, pullIn(listAt(0)), pullOut(listAt(1))}},
		"both put it in":           {words: []edgeWord{known, pushIn(0), pullIn(listAt(1))}, want: true},
		"a push after a pull wins": {words: []edgeWord{known, pullIn(listAt(0)), pushOut(1)}},

		"a list that has settled wins over push":       {words: []edgeWord{known, pullIn(listAt(31)), pushOut(0)}, want: true},
		"a list that has not settled does not":         {words: []edgeWord{known, pullIn(listAt(29)), pushOut(0)}},
		"a list settles at the time of a push":         {words: []edgeWord{known, pullIn(listAt(30)), pushOut(0)}},
		"a read by id counts at once":                  {words: []edgeWord{known, pullIn(readAt(1)), pushOut(0)}, want: true},
		"a read by id at the time of a push":           {words: []edgeWord{known, pullIn(readAt(0)), pushOut(0)}},
		"a read by id finds what it found before":      {words: []edgeWord{known, pullIn(readAt(-9)), pushOut(0), pullIn(readAt(1))}, want: true},
		"a read by id, then push, then the same list":  {words: []edgeWord{known, pullIn(readAt(1)), pullIn(listAt(9)), pushOut(0)}, want: true},
		"a read by id says it has ended, push put it":  {words: []edgeWord{known, pushIn(0), pullOut(readAt(1))}},
		"a late page does not undo a read by id":       {words: []edgeWord{known, pullIn(readAt(5)), pullOut(listAt(4))}, want: true},
		"nor one that found what had been found":       {words: []edgeWord{known, pullIn(listAt(0)), pullIn(readAt(5)), pullOut(listAt(4))}, want: true},
		"a push recorded late is never before another": {words: []edgeWord{pushOut(5), pushIn(4)}, want: true},

		"a list of push without a member that it knows":          {words: []edgeWord{known, pushKnows, pullIn(listAt(0)), pushList(1)}},
		"a list of push without a member that only the pull has": {words: []edgeWord{known, pushKnowsGroup(-300), pullIn(listAt(0)), pushList(1)}, want: true},
		"a list of push from before it knew the member":          {words: []edgeWord{known, pushKnowsGroup(-300), pullIn(listAt(0)), pushList(1), pushKnowsMember(5)}, want: true},
		"a list of push that names the member":                   {words: []edgeWord{known, pushKnows, pullIn(listAt(0)), pushIn(1), pushList(1)}, want: true},
		"a list of push, and the pull finds the edge later":      {words: []edgeWord{known, pushKnows, pushIn(0), pushList(1), pullIn(listAt(32))}, want: true},
		"a list of push, and a page sent before, recorded after": {words: []edgeWord{known, pushKnows, pushList(1), pullIn(listAt(0))}},

		"a list of the pull without the member":                     {words: []edgeWord{known, pushIn(0), pullList(31)}},
		"a list of the pull that has not settled":                   {words: []edgeWord{known, pushIn(0), pullList(30)}, want: true},
		"a list of the pull without a member that it does not know": {words: []edgeWord{group(models.Exists, listAt(-300)), pushIn(0), pullList(90)}, want: true},
		"a list of the pull without one that it saw soft-deleted":   {words: []edgeWord{known, pushIn(0), member(models.SoftDeleted, readAt(1)), pullList(90)}, want: true},
		"a list of the pull from before it knew the member":         {words: []edgeWord{group(models.Exists, listAt(-300)), pushIn(-60), pullList(0), member(models.Exists, readAt(5))}, want: true},
		"a list of the pull of a group that it does not know":       {words: []edgeWord{member(models.Exists, listAt(-300)), pushIn(0), pullList(90)}, want: true},
		"a list says In again, push had taken it out in between":    {words: []edgeWord{known, pullIn(listAt(-60)), pushOut(0), pullIn(listAt(31)), pullList(31)}, want: true},

		"a round is a look at what it does not mention: in":  {words: []edgeWord{known, pullIn(listAt(-60)), pushOut(0)}, round: 31, want: true},
		"a round is a look at what it does not mention: out": {words: []edgeWord{known, pushIn(0)}, round: 31},
		"a round that has not settled":                       {words: []edgeWord{known, pushIn(0)}, round: 30, want: true},
		"a round from before the pull knew the member":       {words: []edgeWord{group(models.Exists, listAt(-300)), pushIn(-60), member(models.Exists, readAt(9))}, round: 5, want: true},

		"a tombstone of the member ends what both said":  {words: []edgeWord{known, pushIn(0), pullIn(listAt(0)), member(models.Gone, readAt(1))}},
		"a tombstone of the group ends what both said":   {words: []edgeWord{known, pushIn(0), pullIn(listAt(0)), group(models.Gone, readAt(1))}},
		"a DELETE of the member ends what both said":     {words: []edgeWord{known, pushIn(0), pullIn(listAt(0)), pushDeletesMember(1)}},
		"a DELETE of the group ends what both said":      {words: []edgeWord{known, pushIn(0), pullIn(listAt(0)), pushDeletesGroup(1)}},
		"a DELETE, then a list that has settled":         {words: []edgeWord{known, pushIn(-9), pushDeletesGroup(0), pullIn(listAt(31))}, want: true},
		"a DELETE, a POST, and the member put in again":  {words: []edgeWord{pushKnows, pushIn(-9), pushDeletesMember(0), pushKnowsMember(1), pushIn(2)}, want: true},
		"a DELETE and a POST alone bring no edge back":   {words: []edgeWord{pushKnows, pushIn(-9), pushDeletesMember(0), pushKnowsMember(1)}},
		"a tombstone, and push puts the member in later": {words: []edgeWord{known, pullIn(listAt(0)), member(models.Gone, readAt(1)), pushIn(2)}, want: true},
		"gone, found again, and found in the list again": {words: []edgeWord{known, pullIn(listAt(-9)), member(models.Gone, readAt(0)), member(models.Exists, listAt(1)), pullIn(listAt(2)), pullList(2)}, want: true},
		"gone, found again by id with the group":         {words: []edgeWord{known, pullIn(readAt(-9)), member(models.Gone, readAt(0)), member(models.Exists, readAt(1)), pullIn(readAt(1))}, want: true},
		"gone, found again, not yet in a list":           {words: []edgeWord{known, pullIn(listAt(-9)), member(models.Gone, readAt(0)), member(models.Exists, readAt(1))}},

		"an admin puts in whom push has taken out":                   {words: []edgeWord{known, pushKnows, pushOut(0), adminSays(models.In, 1)}, want: true},
		"an admin takes out whom the pull finds":                     {words: []edgeWord{known, pullIn(listAt(0)), adminSays(models.Out, 1)}},
		"an admin's word, and push says the same again":              {words: []edgeWord{known, pushKnows, pushOut(0), adminSays(models.In, 1), pushOut(2)}, want: true},
		"an admin's word, and push gives the same list again":        {words: []edgeWord{known, pushKnows, pushIn(0), pushList(1), adminSays(models.In, 2), pushList(3)}, want: true},
		"an admin's word, and push says something different":         {words: []edgeWord{known, pushKnows, pushIn(0), adminSays(models.Out, 1), pushOut(2), pushIn(3)}, want: true},
		"an admin's word, and push gives another list":               {words: []edgeWord{known, pushKnows, pushIn(0), pullOut(readAt(1)), adminSays(models.In, 2), pushList(3)}},
		"an admin's word, and the pull says the same again":          {words: []edgeWord{known, pullIn(listAt(0)), adminSays(models.Out, 1), pullIn(readAt(2))}},
		"an admin's word, and the pull says something different":     {words: []edgeWord{known, pullIn(listAt(0)), adminSays(models.Out, 1), pullOut(listAt(2)), pullIn(listAt(3))}, want: true},
		"an admin's word, and a page from before it":                 {words: []edgeWord{known, pullIn(listAt(0)), pushIn(0), adminSays(models.In, 9), pullOut(listAt(5))}, want: true},
		"an admin's word ends with the member":                       {words: []edgeWord{known, pushKnows, pushOut(0), adminSays(models.In, 1), pushDeletesMember(2), pushKnowsMember(3)}},
		"an admin's word is withdrawn":                               {words: []edgeWord{known, pushKnows, pushOut(0), adminSays(models.In, 1), adminSays(models.Unsaid, 2)}},
		"soft deletion keeps the edge, which the end hides":          {words: []edgeWord{known, pullIn(listAt(0)), member(models.SoftDeleted, readAt(1))}, want: true},
		"out of scope hides what the pull found":                     {words: []edgeWord{known, pullIn(listAt(0)), member(models.OutOfScope, listAt(1))}},
		"out of scope of the group hides it too":                     {words: []edgeWord{known, pullIn(listAt(0)), group(models.OutOfScope, listAt(1))}},
		"out of scope leaves what push said":                         {words: []edgeWord{known, pushIn(-90), pullIn(listAt(0)), member(models.OutOfScope, listAt(1))}, want: true},
		"out of scope, and push had taken it out":                    {words: []edgeWord{known, pushOut(-90), pullIn(listAt(0)), member(models.OutOfScope, listAt(1))}},
		"out of scope does not bring back what the pull found ended": {words: []edgeWord{known, pushIn(-90), pullOut(listAt(0)), member(models.OutOfScope, listAt(1))}},
		"out of scope, and push puts the member in":                  {words: []edgeWord{known, pullOut(listAt(0)), member(models.OutOfScope, listAt(1)), pushIn(2)}, want: true},
		"out of scope is not covered by lists":                       {words: []edgeWord{known, pushIn(0), member(models.OutOfScope, listAt(1)), pullList(90)}, round: 90, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := rules
			if tc.round != 0 {
				r.RoundAt = minute(tc.round)
			}
			got := heardOfEdge(tc.words...).merged(r)
			if got.Present != tc.want {
				t.Errorf("present %v, want %v: %+v", got.Present, tc.want, got)
			}
			if again := heardOfEdge(tc.words...); again.merged(r) != got {
				t.Errorf("merged again: %+v", again.merged(r))
			}
		})
	}
}

func TestALookAtAnEdgeIsKeptOnlyWhereItIsNews(t *testing.T) {
	row := HearPullEdge(models.Membership{MemberID: "ann"}, models.In, listAt(0))
	want := models.Membership{MemberID: "ann", PullSays: models.In, PullAt: minute(0)}
	if diff := cmp.Diff(want, row); diff != "" {
		t.Errorf("first look differs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, HearPullEdge(row, models.In, listAt(60))); diff != "" {
		t.Errorf("a list that finds it again must not write the row (-want +got):\n%s", diff)
	}
	row = HearPullEdge(row, models.In, readAt(5))
	want.PullAt, want.PullDirect = minute(5), true
	if diff := cmp.Diff(want, row); diff != "" {
		t.Errorf("a read by id differs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, HearPullEdge(row, models.In, listAt(60))); diff != "" {
		t.Errorf("a list after a read by id (-want +got):\n%s", diff)
	}
	row = HearPushEdge(row, models.Out, minute(7))
	want.PushSays, want.PushAt = models.Out, minute(7)
	if diff := cmp.Diff(want, row); diff != "" {
		t.Errorf("a push differs (-want +got):\n%s", diff)
	}
}

func TestEdgeSteps(t *testing.T) {
	in := models.Membership{MemberID: "ann", PushSays: models.In, Present: true}
	out := models.Membership{MemberID: "ann", PushSays: models.Out}
	type what struct{ Changed, Added, Ended bool }
	for name, tc := range map[string]struct {
		step EdgeStep
		want what
	}{
		"a new edge":                  {EdgeStep{nil, in}, what{true, true, false}},
		"an edge that ends":           {EdgeStep{&in, out}, what{true, false, true}},
		"the same edge":               {EdgeStep{&in, in}, what{}},
		"a word against a new edge":   {EdgeStep{nil, out}, what{true, false, false}},
		"no word on no edge":          {EdgeStep{nil, models.Membership{MemberID: "ann"}}, what{}},
		"an edge that was kept ended": {EdgeStep{&out, in}, what{true, true, false}},
	} {
		if got := (what{tc.step.Changed(), tc.step.Added(), tc.step.Ended()}); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}
