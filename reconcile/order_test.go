package reconcile

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scimbridge/models"
)

// A timed word, and how it reads in a failing history.
type timed struct {
	at   int
	text string
	say  said
}

var titles = []any{"Clerk", "Pilot", nil}

func drawActive(t *rapid.T, label string) *bool {
	return rapid.SampledFrom([]*bool{nil, yes(), no()}).Draw(t, label)
}

func drawPush(t *rapid.T, at int) timed {
	title := rapid.SampledFrom(titles).Draw(t, "title")
	active := drawActive(t, "active")
	switch rapid.IntRange(0, 4).Draw(t, "push") {
	case 0:
		return timed{at, "DELETE", deleted(at)}
	case 1:
		return timed{at, fmt.Sprintf("PUT title %v, active %v", title, show(active)), pushedActive(at, active, values("title", title))}
	case 2:
		return timed{at, "PUT without title, active " + show(active), pushedActive(at, active, nil)}
	case 3:
		return timed{at, "PATCH active " + show(active), patchedActive(at, active)}
	}
	return timed{at, fmt.Sprintf("PATCH title %v", title), patched(at, values("title", title))}
}

// drawAdmin is a word of an admin. Like a push it is recorded when it is said: both lock
// the record. Whether one is refused depends on what the pull has said, and so is left out.
func drawAdmin(t *rapid.T, at int) timed {
	switch rapid.IntRange(0, 2).Draw(t, "admin") {
	case 0:
		says := rapid.SampledFrom([]models.Existence{models.Exists, models.Gone, models.Unheard}).Draw(t, "existence")
		return timed{at, fmt.Sprintf("admin: %q", says), overruled(says, at)}
	case 1:
		active := drawActive(t, "active")
		return timed{at, "admin: active " + show(active), overruledActive(at, active)}
	}
	if rapid.IntRange(0, 3).Draw(t, "withdraw") == 0 {
		return timed{at, "admin: title by the rule", func(u models.User) models.User { LeaveToRule(&u.Standing, "title"); return u }}
	}
	title := rapid.SampledFrom(titles).Draw(t, "title")
	return timed{at, fmt.Sprintf("admin: title %v", title), func(u models.User) models.User {
		overruleValue(&u.Standing, "title", title, minute(at))
		return u
	}}
}

func show(b *bool) string {
	if b == nil {
		return "unsaid"
	}
	return fmt.Sprint(*b)
}

func drawPull(t *rapid.T, at int) timed {
	look := models.Look{At: minute(at), Direct: rapid.Bool().Draw(t, "by id")}
	reading := models.SourceUser{
		Existence: rapid.SampledFrom([]models.Existence{models.Exists, models.Exists, models.Exists, models.SoftDeleted, models.OutOfScope, models.Gone}).Draw(t, "existence"),
	}
	if reading.Existence == models.Exists || reading.Existence == models.OutOfScope {
		enabled := rapid.Bool().Draw(t, "enabled")
		reading.Enabled = &enabled
		reading.Values = values("title", rapid.SampledFrom(titles).Draw(t, "title"))
	} else {
		look.Direct = true
	}
	return timed{at, fmt.Sprintf("pull says %s, enabled %s, %v, by id %v", reading.Existence, show(reading.Enabled), reading.Values, look.Direct), pulls(look, reading)}
}

func drawWords(t *rapid.T) (pushWords, pullWords []timed) {
	at := 0
	for range rapid.IntRange(1, 8).Draw(t, "words") {
		at += rapid.IntRange(1, 25).Draw(t, "minutes")
		switch rapid.IntRange(0, 4).Draw(t, "by") {
		case 0, 1:
			pushWords = append(pushWords, drawPush(t, at))
		case 2, 3:
			pullWords = append(pullWords, drawPull(t, at))
		case 4:
			pushWords = append(pushWords, drawAdmin(t, at))
		}
	}
	return pushWords, pullWords
}

func inOrder(words ...[]timed) []timed {
	all := slices.Concat(words...)
	slices.SortStableFunc(all, func(a, b timed) int { return a.at - b.at })
	return all
}

// delay records words of the pull later than they were sent, behind pushes that were
// received meanwhile. Each path's own words stay in order.
func delay(t *rapid.T, pushWords, pullWords []timed) []timed {
	var all []timed
	for len(pushWords) > 0 || len(pullWords) > 0 {
		pushNext := len(pullWords) == 0 || len(pushWords) > 0 && (pushWords[0].at < pullWords[0].at || rapid.Bool().Draw(t, "late"))
		if pushNext {
			all, pushWords = append(all, pushWords[0]), pushWords[1:]
		} else {
			all, pullWords = append(all, pullWords[0]), pullWords[1:]
		}
	}
	return all
}

