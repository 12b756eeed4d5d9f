package reconcile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
)

// stored is a user whom the pull has brought, as a directory holds them.
func stored(id, name string) models.User {
	u := models.User{DirectoryID: "d", ID: id}
	u = HearPullUser(u, reading(id, name), listAt(0))
	steps := PlanUsers([]*models.User{nil}, []models.User{u}, nil, rules, minute(0))
	return steps[0].After
}

func reading(id, name string) models.SourceUser {
	return models.SourceUser{ObjectID: "oid-" + id, Existence: models.Exists, Enabled: yes(), UserName: name, Values: values()}
}

// renamed is a step's input: the user, and what a later reading makes of them.
type renamed struct {
	before *models.User
	after  models.User
}

func rename(u models.User, name string) renamed {
	return renamed{&u, HearPullUser(u, reading(u.ID, name), listAt(1))}
}

func newcomer(id, name string) renamed {
	return renamed{nil, HearPullUser(models.User{DirectoryID: "d", ID: id}, reading(id, name), listAt(1))}
}

func drops(u models.User, existence models.Existence) renamed {
	return renamed{&u, HearPullUser(u, models.SourceUser{ObjectID: string(u.EntraObjectID), Existence: existence}, readAt(1))}
}

func returns(u models.User, existence models.Existence, name string) renamed {
	u = HearPullUser(u, models.SourceUser{ObjectID: string(u.EntraObjectID), Existence: existence}, readAt(1))
	u = MergeUser(u, rules)
	return renamed{&u, HearPullUser(u, reading(u.ID, name), listAt(2))}
}

// outcome is what a step comes to, in a line.
func outcome(s UserStep) string {
	state := "removed"
	switch {
	case s.After.SoftDeleted:
		state = "soft-deleted"
	case s.After.Living:
		state = "holds " + string(s.After.UserNameKey)
	case s.After.Waiting:
		state = "unseen"
	}
	if s.After.Waiting {
		state += ", waits for " + s.Conflict
	}
	return s.After.ID + " " + state + " (" + string(s.Action) + ")"
}

