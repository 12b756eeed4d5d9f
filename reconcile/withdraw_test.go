package reconcile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/reconcile"
)

func TestWhatThePullTakesBackLeavesPushsWord(t *testing.T) {
	var u models.User
	u.EntraObjectID = "f0c3b7de-8a11-4e46-a3a5-5f3f0f9d7c02"
	u.PushSays, u.PullSays = models.Exists, models.Exists
	u.PushWords = models.Words{
		"userName": {Value: "ann@contoso.example", At: 1},
		"title":    {Value: "Captain", At: 1, Agreed: true}, // agreed once; the pull's readings show since
	}
	u.PullWords = models.Words{
		"title":       {Value: "Pilot", At: 2},
		"displayName": {Value: "Ann", At: 2},
		"userType":    {Value: nil, At: 2},
	}
	u.HeldValues = models.Attributes{"userType": "Guest"}
	if !reconcile.WithdrawPull(&u.Standing, []string{"title", "displayName", "userType"}) {
		t.Error("there was something to withdraw")
	}
	if reconcile.WithdrawPull(&u.Standing, []string{"title", "displayName", "userType"}) {
		t.Error("there was nothing to withdraw any more")
	}
	want := models.Attributes{"active": true, "userName": "ann@contoso.example", "title": "Captain", "externalId": "f0c3b7de-8a11-4e46-a3a5-5f3f0f9d7c02"}
	if diff := cmp.Diff(want, reconcile.MergeUser(u, reconcile.Rules{}).Attributes); diff != "" {
		t.Error(diff)
	}
}
