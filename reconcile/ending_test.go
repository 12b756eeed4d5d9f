package reconcile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
)

// known is somebody, or a group, whom both paths know since a time.
func known(since models.Instant) models.End {
	return models.End{Living: true, PushSays: models.Exists, PushSince: since, PullSays: models.Exists, PullSince: since}
}

func TestWhatAPathHasDeniedOfAnEdgeStandsAfterItsEnd(t *testing.T) {
	t.Parallel()
	const end = 100
	listed := known(1)
	listed.PullMembersAt, listed.PushMembersAt = 20, 20
	for name, tc := range map[string]struct {
		edge models.Membership
		path models.Path
		want models.Membership
	}{
		"push put them in, and the pull's list does not show them": {
			models.Membership{PushSays: models.In, PushAt: 10}, models.Pull,
			models.Membership{PushSays: models.In, PushAt: 10, PullSays: models.Out, PullAt: 20, PullDirect: true},
		},
		"push put them in after the pull's list": {
			models.Membership{PushSays: models.In, PushAt: 30}, models.Pull,
			models.Membership{PushSays: models.In, PushAt: 30, PullSays: models.Out, PullAt: 20, PullDirect: true, Present: true},
		},
		"both say so": {
			models.Membership{PushSays: models.In, PushAt: 30, PullSays: models.In, PullAt: 15}, models.Pull,
			models.Membership{PushSays: models.In, PushAt: 30, PullAt: end, Present: true},
		},
		"the pull alone says so": {
			models.Membership{PullSays: models.In, PullAt: 15}, models.Pull,
			models.Membership{PullAt: end},
		},
		"the pull found them, and push's list does not show them": {
			models.Membership{PullSays: models.In, PullAt: 5}, models.Push,
			models.Membership{PullSays: models.In, PullAt: 5, PushSays: models.Out, PushAt: 20, Present: true}, // its list is as late
		},
		"push alone says so": {
			models.Membership{PushSays: models.In, PushAt: 30}, models.Push,
			models.Membership{PushAt: end},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ends := Ends{Group: listed, Member: known(1), PushMembersAt: 20, PullMembersAt: 20}
			if tc.path == models.Push && tc.edge.PullSays == models.In {
				ends.PullMembersAt, ends.Group.PullMembersAt = 25, 25
			}
			got := MergeEdge(EndEdge(tc.edge, tc.path, ends, Rules{}, end), ends, Rules{})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("the edge differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheEndOfAPathWithdrawsWhatItVouchesFor(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	both := models.Standing{
		EntraObjectID: "o", PushSays: models.Exists, PushSince: 1, PushAt: 5, PushSpokeAt: 7,
		PushWords: models.Words{"title": {Value: "Pushed", At: 7}},
		PullSays:  models.Exists, PullSince: 2, PullAt: 6, PullDirectAt: 4, PullHash: 9,
		PullWords: models.Words{"title": {Value: "Read", At: 6}}, HeldValues: models.Attributes{"x": "y"},
	}
	pullEnded, pushEnded := both, both
	pullEnded.PullSays, pullEnded.PullSince, pullEnded.PullAt, pullEnded.PullDirectAt, pullEnded.PullHash = "", 0, 0, 0, 0
	pullEnded.PullWords, pullEnded.HeldValues = nil, nil
	pushEnded.PushSays, pushEnded.PushSince, pushEnded.PushAt, pushEnded.PushWords, pushEnded.HeldValues = "", 0, 0, nil, nil
	alone, aloneEnded := both, pullEnded
	alone.PushSays, alone.PushWords = models.Unheard, nil
	aloneEnded.PushSays, aloneEnded.PushWords, aloneEnded.PullWords = models.Unheard, nil, both.PullWords
	unread := pushEnded
	unread.PullHash = 0
	for name, tc := range map[string]struct {
		before, want models.User
		path         models.Path
	}{
		"the pull's, of somebody both know": {
			models.User{Standing: both, PullEnabled: &yes}, models.User{Standing: pullEnded}, models.Pull,
		},
		"the pull's, of somebody disabled": {
			models.User{Standing: both, PullEnabled: &no}, models.User{Standing: pullEnded, PullEnabled: &no}, models.Pull,
		},
		"the pull's, of somebody nobody else vouches for": {
			models.User{Standing: alone, PullEnabled: &yes}, models.User{Standing: aloneEnded}, models.Pull,
		},
		"push's, of somebody both know": {
			models.User{Standing: both, PushActive: &yes}, models.User{Standing: pushEnded}, models.Push,
		},
		"push's, of somebody inactive": {
			models.User{Standing: both, PushActive: &no}, models.User{Standing: unread, PushActive: &no}, models.Push,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, EndUser(tc.before, tc.path)); diff != "" {
				t.Errorf("the user differs (-want +got):\n%s", diff)
			}
		})
	}
}