func TestNames(t *testing.T) {
	a, b, c := stored("1", "ann"), stored("2", "bob"), stored("3", "cem")
	nameless := stored("4", "")
	for name, tc := range map[string]struct {
		batch []renamed
		names Names // holders, as the database has them
		want  []string
	}{
		"a free name is taken":                                                    {[]renamed{rename(a, "anna")}, nil, []string{"1 holds anna (updated)"}},
		"only the case changes":                                                   {[]renamed{rename(a, "ANN")}, Names{"ann": "1"}, []string{"1 holds ann (updated)"}},
		"a newcomer takes a free name":                                            {[]renamed{newcomer("9", "zoe")}, nil, []string{"9 holds zoe (created)"}},
		"a newcomer waits unseen for a name that is held":                         {[]renamed{newcomer("9", "Ann")}, Names{"ann": "1"}, []string{"9 unseen, waits for Ann (conflict)"}},
		"anyone else keeps the name they have":                                    {[]renamed{rename(a, "bob")}, Names{"bob": "2"}, []string{"1 holds ann, waits for bob (conflict)"}},
		"two swap their names":                                                    {[]renamed{rename(a, "bob"), rename(b, "ann")}, Names{"ann": "1", "bob": "2"}, []string{"1 holds bob (updated)", "2 holds ann (updated)"}},
		"three hand their names round":                                            {[]renamed{rename(a, "bob"), rename(b, "cem"), rename(c, "ann")}, Names{"ann": "1", "bob": "2", "cem": "3"}, []string{"1 holds bob (updated)", "2 holds cem (updated)", "3 holds ann (updated)"}},
		"a chain of three ends at a free name":                                    {[]renamed{rename(a, "bob"), rename(b, "cem"), rename(c, "cyd")}, Names{"bob": "2", "cem": "3"}, []string{"1 holds bob (updated)", "2 holds cem (updated)", "3 holds cyd (updated)"}},
		"a chain of three ends at an outsider: all wait":                          {[]renamed{rename(a, "bob"), rename(b, "cem"), rename(c, "dan")}, Names{"bob": "2", "cem": "3", "dan": "8"}, []string{"1 holds ann, waits for bob (conflict)", "2 holds bob, waits for cem (conflict)", "3 holds cem, waits for dan (conflict)"}},
		"a swap is blocked by an outsider":                                        {[]renamed{rename(a, "bob"), rename(b, "dan")}, Names{"bob": "2", "dan": "8"}, []string{"1 holds ann, waits for bob (conflict)", "2 holds bob, waits for dan (conflict)"}},
		"of two who want a free name the first gets it":                           {[]renamed{rename(a, "new"), rename(b, "new")}, nil, []string{"1 holds new (updated)", "2 holds bob, waits for new (conflict)"}},
		"of two newcomers of one name the first is seen":                          {[]renamed{newcomer("8", "new"), newcomer("9", "NEW")}, nil, []string{"8 holds new (created)", "9 unseen, waits for NEW (conflict)"}},
		"the second gets the name that the first leaves":                          {[]renamed{newcomer("9", "ann"), rename(a, "anna")}, Names{"ann": "1"}, []string{"9 holds ann (created)", "1 holds anna (updated)"}},
		"a newcomer wants the name of one who must keep it":                       {[]renamed{newcomer("9", "ann"), rename(a, "dan")}, Names{"ann": "1", "dan": "8"}, []string{"9 unseen, waits for ann (conflict)", "1 holds ann, waits for dan (conflict)"}},
		"a removal frees the name":                                                {[]renamed{newcomer("9", "ann"), drops(a, models.Gone)}, Names{"ann": "1"}, []string{"9 holds ann (created)", "1 removed (removed)"}},
		"a soft delete frees the name":                                            {[]renamed{rename(b, "ann"), drops(a, models.SoftDeleted)}, Names{"ann": "1"}, []string{"2 holds ann (updated)", "1 soft-deleted (deactivated)"}},
		"out of scope frees the name":                                             {[]renamed{rename(b, "ann"), drops(a, models.OutOfScope)}, Names{"ann": "1"}, []string{"2 holds ann (updated)", "1 removed (removed)"}},
		"a removed user comes back under a free name":                             {[]renamed{returns(a, models.Gone, "ann")}, nil, []string{"1 holds ann (restored)"}},
		"a removed user comes back, their name is held":                           {[]renamed{returns(a, models.Gone, "ann")}, Names{"ann": "8"}, []string{"1 unseen, waits for ann (conflict)"}},
		"a soft-deleted user is restored":                                         {[]renamed{returns(a, models.SoftDeleted, "ann")}, nil, []string{"1 holds ann (restored)"}},
		"a soft-deleted user is restored, their name is held: they stay readable": {[]renamed{returns(a, models.SoftDeleted, "ann")}, Names{"ann": "8"}, []string{"1 soft-deleted, waits for ann (conflict)"}},
		"one without a name wants one that is held: they stay":                    {[]renamed{rename(nameless, "ann")}, Names{"ann": "1"}, []string{"4 holds , waits for ann (conflict)"}},
		"one without a name gets a free one":                                      {[]renamed{rename(nameless, "dan")}, nil, []string{"4 holds dan (updated)"}},
	} {
		t.Run(name, func(t *testing.T) {
			var before []*models.User
			var after []models.User
			for _, r := range tc.batch {
				before, after = append(before, r.before), append(after, r.after)
			}
			var got []string
			for _, s := range PlanUsers(before, after, tc.names, rules, minute(3)) {
				got = append(got, outcome(s))
				if s.After.Living && s.After.Attributes["active"] != s.After.Active {
					t.Errorf("%s: the document says active %v", s.After.ID, s.After.Attributes["active"])
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("plan differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAUserWhoWaitsGetsTheNameWhenItIsFree(t *testing.T) {
	ann := stored("1", "ann")
	batch := rename(ann, "bob")
	waiting := PlanUsers([]*models.User{batch.before}, []models.User{batch.after}, Names{"bob": "2"}, rules, minute(3))[0].After
	if got, want := waiting.Attributes["userName"], "ann"; got != want {
		t.Errorf("shows userName %v while waiting, want %v", got, want)
	}
	again := PlanUsers([]*models.User{&waiting}, []models.User{waiting}, Names{"bob": "2"}, rules, minute(9))[0]
	if again.Changed() || again.Action != models.Conflicted {
		t.Errorf("the next round changes the record (%v) or no longer tells of the conflict (%q)", again.Changed(), again.Action)
	}
	free := PlanUsers([]*models.User{&waiting}, []models.User{waiting}, nil, rules, minute(9))[0]
	if got := outcome(free); got != "1 holds bob (updated)" {
		t.Errorf("once the name is free: %s", got)
	}
	unseen := newcomer("9", "bob")
	hidden := PlanUsers([]*models.User{nil}, []models.User{unseen.after}, Names{"bob": "2"}, rules, minute(3))[0].After
	shown := PlanUsers([]*models.User{&hidden}, []models.User{hidden}, nil, rules, minute(9))[0]
	if got := outcome(shown); got != "9 holds bob (created)" {
		t.Errorf("a newcomer, once the name is free: %s", got)
	}
}

func TestActions(t *testing.T) {
	ann := stored("1", "ann")
	pushedOnly := HearPushUser(models.User{ID: "p"}, PushSaid{Values: values("userName", "pat"), Whole: true}, minute(0))
	pushedOnly = MergeUser(pushedOnly, rules)
	step := func(u models.User, word said) models.Action {
		after := word(u)
		return PlanUsers([]*models.User{&u}, []models.User{after}, nil, rules, minute(5))[0].Action
	}
	push := func(what PushSaid) said { return pushes(2, what) }
	disabledAnn := MergeUser(pulls(listAt(1), models.SourceUser{Existence: models.Exists, Enabled: no()})(ann), rules)
	for name, tc := range map[string]struct{ got, want models.Action }{
		"the same again is nothing":                       {step(ann, found(listAt(1), nil)), ""},
		"a value":                                         {step(ann, found(listAt(1), values("title", "x"))), models.Updated},
		"a disabled account":                              {step(ann, disabled(listAt(1))), models.Deactivated},
		"an enabled account":                              {step(disabledAnn, found(listAt(2), nil)), models.Reactivated},
		"push meets a pulled record":                      {step(ann, push(PushSaid{Values: values("userName", "ann"), Whole: true})), models.Adopted},
		"the pull meets a pushed record":                  {step(pushedOnly, found(listAt(1), values("userName", "pat"))), models.Adopted},
		"a soft delete deactivates":                       {step(ann, softDeleted(1)), models.Deactivated},
		"a tombstone removes":                             {step(ann, gone(1)), models.Removed},
		"out of scope removes what only the pull brought": {step(ann, outOfScope(1)), models.Removed},
		"a DELETE removes what only push brought":         {step(pushedOnly, deleted(1)), models.Removed},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %q, want %q", name, tc.got, tc.want)
		}
	}
}

func TestVersionsMoveWithWhatAnswersShow(t *testing.T) {
	ann := stored("1", "ann")
	if ann.Version != 1 || ann.CreatedAt != minute(0) || ann.UpdatedAt != minute(0) {
		t.Errorf("new: version %d, created %d, updated %d", ann.Version, ann.CreatedAt, ann.UpdatedAt)
	}
	plan := func(word said) UserStep {
		return PlanUsers([]*models.User{&ann}, []models.User{word(ann)}, nil, rules, minute(7))[0]
	}
	if quiet := plan(found(readAt(3), values("userName", "ann"))); quiet.After.Version != 1 || quiet.After.UpdatedAt != minute(0) || !quiet.Changed() {
		t.Errorf("a reading that shows nothing new: version %d, updated %d, row written %v", quiet.After.Version, quiet.After.UpdatedAt, quiet.Changed())
	}
	if loud := plan(found(readAt(3), values("title", "x"))); loud.After.Version != 2 || loud.After.UpdatedAt != minute(7) || loud.After.CreatedAt != minute(0) {
		t.Errorf("a new title: version %d, updated %d, created %d", loud.After.Version, loud.After.UpdatedAt, loud.After.CreatedAt)
	}
}

func TestADisplacedUserStaysVisibleUntilThePullHasReadThemAgain(t *testing.T) {
	ann := stored("1", "Ann")
	step := Displace(ann, minute(5))
	if got := outcome(step); got != "1 holds oid-1, waits for Ann (conflict)" {
		t.Errorf("displaced: %s", got)
	}
	want := ann
	want.Waiting, want.PullHash, want.UserName, want.UserNameKey = true, 0, "oid-1", "oid-1"
	want.Attributes = models.Attributes{"userName": "oid-1", "active": true, "externalId": "oid-1"}
	want.Version, want.UpdatedAt = 2, minute(5)
	if diff := cmp.Diff(want, step.After); diff != "" {
		t.Errorf("displaced record differs (-want +got):\n%s", diff)
	}
	if ann.Attributes["userName"] != "Ann" {
		t.Errorf("displacing changed what it was given: %v", ann.Attributes)
	}
	held := Names{"ann": "2"}
	still := PlanUsers([]*models.User{&step.After}, []models.User{step.After}, held, rules, minute(6))[0]
	if got := outcome(still); got != "1 holds oid-1, waits for Ann (conflict)" {
		t.Errorf("before the pull reads them: %s", got)
	}
	moved := rename(step.After, "anna")
	if got := outcome(PlanUsers([]*models.User{moved.before}, []models.User{moved.after}, held, rules, minute(6))[0]); got != "1 holds anna (updated)" {
		t.Errorf("once the pull has read the new name: %s", got)
	}
}

func TestWhoYieldsAnObjectIDStaysDead(t *testing.T) {
	ann := stored("1", "ann")
	vouched := pushed(5, values("userName", "ann", "externalId", "oid-1"))(ann)
	for name, tc := range map[string]struct {
		user   models.User
		action models.Action
	}{
		"push had deleted them":                     {deleted(6)(vouched), ""},
		"push vouches, the pull found them gone":    {gone(6)(vouched), ""},
		"push vouches, and they are soft-deleted":   {softDeleted(6)(vouched), models.Removed},
		"only the pull knew them, and soft-deleted": {softDeleted(6)(ann), models.Removed},
		"only the pull knew them, and out of scope": {outOfScope(6)(ann), ""},
	} {
		t.Run(name, func(t *testing.T) {
			step := Yield(MergeUser(tc.user, rules))
			if step.Action != tc.action || step.After.EntraObjectID != "" || step.After.Living {
				t.Errorf("action %q (want %q), object id %q, living %v", step.Action, tc.action, step.After.EntraObjectID, step.After.Living)
			}
			for _, round := range []int{0, 6, 600} {
				if again := MergeUser(step.After, Rules{Settle: settle, RoundAt: minute(round)}); again.Living {
					t.Errorf("merged after the round at %d, they live again", round)
				}
			}
			if step.After.Tied() {
				t.Error("still tied")
			}
		})
	}
}

func TestPlanGroups(t *testing.T) {
	read := func(name string) models.SourceGroup {
		return models.SourceGroup{ObjectID: annID, Existence: models.Exists, Values: values("displayName", name)}
	}
	plan := func(before *models.Group, after models.Group) GroupStep {
		return PlanGroups([]*models.Group{before}, []models.Group{after}, rules, minute(5))[0]
	}
	created := plan(nil, HearPullGroup(models.Group{ID: "g"}, read("Sales"), listAt(0)))
	sales := created.After
	removedStep := plan(&sales, HearPullGroup(sales, models.SourceGroup{ObjectID: annID, Existence: models.Gone}, readAt(1)))
	restored := plan(&removedStep.After, HearPullGroup(removedStep.After, read("Sales"), listAt(2)))
	for name, tc := range map[string]struct {
		step GroupStep
		want string
	}{
		"a new group":                  {created, "created 1 living"},
		"the same reading":             {plan(&sales, HearPullGroup(sales, read("Sales"), listAt(1))), " 1 living"},
		"another name":                 {plan(&sales, HearPullGroup(sales, read("Staff"), listAt(1))), "updated 2 living"},
		"a name read as null":          {plan(&sales, HearPullGroup(sales, models.SourceGroup{ObjectID: annID, Existence: models.Exists, Values: values("displayName", nil)}, listAt(1))), " 1 living"},
		"a tombstone":                  {removedStep, "removed 2"},
		"it is found again":            {restored, "restored 3 living"},
		"push meets it":                {plan(&sales, HearPushGroup(sales, PushSaid{Values: values("displayName", "Sales"), Whole: true}, minute(1))), "adopted 2 living"},
		"a group that was never there": {plan(nil, HearPullGroup(models.Group{ID: "g"}, models.SourceGroup{ObjectID: annID, Existence: models.OutOfScope}, listAt(0))), " 1"},
	} {
		got := string(tc.step.Action) + " " + string(rune('0'+tc.step.After.Version))
		if tc.step.After.Living {
			got += " living"
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	if plan(&sales, sales).Changed() {
		t.Error("the same group is written again")
	}
	vouched := HearPushGroup(sales, PushSaid{Values: values("displayName", "Sales"), Whole: true}, minute(1))
	dead := MergeGroup(HearPullGroup(vouched, models.SourceGroup{ObjectID: annID, Existence: models.Gone}, readAt(2)), rules)
	yielded := YieldGroup(dead)
	if again := MergeGroup(yielded.After, Rules{Settle: settle, RoundAt: minute(600)}); again.Living || yielded.After.EntraObjectID != "" {
		t.Errorf("a group that yielded its object id lives (%v) or keeps it (%q)", again.Living, yielded.After.EntraObjectID)
	}
	if strings.Contains(yielded.After.DisplayName, annID) {
		t.Error("a yielded group shows the object id")
	}
}
