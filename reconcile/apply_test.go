package reconcile

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
)

// recorder is a Tx that notes what is written, in order.
type recorder struct {
	log     []string
	changes []models.Change
	fail    string // the call that fails
}

var errWrite = errors.New("the disk is full")

func (r *recorder) note(call string, ids []string) error {
	r.log = append(r.log, call+" "+strings.Join(ids, " "))
	if r.fail == call {
		return errWrite
	}
	return nil
}

func ids[T any](rows []T, id func(T) string) []string {
	var all []string
	for _, row := range rows {
		all = append(all, id(row))
	}
	return all
}

func userKey(u models.User) string  { return u.ID + "=" + string(u.UserNameKey) }
func groupID(g models.Group) string { return g.ID }
func edgeKey(m models.Membership) string {
	return fmt.Sprintf("%s/%s=%v", m.GroupID, m.MemberID, m.Present)
}

func (r *recorder) CreateUsers(rows []models.User) error { return r.note("create", ids(rows, userKey)) }
func (r *recorder) UpdateUsers(rows []models.User) error { return r.note("update", ids(rows, userKey)) }
func (r *recorder) FreeUserNames(ids []string) error     { return r.note("free", ids) }
func (r *recorder) CreateGroups(rows []models.Group) error {
	return r.note("create", ids(rows, groupID))
}
func (r *recorder) UpdateGroups(rows []models.Group) error {
	return r.note("update", ids(rows, groupID))
}
func (r *recorder) CreateMemberships(rows []models.Membership) error {
	return r.note("new edges", ids(rows, edgeKey))
}
func (r *recorder) UpdateMemberships(_, rows []models.Membership) error {
	return r.note("edges", ids(rows, edgeKey))
}
func (r *recorder) NoteLists(rows []models.Group) error {
	return r.note("note", ids(rows, groupID))
}
func (r *recorder) ForgetLists(ids []string) error { return r.note("forget", ids) }
func (r *recorder) AppendChanges(rows []models.Change) error {
	r.changes = append(r.changes, rows...)
	return r.note("feed", ids(rows, func(c models.Change) string { return string(c.Action) + ":" + c.RecordID }))
}

var night = Origin{By: models.Pull, ID: "run-1", At: minute(50)}

func TestApplyUsersInAnOrderThatUniqueKeysAllow(t *testing.T) {
	a, b := stored("1", "ann"), stored("2", "bob")
	soft := MergeUser(softDeleted(1)(stored("3", "cem")), rules)
	swap := []renamed{rename(a, "bob"), newcomer("9", "zoe"), rename(b, "ann")}
	var before []*models.User
	var after []models.User
	for _, r := range swap {
		before, after = append(before, r.before), append(after, r.after)
	}
	taker := stored("4", "cem")
	takes := UserStep{Before: &taker, After: taker, Action: models.Updated}
	takes.After.EntraObjectID = soft.EntraObjectID
	steps := append(PlanUsers(before, after, nil, rules, minute(3)), takes, Yield(soft), UserStep{Before: &a, After: a})
	tx := &recorder{}
	if err := ApplyUsers(tx, steps, night); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"update 3=", // the object id is free before another takes it
		"forget 3",  // and the lists that name the object are decided for the other
		"free 1 2",  // the names are free before they are handed on
		"update 1=bob 2=ann 4=cem",
		"create 9=zoe",
		"feed updated:1 created:9 updated:2 updated:4 removed:3",
	}
	if diff := cmp.Diff(want, tx.log); diff != "" {
		t.Errorf("writes differ (-want +got):\n%s", diff)
	}
}

