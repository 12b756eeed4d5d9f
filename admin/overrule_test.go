package admin_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// hearPull records what the pull says of one user, merges and writes.
func hearPull(tx *store.Tx, u models.User, said models.SourceUser, look models.Look) error {
	heard := reconcile.HearPullUser(u, said, look)
	steps := reconcile.PlanUsers([]*models.User{&u}, []models.User{heard}, nil, reconcile.Rules{}, look.At)
	return reconcile.ApplyUsers(tx, steps, reconcile.Origin{By: models.Pull, ID: "a run", At: look.At})
}

const annObjectID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"

func annRead(enabled bool, title string) models.SourceUser {
	return models.SourceUser{ObjectID: annObjectID, Existence: models.Exists, Enabled: &enabled, UserName: "ann@contoso.example", Values: map[string]any{"title": title}}
}

// outcomes are those of an explanation that a test looks at.
type outcomes struct {
	Existence, ExistenceRule, Activity, Title, TitleBy string
}

func outcomesOf(t testing.TB, explanation []byte) outcomes {
	t.Helper()
	var e struct {
		Existence, Activity struct{ Outcome, Rule string }
		Attributes          []struct {
			Path, By string
			Value    any
		}
	}
	if err := json.Unmarshal(explanation, &e); err != nil {
		t.Fatal(err)
	}
	o := outcomes{Existence: e.Existence.Outcome, ExistenceRule: e.Existence.Rule, Activity: e.Activity.Outcome}
	for _, a := range e.Attributes {
		if a.Path == "title" {
			o.Title, o.TitleBy = fmt.Sprint(a.Value), a.By
		}
	}
	return o
}

const adminDecides = "an admin's word stands until a path says something different"

func TestAnAdminOverrulesAUser(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		entra := b.provisioning(t, directory)
		ann := entra.user(t, "ann", `"externalId":"`+annObjectID+`"`, `"title":"Pilot"`)
		crew := entra.group(t, "Crew", ann)
		b.reads(t, directory, ann, annRead(true, "Clerk"))
		overrule := func(body string, want outcomes) {
			t.Helper()
			for range 2 { // twice is once
				got := outcomesOf(t, b.must(t, 200, "POST", directory+"/users/"+ann+"/overrule", body).body)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", body, diff)
				}
			}
		}
		both := "both paths vouch for it"
		overrule(`{"takePulled":["title"]}`, outcomes{"living", both, "active", "Clerk", "admin"})
		if title := entra.must(t, 200, "GET", "/Users/"+ann, "")["title"]; title != "Clerk" {
			t.Errorf("SCIM shows the title %v", title)
		}
		overrule(`{"activity":"inactive","leaveToRule":["title"]}`, outcomes{"living", both, "inactive", "Pilot", "push"})
		overrule(`{"existence":"gone"}`, outcomes{"removed", adminDecides, "inactive", "Pilot", "push"})
		entra.must(t, 404, "GET", "/Users/"+ann, "")
		overrule(`{"existence":"rule","activity":"rule"}`, outcomes{"living", both, "active", "Pilot", "push"})
		if diff := cmp.Diff(map[string]bool{ann: true}, entra.members(t, crew)); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
		b.reads(t, directory, ann, annRead(false, "Clerk"))
		b.refused(t, 400, "invalid", "active", "POST", directory+"/users/"+ann+"/overrule", `{"activity":"active"}`)
		b.refused(t, 400, "invalid", "takePulled", "POST", directory+"/users/"+ann+"/overrule", `{"takePulled":["nickName"]}`)
		for _, nobody := range []string{nowhere, crew, "x"} {
			b.refused(t, 404, "not-found", "", "POST", directory+"/users/"+nobody+"/overrule", `{"existence":"exists"}`)
		}
		told := 0
		for _, e := range b.events(t, "action=user.overruled") {
			if e.Target == ann && e.After != nil {
				told++
			}
		}
		if told != 8 {
			t.Errorf("told %d times", told)
		}
	})
}

