package reconcile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
)

// standing of a user as a test sees it.
type seen struct{ Living, SoftDeleted, Active, Held bool }

func seenOf(u models.User) seen { return seen{u.Living, u.SoftDeleted, u.Active, u.Held} }

// planned plans what a user becomes by words, under a guard.
func planned(before models.User, guard Guarding, words ...func(models.User) models.User) models.User {
	after := before
	for _, word := range words {
		after = word(after)
	}
	return PlanUsers([]*models.User{&before}, []models.User{after}, nil, Rules{Settle: settle, Guard: guard}, minute(500))[0].After
}

// employed is a living user whom both paths know.
func employed(t *testing.T) models.User {
	t.Helper()
	u := PlanUsers([]*models.User{nil}, []models.User{heard(
		pushed(-100, values("userName", "ann@contoso.example")), annRead(models.Exists, listAt(-90)),
	)}, nil, Rules{Settle: settle}, minute(-90))[0].After
	if !u.Living || !u.Active {
		t.Fatalf("ann is to live: %+v", seenOf(u))
	}
	return u
}

func annRead(existence models.Existence, look models.Look) func(models.User) models.User {
	return func(u models.User) models.User {
		return HearPullUser(u, models.SourceUser{ObjectID: annID, Existence: existence, UserName: "ann@contoso.example"}, look)
	}
}

func TestLossesOfUsersWaitForTheGuard(t *testing.T) {
	gone := annRead(models.Gone, readAt(0))
	binned := annRead(models.SoftDeleted, listAt(0))
	disabled := func(u models.User) models.User {
		no := false
		return HearPullUser(u, models.SourceUser{ObjectID: annID, Existence: models.Exists, Enabled: &no}, listAt(0))
	}
	back := annRead(models.Exists, listAt(60))
	for name, tc := range map[string]struct {
		steps []func(models.User) models.User
		want  seen
	}{
		"a removal waits": {
			steps: []func(models.User) models.User{under(HoldLosses, gone)},
			want:  seen{Living: true, Active: true, Held: true},
		},
		"a soft deletion waits": {
			steps: []func(models.User) models.User{under(HoldLosses, binned)},
			want:  seen{Living: true, Active: true, Held: true},
		},
		"an explicit deactivation never waits": {
			steps: []func(models.User) models.User{under(HoldLosses, disabled)},
			want:  seen{Living: true},
		},
		"who was disabled is not active while their removal waits": {
			steps: []func(models.User) models.User{under(HoldLosses, disabled), under(HoldLosses, gone)},
			want:  seen{Living: true, Held: true},
		},
		"a push leaves who is held alone": {
			steps: []func(models.User) models.User{under(HoldLosses, gone), under(KeepHeld)},
			want:  seen{Living: true, Active: true, Held: true},
		},
		"a push that deactivates does so": {
			steps: []func(models.User) models.User{under(HoldLosses, binned), under(KeepHeld, deactivatedAt(1))},
			want:  seen{Living: true, Held: true},
		},
		"a PATCH later than gone says exists": {
			steps: []func(models.User) models.User{under(HoldLosses, gone), under(KeepHeld, patched(1, values("title", "Pilot")))},
			want:  seen{Living: true, Active: true},
		},
		"a DELETE does not wait": {
			steps: []func(models.User) models.User{under(HoldLosses, gone), under(KeepHeld, deleted(1))},
			want:  seen{},
		},
		"found again, nothing waits": {
			steps: []func(models.User) models.User{under(HoldLosses, gone), under(HoldLosses, back)},
			want:  seen{Living: true, Active: true},
		},
		"approved, the removal is applied": {
			steps: []func(models.User) models.User{under(HoldLosses, gone), under(ApplyLosses)},
			want:  seen{Active: true},
		},
		"approved, the soft deletion is applied": {
			steps: []func(models.User) models.User{under(HoldLosses, binned), under(ApplyLosses)},
			want:  seen{Living: true, SoftDeleted: true},
		},
		"rejected, they stay": {
			steps: []func(models.User) models.User{under(HoldLosses, gone), under(ApplyLosses, rejected(2))},
			want:  seen{Living: true, Active: true},
		},
		"rejected, the same plan does not come back": {
			steps: []func(models.User) models.User{
				under(HoldLosses, gone), under(ApplyLosses, rejected(2)), under(HoldLosses, annRead(models.Gone, readAt(60))),
			},
			want: seen{Living: true, Active: true},
		},
		"rejected, and then a path says something different": {
			steps: []func(models.User) models.User{
				under(HoldLosses, gone), under(ApplyLosses, rejected(2)),
				under(HoldLosses, back), under(ApplyLosses, annRead(models.Gone, readAt(90))),
			},
			want: seen{Active: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			u := employed(t)
			for _, step := range tc.steps {
				u = step(u)
			}
			if diff := cmp.Diff(tc.want, seenOf(u)); diff != "" {
				t.Errorf("ann differs (-want +got):\n%s", diff)
			}
		})
	}
}