func TestTheFeedTellsWhatAnswersShow(t *testing.T) {
	ann := stored("1", "ann")
	step := func(word said) UserStep {
		return PlanUsers([]*models.User{&ann}, []models.User{word(ann)}, nil, rules, minute(3))[0]
	}
	blocked := rename(ann, "bob")
	change := func(action models.Action, detail models.Attributes) []models.Change {
		return []models.Change{{DirectoryID: "d", At: minute(50), Kind: "user", RecordID: "1", Action: action, By: models.Pull, Origin: "run-1", Detail: detail}}
	}
	for name, tc := range map[string]struct {
		step UserStep
		want []models.Change
	}{
		"nothing changed": {UserStep{Before: &ann, After: ann}, nil},
		"only words":      {step(found(readAt(1), nil)), nil},
		"values, by path and without their text": {
			step(found(listAt(1), values("title", "Clerk", "name.givenName", "Ann"))),
			change(models.Updated, models.Attributes{"userName": "ann", "attributes": []string{"name.givenName", "title"}})},
		"a removal":      {step(gone(1)), change(models.Removed, models.Attributes{"userName": "ann"})},
		"a deactivation": {step(disabled(listAt(1))), change(models.Deactivated, models.Attributes{"userName": "ann", "attributes": []string{"active"}})},
		"a conflict": {
			PlanUsers([]*models.User{blocked.before}, []models.User{blocked.after}, Names{"bob": "2"}, rules, minute(3))[0],
			change(models.Conflicted, models.Attributes{"userName": "ann", "conflict": "bob"})},
	} {
		t.Run(name, func(t *testing.T) {
			tx := &recorder{}
			if err := ApplyUsers(tx, []UserStep{tc.step}, night); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, tx.changes); diff != "" {
				t.Errorf("feed differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhoWaitsInVainIsNotWrittenAgain(t *testing.T) {
	batch := rename(stored("1", "ann"), "bob")
	first := PlanUsers([]*models.User{batch.before}, []models.User{batch.after}, Names{"bob": "2"}, rules, minute(3))
	waiting := first[0].After
	again := PlanUsers([]*models.User{&waiting}, []models.User{waiting}, Names{"bob": "2"}, rules, minute(9))
	tx := &recorder{}
	if err := ApplyUsers(tx, again, night); err != nil || tx.log != nil {
		t.Errorf("wrote %q (%v)", tx.log, err)
	}
}

func TestApplyGroups(t *testing.T) {
	g := models.Group{DirectoryID: "d", ID: "g", DisplayName: "Sales"}
	dead := models.Group{DirectoryID: "d", ID: "dead", Standing: models.Standing{EntraObjectID: annID, PullSays: models.Gone}}
	taker := g
	taker.EntraObjectID = annID
	tx := &recorder{}
	err := ApplyGroups(tx, []GroupStep{
		{After: models.Group{DirectoryID: "d", ID: "new", DisplayName: "Staff"}, Action: models.Created},
		{Before: &g, After: taker, Action: models.Adopted},
		YieldGroup(dead),
		{Before: &g, After: g},
	}, night)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"update dead", "update g", "create new", "forget dead", "feed created:new adopted:g"}, tx.log); diff != "" {
		t.Errorf("writes differ (-want +got):\n%s", diff)
	}
	want := []models.Change{
		{DirectoryID: "d", At: minute(50), Kind: "group", RecordID: "new", Action: models.Created, By: models.Pull, Origin: "run-1", Detail: models.Attributes{"displayName": "Staff"}},
		{DirectoryID: "d", At: minute(50), Kind: "group", RecordID: "g", Action: models.Adopted, By: models.Pull, Origin: "run-1", Detail: models.Attributes{"displayName": "Sales"}},
	}
	if diff := cmp.Diff(want, tx.changes); diff != "" {
		t.Errorf("feed differs (-want +got):\n%s", diff)
	}
}

func TestApplyEdges(t *testing.T) {
	at := func(member string, present bool) models.Membership {
		return models.Membership{DirectoryID: "d", GroupID: "g", MemberID: member, PushSays: models.In, Present: present}
	}
	old, kept, word := at("old", true), at("kept", true), at("word", false)
	newWord := word
	newWord.PushAt = minute(1)
	tx := &recorder{}
	steps := []EdgeStep{{&old, at("old", false)}, {nil, at("new", true)}, {&kept, kept}, {&word, newWord}}
	if err := ApplyEdges(tx, "g", steps, night); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"new edges g/new=true", "edges g/old=false g/word=false", "feed updated:g updated:g"}, tx.log); diff != "" {
		t.Errorf("writes differ (-want +got):\n%s", diff)
	}
	details := []models.Attributes{{"added": []string{"new"}}, {"removed": []string{"old"}}}
	for i, c := range tx.changes {
		if diff := cmp.Diff(details[i], c.Detail); diff != "" || c.Kind != "memberships" {
			t.Errorf("row %d of the feed is of %s (-want +got):\n%s", i, c.Kind, diff)
		}
	}
	quiet := &recorder{}
	if err := ApplyEdges(quiet, "g", []EdgeStep{{&kept, kept}}, night); err != nil || quiet.log != nil {
		t.Errorf("nothing changed, but %q was written (%v)", quiet.log, err)
	}
}

func TestARowOfTheFeedIsBounded(t *testing.T) {
	var steps []EdgeStep
	for i := range 2*edgesPerChange + 1 {
		steps = append(steps, EdgeStep{nil, models.Membership{DirectoryID: "d", GroupID: "g", MemberID: fmt.Sprint(i), PushSays: models.In, Present: true}})
	}
	tx := &recorder{}
	if err := ApplyEdges(tx, "g", steps, night); err != nil {
		t.Fatal(err)
	}
	var sizes []int
	for _, c := range tx.changes {
		sizes = append(sizes, len(c.Detail["added"].([]string)))
	}
	if diff := cmp.Diff([]int{edgesPerChange, edgesPerChange, 1}, sizes); diff != "" {
		t.Errorf("rows differ (-want +got):\n%s", diff)
	}
}

func TestAnErrorEndsApplyAndSaysWhatWasDone(t *testing.T) {
	batch := []UserStep{{After: stored("9", "zoe"), Action: models.Created}}
	for call, want := range map[string]string{"create": "create users", "feed": "append to the change feed"} {
		tx := &recorder{fail: call}
		err := ApplyUsers(tx, batch, night)
		if !errors.Is(err, errWrite) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", call, err)
		}
		if last := tx.log[len(tx.log)-1]; !strings.HasPrefix(last, call) {
			t.Errorf("%s failed, and %q was written after it", call, last)
		}
	}
}