func record1(words []timed) (u models.User, history []string) {
	// What the pull had said long before: tombstones speak of tied records only.
	u = heard(found(listAt(-600), nil))
	for _, w := range words {
		u = w.say(u)
		history = append(history, fmt.Sprintf("%d %s", w.at, w.text))
	}
	return u, history
}

func drawRules(t *rapid.T) Rules {
	r := Rules{Settle: settle}
	if rapid.Bool().Draw(t, "after a round") {
		r.RoundAt = minute(rapid.IntRange(0, 300).Draw(t, "round"))
	}
	return r
}

func TestWordsOfThePullMayBeRecordedLate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pushWords, pullWords := drawWords(t)
		r := drawRules(t)
		want, history := record1(inOrder(pushWords, pullWords))
		got, recorded := record1(delay(t, pushWords, pullWords))
		if diff := cmp.Diff(MergeUser(want, r), MergeUser(got, r)); diff != "" {
			t.Errorf("said:\n%q\nrecorded:\n%q\nrecords differ (-want +got):\n%s", history, recorded, diff)
		}
	})
}

// A page of a round may be recorded after a read by id that was sent later. The pull's
// last word decides, in whatever order its words are recorded; that holds of values as
// far as the last word has any.
func TestALatePageNeverOverwritesALaterRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, pullWords := drawWords(t)
		r := drawRules(t)
		want, history := record1(pullWords)
		got, recorded := record1(rapid.Permutation(pullWords).Draw(t, "recorded"))
		want, got = MergeUser(want, r), MergeUser(got, r)
		if diff := cmp.Diff(factsOf(want), factsOf(got)); diff != "" {
			t.Errorf("said:\n%q\nrecorded:\n%q\nfacts differ (-want +got):\n%s", history, recorded, diff)
		}
		if diff := cmp.Diff(document(want), document(got)); diff != "" && want.PullSays == models.Exists {
			t.Errorf("said:\n%q\nrecorded:\n%q\ndocuments differ (-want +got):\n%s", history, recorded, diff)
		}
	})
}

func TestTheSameWordsTwiceChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pushWords, pullWords := drawWords(t)
		r := drawRules(t)
		words := inOrder(pushWords, pullWords)
		twice := make([]timed, 0, 2*len(words))
		for _, w := range words {
			twice = append(twice, w, w)
		}
		want, history := record1(words)
		got, _ := record1(twice)
		want, got = MergeUser(want, r), MergeUser(got, r)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("said:\n%q\nrecords differ (-once +twice):\n%s", history, diff)
		}
		if diff := cmp.Diff(want, MergeUser(want, r)); diff != "" {
			t.Errorf("said:\n%q\nmerging again changes the record (-once +twice):\n%s", history, diff)
		}
		// All of what the pull said, read again after: pages that come too late.
		for _, w := range pullWords {
			got = MergeUser(w.say(got), r)
		}
		if diff := cmp.Diff(factsOf(want), factsOf(got)); diff != "" {
			t.Errorf("said:\n%q\nthe same pages again (-once +twice):\n%s", history, diff)
		}
	})
}

func TestNobodyWhomThePullFoundDisabledIsActive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pushWords, pullWords := drawWords(t)
		last := disabled(readAt(400))
		if rapid.Bool().Draw(t, "soft-deleted") {
			last = softDeleted(400)
		}
		u, history := record1(delay(t, pushWords, pullWords))
		if rapid.Bool().Draw(t, "an admin before it is recorded") { // a page is heard after it was asked for
			u = overruledActive(405, yes())(overruled(models.Exists, 405)(u))
		}
		u = last(u)
		if rapid.Bool().Draw(t, "push after it") {
			u = drawPush(t, 410).say(u)
		}
		if got := MergeUser(u, drawRules(t)); got.Active || got.Attributes["active"] != false {
			t.Errorf("said:\n%q\nis active", history)
		}
	})
}

// edgeTimed is a timed word on an edge or on one of its ends.
type edgeTimed struct {
	at   int
	text string
	say  edgeWord
}

// drawEdgeAnswered is a word that is recorded when it is said.
func drawEdgeAnswered(t *rapid.T, at int) edgeTimed {
	if rapid.IntRange(0, 3).Draw(t, "by an admin") == 0 {
		return drawEdgeAdmin(t, at)
	}
	return drawEdgePush(t, at)
}

