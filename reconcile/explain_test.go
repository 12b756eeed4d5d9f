package reconcile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scimbridge/models"
)

func TestAUserIsExplained(t *testing.T) {
	no := false
	u := heard(
		pushedActive(0, &no, values("title", "Pilot", "displayName", "Ann", "nickName", "A")),
		found(listAt(5), values("title", "Clerk", "displayName", "Ann", "userType", "Member")),
	)
	u = MergeUser(u, Rules{Settle: settle})
	got := ExplainUser(u, Rules{Settle: settle})
	want := Explanation{
		Existence: Reason{
			Outcome: "living", Rule: "both paths vouch for it",
			Words: []Spoken{{models.Push, "exists", minute(0)}, {models.Pull, "exists", minute(5)}},
		},
		Activity: Reason{
			Outcome: "inactive", Rule: "push said that the account is not active",
			Words: []Spoken{{models.Push, false, minute(0)}, {models.Pull, true, minute(5)}},
		},
		Attributes: []AttributeReason{
			{Path: "displayName", Value: "Ann", By: models.Pull,
				Rule:  "the pull has read what push said, so its readings show until push speaks again",
				Words: []Spoken{{models.Push, "Ann", minute(0)}, {models.Pull, "Ann", minute(5)}}},
			{Path: "nickName", Value: "A", By: models.Push, Rule: "only push has said it",
				Words: []Spoken{{models.Push, "A", minute(0)}}},
			{Path: "title", Value: "Pilot", By: models.Push, Rule: "push's value stands until the pull reads the same", Drift: true,
				Words: []Spoken{{models.Push, "Pilot", minute(0)}, {models.Pull, "Clerk", minute(5)}}},
			{Path: "userType", Value: "Member", By: models.Pull, Rule: "push never said it, so the pull fills it",
				Words: []Spoken{{models.Pull, "Member", minute(5)}}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("explanation differs (-want +got):\n%s", diff)
	}
}

// What is explained is what is merged, whatever was said.
func TestExplanationAndMergeAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.SampledFrom([]any{"a", "b", nil})
		u := heard()
		for range rapid.IntRange(0, 5).Draw(t, "words") {
			at := rapid.IntRange(0, 100).Draw(t, "at")
			said := values("title", value.Draw(t, "title"), "nickName", value.Draw(t, "nickName"))
			switch rapid.IntRange(0, 7).Draw(t, "who") {
			case 5:
				u = overruled(rapid.SampledFrom([]models.Existence{models.Exists, models.Gone}).Draw(t, "existence"), at)(u)
			case 6:
				u = overruledActive(at, drawActive(t, "active"))(u)
			case 7:
				if err := TakePulled(&u.Standing, "title", minute(at)); err != nil && u.PullWords["title"].At != 0 {
					t.Fatal(err)
				}
			case 0:
				u = pushed(at, said)(u)
			case 1:
				u = patched(at, said)(u)
			case 2:
				u = deleted(at)(u)
			case 3:
				u = found(listAt(at), said)(u)
			case 4:
				u = gone(at)(u)
			}
		}
		r := Rules{Settle: settle}
		merged := MergeUser(u, r)
		why := ExplainUser(merged, r)
		if (why.Existence.Outcome != "removed") != merged.Living {
			t.Fatalf("living %v, explained as %s", merged.Living, why.Existence.Outcome)
		}
		if (why.Activity.Outcome == "active") != merged.Active {
			t.Fatalf("active %v, explained as %s", merged.Active, why.Activity.Outcome)
		}
		for _, a := range why.Attributes {
			if a.Path == "title" || a.Path == "nickName" {
				if diff := cmp.Diff(merged.Attributes[a.Path], a.Value); diff != "" {
					t.Fatalf("%s differs (-merged +explained):\n%s", a.Path, diff)
				}
			}
		}
	})
}

func TestAnEdgeIsExplained(t *testing.T) {
	known := both(-300)
	for name, tc := range map[string]struct {
		words []edgeWord
		want  Reason
	}{
		"push has taken out whom the pull found": {
			[]edgeWord{known, pullIn(listAt(0)), pushOut(1)},
			Reason{"out", "the later look wins: push's", []Spoken{{models.Push, "out", minute(1)}, {models.Pull, "in", minute(0)}}},
		},
		"the pull has settled": {
			[]edgeWord{known, pushOut(1), pullIn(listAt(60))},
			Reason{"in", "the later look wins: the pull's, settling time taken off", []Spoken{{models.Push, "out", minute(1)}, {models.Pull, "in", minute(60)}}},
		},
		"an admin has overruled push": {
			[]edgeWord{pushOut(1), adminSays(models.In, 2)},
			Reason{"in", "an admin's word stands until a path says something different", []Spoken{{models.Push, "out", minute(1)}, {models.Admin, "in", minute(2)}}},
		},
		"the pull alone": {
			[]edgeWord{known, pullIn(listAt(0))}, Reason{"in", "only the pull has looked at it", []Spoken{{models.Pull, "in", minute(0)}}},
		},
		"nobody": {nil, Reason{Outcome: "out", Rule: "no path says that it is so"}},
	} {
		e := heardOfEdge(tc.words...)
		if diff := cmp.Diff(tc.want, ExplainEdge(e.merged(rules), e.ends(), rules)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestChainsAreShortestAndEndInLoops(t *testing.T) {
	got := Chains("ann", map[string][]string{
		"ann": {"emea", "pilots"}, "emea": {"staff"}, "staff": {"emea"}, "pilots": {"crew"}, "crew": {"staff"},
	})
	want := map[string]Chain{
		"emea": {"emea"}, "staff": {"emea", "staff"}, "pilots": {"pilots"}, "crew": {"pilots", "crew"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("chains differ (-want +got):\n%s", diff)
	}
}
