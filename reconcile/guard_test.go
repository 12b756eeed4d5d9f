package reconcile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scimbridge/models"
)

func TestDoubts(t *testing.T) {
	guard := models.DefaultSettings().Guard
	for name, tc := range map[string]struct {
		lost, total models.Losses
		emptied     []string
		want        []Excess
	}{
		"no losses": {total: models.Losses{Users: 100}},
		"ten users of a few are within the limit": {
			lost: models.Losses{Users: 10}, total: models.Losses{Users: 11},
		},
		"eleven of a hundred are more than ten and more than ten percent": {
			lost: models.Losses{Users: 11}, total: models.Losses{Users: 100},
			want: []Excess{{"users", "11 of 100 users would be lost, more than 10 and more than 10 %"}},
		},
		"eleven of a hundred and ten are not": {
			lost: models.Losses{Users: 11}, total: models.Losses{Users: 110},
		},
		"five hundred and one are too many however large the company": {
			lost: models.Losses{Users: 501}, total: models.Losses{Users: 1_000_000},
			want: []Excess{{"users", "501 of 1000000 users would be lost, more than 500"}},
		},
		"groups and memberships have limits of their own": {
			lost: models.Losses{Groups: 11, Memberships: 101}, total: models.Losses{Groups: 20, Memberships: 1000},
			want: []Excess{
				{"groups", "11 of 20 groups would be lost, more than 10 and more than 10 %"},
				{"memberships", "101 of 1000 memberships would be lost, more than 100 and more than 10 %"},
			},
		},
		"a large group that reads empty": {
			lost: models.Losses{Memberships: 20}, total: models.Losses{Memberships: 100_000}, emptied: []string{"Everyone"},
			want: []Excess{{"memberships", `the group "Everyone" reads empty, and had 20 members or more`}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Doubts(guard, tc.lost, tc.total, tc.emptied)); diff != "" {
				t.Errorf("doubts differ (-want +got):\n%s", diff)
			}
		})
	}
}

// Whoever counts no further than enough comes to the same judgement.
func TestEnoughToCountIsEnoughToJudge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := func(of string) models.Limit {
			return models.Limit{
				Max: rapid.IntRange(0, 20).Draw(t, of+" max"), Percent: rapid.IntRange(0, 110).Draw(t, of+" percent"),
				Ceiling: rapid.IntRange(0, 50).Draw(t, of+" ceiling"),
			}
		}
		losses := func(of string) models.Losses {
			number := rapid.IntRange(0, 300)
			return models.Losses{Users: number.Draw(t, of+" users"), Groups: number.Draw(t, of+" groups"), Memberships: number.Draw(t, of+" memberships")}
		}
		guard := models.Guard{Users: limit("users"), Groups: limit("groups"), Memberships: limit("memberships")}
		lost, total := losses("lost"), losses("total")
		enough := Enough(guard, lost)
		counted := models.Losses{
			Users: min(total.Users, enough.Users), Groups: min(total.Groups, enough.Groups),
			Memberships: min(total.Memberships, enough.Memberships),
		}
		kinds := func(total models.Losses) (kinds []string) {
			for _, d := range Doubts(guard, lost, total, nil) {
				kinds = append(kinds, d.Kind)
			}
			return kinds
		}
		if diff := cmp.Diff(kinds(total), kinds(counted)); diff != "" {
			t.Errorf("doubts of %+v by %+v (-by all +by enough):\n%s", lost, guard, diff)
		}
	})
}