func drawEdgePush(t *rapid.T, at int) edgeTimed {
	words := []edgeTimed{
		{at, "push: in", pushIn(at)}, {at, "push: out", pushOut(at)}, {at, "push: list without", pushList(at)},
		{at, "push: list with", func(e *edge) { pushIn(at)(e); pushList(at)(e) }},
		{at, "push: DELETE member", pushDeletesMember(at)}, {at, "push: DELETE group", pushDeletesGroup(at)},
		{at, "push: POST member", pushKnowsMember(at)}, {at, "push: POST group", pushKnowsGroup(at)},
	}
	return rapid.SampledFrom(words).Draw(t, "push")
}

func drawEdgeAdmin(t *rapid.T, at int) edgeTimed {
	words := []edgeTimed{
		{at, "admin: in", adminSays(models.In, at)}, {at, "admin: out", adminSays(models.Out, at)},
		{at, "admin: the rule", adminSays(models.Unsaid, at)},
	}
	return rapid.SampledFrom(words).Draw(t, "admin")
}

func drawEdgePull(t *rapid.T, at int) edgeTimed {
	list := func(say edgeWord) edgeWord { return func(e *edge) { say(e); pullList(at)(e) } }
	words := []edgeTimed{
		{at, "pull: list with", list(pullIn(listAt(at)))}, {at, "pull: list without", list(pullOut(listAt(at)))},
		{at, "pull: in by id", pullIn(readAt(at))}, {at, "pull: out by id", pullOut(readAt(at))},
		{at, "pull: member gone", member(models.Gone, readAt(at))}, {at, "pull: group gone", group(models.Gone, readAt(at))},
		{at, "pull: member exists", member(models.Exists, listAt(at))}, {at, "pull: group exists", group(models.Exists, listAt(at))},
		{at, "pull: member soft-deleted", member(models.SoftDeleted, readAt(at))},
		{at, "pull: member out of scope", member(models.OutOfScope, listAt(at))},
	}
	return rapid.SampledFrom(words).Draw(t, "pull")
}

func TestLooksAtAnEdgeMayBeRecordedLate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var pushWords, pullWords, all []edgeTimed
		at := 0
		for range rapid.IntRange(1, 10).Draw(t, "words") {
			at += rapid.IntRange(1, 25).Draw(t, "minutes")
			if rapid.Bool().Draw(t, "a push") {
				pushWords = append(pushWords, drawEdgeAnswered(t, at))
				all = append(all, pushWords[len(pushWords)-1])
			} else {
				pullWords = append(pullWords, drawEdgePull(t, at))
				all = append(all, pullWords[len(pullWords)-1])
			}
		}
		r := drawRules(t)
		var late []edgeTimed
		for push, pull := pushWords, pullWords; len(push)+len(pull) > 0; {
			if len(pull) == 0 || len(push) > 0 && (push[0].at < pull[0].at || rapid.Bool().Draw(t, "late")) {
				late, push = append(late, push[0]), push[1:]
			} else {
				late, pull = append(late, pull[0]), pull[1:]
			}
		}
		want, history := sayAll(all)
		got, recorded := sayAll(late)
		if diff := cmp.Diff(want.merged(r), got.merged(r)); diff != "" {
			t.Errorf("said:\n%q\nrecorded:\n%q\nedges differ (-want +got):\n%s", history, recorded, diff)
		}
	})
}

func sayAll(words []edgeTimed) (*edge, []string) {
	e := heardOfEdge(both(-600))
	var history []string
	for _, w := range words {
		w.say(e)
		history = append(history, fmt.Sprintf("%d %s", w.at, w.text))
	}
	return e, history
}

// The later look at an edge wins, whichever path took it, once lists have settled.
func TestTheLastLookAtAnEdgeWins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var words []edgeTimed
		for i := range rapid.IntRange(0, 8).Draw(t, "words") {
			if rapid.Bool().Draw(t, "a push") {
				words = append(words, drawEdgePush(t, 20*i))
			} else {
				words = append(words, drawEdgePull(t, 20*i))
			}
		}
		e, history := sayAll(words)
		in := rapid.Bool().Draw(t, "in")
		last := map[bool]edgeWord{true: pushIn(900), false: pushOut(900)}[in]
		byPull := rapid.Bool().Draw(t, "by the pull")
		if byPull {
			both(890)(e)
			last = map[bool]edgeWord{true: pullIn(listAt(900)), false: pullOut(listAt(900))}[in]
			if rapid.Bool().Draw(t, "by id") {
				last = map[bool]edgeWord{true: pullIn(readAt(900)), false: pullOut(readAt(900))}[in]
			} else {
				pullList(900)(e)
			}
		}
		last(e)
		if got := e.merged(rules); got.Present != in {
			t.Errorf("said:\n%q\nlast %v by the pull %v, but present %v", history, in, byPull, got.Present)
		}
	})
}