func TestWhoIsBroughtBackHasTheMembershipsOfBefore(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		entra := b.provisioning(t, directory)
		ann, bob := entra.user(t, "ann"), entra.user(t, "bob")
		inner := entra.group(t, "Inner", ann, bob)
		outer := entra.group(t, "Outer", inner)
		entra.takeOut(t, inner, bob)
		entra.must(t, 204, "DELETE", "/Users/"+ann, "")
		entra.must(t, 204, "DELETE", "/Groups/"+inner, "")
		b.must(t, 200, "POST", directory+"/groups/"+inner+"/overrule", `{"existence":"exists"}`)
		b.must(t, 200, "POST", directory+"/users/"+ann+"/overrule", `{"existence":"exists"}`)
		back := func(when string, innerMembers map[string]bool) {
			t.Helper()
			if diff := cmp.Diff(innerMembers, entra.members(t, inner)); diff != "" {
				t.Errorf("%s, members of Inner (-want +got):\n%s", when, diff)
			}
			if diff := cmp.Diff(map[string]bool{inner: true}, entra.members(t, outer)); diff != "" {
				t.Errorf("%s, members of Outer (-want +got):\n%s", when, diff)
			}
		}
		back("restored", map[string]bool{ann: true})
		entra.must(t, 200, "PATCH", "/Users/"+ann, `{"Operations":[{"op":"replace","path":"title","value":"Pilot"}]}`)
		back("push knows them again", map[string]bool{ann: true})
		entra.must(t, 204, "DELETE", "/Users/"+ann, "")
		entra.user(t, "ann")
		back("deleted and created", map[string]bool{})
		b.must(t, 200, "POST", directory+"/groups/"+inner+"/overrule", `{"existence":"rule"}`)
		entra.must(t, 404, "GET", "/Groups/"+inner, "")
	})
}

func TestSomebodyWhoseNameIsTakenDoesNotComeBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		entra := b.provisioning(t, directory)
		old := entra.user(t, "ann", `"externalId":"`+annObjectID+`"`)
		entra.must(t, 204, "DELETE", "/Users/"+old, "")
		entra.user(t, "ann")
		b.refused(t, 409, "conflict", "userName", "POST", directory+"/users/"+old+"/overrule", `{"existence":"exists"}`)
		entra.must(t, 404, "GET", "/Users/"+old, "")
	})
}

func TestAnAdminOverrulesAMembership(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		entra := b.provisioning(t, directory)
		ann, bob := entra.user(t, "ann"), entra.user(t, "bob")
		crew := entra.group(t, "Crew", ann)
		path := func(member string) string { return directory + "/groups/" + crew + "/members/" + member }
		type why struct{ Outcome, Rule string }
		explained := func(body []byte) (w why) {
			if err := json.Unmarshal(body, &w); err != nil {
				t.Fatal(err)
			}
			return w
		}
		rule := func(member, ruling string, want why) {
			t.Helper()
			for range 2 {
				if got := explained(b.must(t, 200, "POST", path(member)+"/overrule", `{"membership":"`+ruling+`"}`).body); got != want {
					t.Errorf("%s: %+v, want %+v", ruling, got, want)
				}
			}
			if got := explained(b.must(t, 200, "GET", path(member)+"/explain", "").body); got != want {
				t.Errorf("%s, explained: %+v, want %+v", ruling, got, want)
			}
		}
		version := func() string { // the group's own, before what tells its members apart (decision 011)
			whole := entra.must(t, 200, "GET", "/Groups/"+crew, "")["meta"].(map[string]any)["version"].(string)
			own, _, _ := strings.Cut(strings.Trim(whole, `W/"`), "-")
			return own
		}
		versions := []string{version()}
		rule(ann, "out", why{"out", adminDecides})
		versions = append(versions, version())
		rule(bob, "in", why{"in", adminDecides})
		versions = append(versions, version())
		if diff := cmp.Diff([]string{"1", "2", "3"}, versions); diff != "" {
			t.Errorf("the group's version, which moves with its members (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]bool{bob: true}, entra.members(t, crew)); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
		rule(ann, "rule", why{"in", "only push has looked at it"})
		rule(bob, "rule", why{"out", "no path says that it is so"})
		rule(ann, "out", why{"out", adminDecides})
		entra.takeOut(t, crew, ann)
		if got, want := explained(b.must(t, 200, "GET", path(ann)+"/explain", "").body), (why{"out", "only push has looked at it"}); got != want {
			t.Errorf("push has said something different: %+v, want %+v", got, want)
		}
		for _, nobody := range []string{crew, nowhere, "x"} {
			b.refused(t, 404, "not-found", "", "POST", path(nobody)+"/overrule", `{"membership":"in"}`)
			b.refused(t, 404, "not-found", "", "GET", path(nobody)+"/explain", "")
		}
	})
}