// under plans one batch of words under a guard.
func under(guard Guarding, words ...func(models.User) models.User) func(models.User) models.User {
	return func(u models.User) models.User { return planned(u, guard, words...) }
}

func deactivatedAt(n int) func(models.User) models.User {
	no := false
	return func(u models.User) models.User {
		return HearPushUser(u, PushSaid{Active: &no}, minute(n))
	}
}

func rejected(n int) func(models.User) models.User {
	return func(u models.User) models.User {
		RejectUser(&u, minute(n))
		return u
	}
}

func overruled(says models.Existence, n int) func(models.User) models.User {
	return func(u models.User) models.User {
		Overrule(&u.Standing, says, minute(n))
		return u
	}
}

func TestEndsOfEdgesWaitForTheGuard(t *testing.T) {
	known := both(-300)
	present := heardOfEdge(known, pullIn(listAt(-60)))
	present.row.Present = true
	step := func(guard Guarding, before edge, words ...edgeWord) edge {
		after := before
		for _, word := range words {
			word(&after)
		}
		group := models.Group{ID: "g", Standing: after.group, PushMembersAt: after.pushMembersAt, PullMembersAt: after.pullMembersAt}
		member := models.User{ID: "ann", Standing: after.member}
		after.row = PlanEdge(&before.row, after.row, EndsOf(group.End(), member.End()), Rules{Settle: settle, Guard: guard}).After
		return after
	}
	type shown struct{ Present, Held bool }
	check := func(what string, e edge, want shown) {
		t.Helper()
		if got := (shown{e.row.Present, e.row.Held}); got != want {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	held := step(HoldLosses, *present, pullOut(listAt(0)))
	check("the end of an edge waits", held, shown{Present: true, Held: true})
	check("a push elsewhere leaves it", step(KeepHeld, held), shown{Present: true, Held: true})
	check("push takes the member out", step(ApplyLosses, held, pushOut(1)), shown{})
	check("push puts the member in again", step(KeepHeld, held, pushIn(1)), shown{Present: true})
	check("approved", step(ApplyLosses, held), shown{})
	rejected := step(ApplyLosses, held, func(e *edge) { e.row = OverruleEdge(e.row, models.In, minute(2)) })
	check("rejected", rejected, shown{Present: true})
	check("rejected, the same list again", step(HoldLosses, rejected, pullOut(listAt(60))), shown{Present: true})
	check("rejected, then in and out again", step(ApplyLosses, rejected, pullIn(listAt(60)), pullOut(listAt(90))), shown{})
}

func TestValuesThatAreEmptyEverywhereWait(t *testing.T) {
	title := func(value any, at int) said { return found(listAt(at), values("title", value)) }
	emptied := Rules{Settle: settle, Guard: HoldLosses, Emptied: func(path string) bool { return path == "title" }}
	plan := func(u models.User, r Rules, words ...said) models.User {
		before, after := u, u
		for _, word := range words {
			after = word(after)
		}
		return PlanUsers([]*models.User{&before}, []models.User{after}, nil, r, minute(500))[0].After
	}
	type shown struct {
		Title any
		Held  bool
	}
	check := func(what string, u models.User, want shown) {
		t.Helper()
		if got := (shown{u.Attributes["title"], u.Held}); got != want {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	before := plan(models.User{DirectoryID: "d", ID: "ann"}, Rules{}, title("Pilot", 0))
	held := plan(before, emptied, title(nil, 60))
	check("read empty on everybody", held, shown{"Pilot", true})
	check("a push of something else", plan(held, Rules{}, patched(61, values("nickName", "A"))), shown{"Pilot", true})
	check("a push of it", plan(held, Rules{}, patched(61, values("title", "Clerk"))), shown{"Clerk", false})
	check("a push that clears it", plan(held, Rules{}, patched(61, values("title", nil))), shown{nil, false})
	check("read again", plan(held, emptied, title("Clerk", 90)), shown{"Clerk", false})
	check("still empty the next night", plan(held, emptied, title(nil, 90)), shown{"Pilot", true})
	check("approved", plan(held, Rules{Guard: ApplyLosses}), shown{nil, false})
	rejected := held
	Reject(&rejected.Standing, minute(70))
	rejected = plan(rejected, Rules{Guard: ApplyLosses})
	check("rejected", rejected, shown{"Pilot", false})
	check("rejected, and empty the next night too", plan(rejected, emptied, title(nil, 90)), shown{"Pilot", false})
	check("rejected, and the pull says something different", plan(rejected, emptied, title("Clerk", 90)), shown{"Clerk", false})
	check("empty on one only", plan(before, Rules{Guard: HoldLosses, Emptied: func(string) bool { return false }}, title(nil, 60)), shown{nil, false})
}
