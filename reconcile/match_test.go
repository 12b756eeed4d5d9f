package reconcile

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
)

// record is a merged user as matching sees it.
func record(objectID, name string, push, pull models.Existence, state facts) models.User {
	u := models.User{ID: name, UserName: name, Living: state.Living, SoftDeleted: state.SoftDeleted, Active: state.Active}
	u.EntraObjectID, u.PushSays, u.PullSays = models.Optional(objectID), push, pull
	if occupies(u) {
		u.UserNameKey = models.Optional(models.Fold(name))
	}
	return u
}

func TestWhoAPulledUserIs(t *testing.T) {
	pushedAnn := record("", "Ann@contoso.example", models.Exists, models.Unheard, alive)
	knownAnn := record(annID, "ann@contoso.example", models.Exists, models.Exists, alive)
	bob := record(bobID, "ann@contoso.example", models.Exists, models.Unheard, alive)
	removedAnn := record(annID, "ann@contoso.example", models.Gone, models.Exists, removed)
	softAnn := record(annID, "ann@contoso.example", models.Exists, models.SoftDeleted, softly)
	deadWithoutID := record("", "ann@contoso.example", models.Gone, models.Unheard, removed)
	for name, tc := range map[string]struct {
		candidates []models.User
		userName   string
		want       Match
	}{
		"nobody is there": {nil, "ann@contoso.example", Match{-1, -1}},
		"the object id finds a living record, whatever its name":                        {[]models.User{knownAnn}, "anna@contoso.example", Match{0, -1}},
		"the object id wins over the name":                                              {[]models.User{pushedAnn, knownAnn}, "ann@contoso.example", Match{1, -1}},
		"the name adopts a pushed record, ignoring case":                                {[]models.User{pushedAnn}, "ANN@contoso.example", Match{0, -1}},
		"a name never matches against another object id":                                {[]models.User{bob}, "ann@contoso.example", Match{-1, -1}},
		"the object id brings back a removed record":                                    {[]models.User{removedAnn}, "ann@contoso.example", Match{0, -1}},
		"the object id brings back a soft-deleted record":                               {[]models.User{softAnn}, "ann@contoso.example", Match{0, -1}},
		"a living record of that name takes the object id over from a removed one":      {[]models.User{removedAnn, pushedAnn}, "ann@contoso.example", Match{1, 0}},
		"a living record of that name takes the object id over from a soft-deleted one": {[]models.User{pushedAnn, softAnn}, "ann@contoso.example", Match{0, 1}},
		"but not one that has another object id":                                        {[]models.User{bob, removedAnn}, "ann@contoso.example", Match{1, -1}},
		"a removed record is not found by its name":                                     {[]models.User{deadWithoutID}, "ann@contoso.example", Match{-1, -1}},
		"no name matches nobody":                                                        {[]models.User{deadWithoutID}, "", Match{-1, -1}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, MatchPulledUser(tc.candidates, annID, tc.userName)); diff != "" {
				t.Errorf("match differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhoAPostedUserIs(t *testing.T) {
	const ann = "ann@contoso.example"
	pulledAnn := record(annID, ann, models.Unheard, models.Exists, alive)
	pulledBob := record(bobID, ann, models.Unheard, models.Exists, alive)
	pushedAnn := record("", ann, models.Exists, models.Unheard, alive)
	vouchedID := record(annID, "anna@contoso.example", models.Exists, models.Exists, alive)
	deletedAnn := record(annID, ann, models.Gone, models.Exists, removed)
	revived := record(annID, ann, models.Gone, models.Exists, deactivated)
	goneAnn := record(annID, ann, models.Exists, models.Gone, removed)
	softAnn := record(annID, ann, models.Unheard, models.SoftDeleted, softly)
	softByID := record(annID, "old@contoso.example", models.Unheard, models.SoftDeleted, softly)
	deadWithoutID := record("", ann, models.Gone, models.Unheard, removed)
	for name, tc := range map[string]struct {
		candidates []models.User
		who        PushIdentity
		want       Match
		conflict   string // the attribute that is taken
	}{
		"nobody is there":                                      {nil, PushIdentity{annID, ann}, Match{-1, -1}, ""},
		"a pulled record is adopted by object id":              {[]models.User{pulledAnn}, PushIdentity{annID, "anna@contoso.example"}, Match{0, -1}, ""},
		"an object id in capitals is the same":                 {[]models.User{record(bobID, "x", "", models.Exists, alive), record("abcdef11-1111-4111-8111-11111111111f", ann, "", models.Exists, alive)}, PushIdentity{"ABCDEF11-1111-4111-8111-11111111111F", ann}, Match{1, -1}, ""},
		"a pulled record is adopted by name, ignoring case":    {[]models.User{pulledAnn}, PushIdentity{"", "ANN@contoso.example"}, Match{0, -1}, ""},
		"an externalId that is no GUID says nothing":           {[]models.User{pulledAnn}, PushIdentity{"ann", ann}, Match{0, -1}, ""},
		"a name never matches against another object id":       {[]models.User{pulledBob}, PushIdentity{annID, ann}, Match{-1, -1}, ""},
		"the object id is adopted though another has the name": {[]models.User{pulledBob, softByID}, PushIdentity{annID, ann}, Match{1, -1}, ""},
		"a name for which push vouches is taken":               {[]models.User{pushedAnn}, PushIdentity{"", ann}, Match{-1, -1}, "userName"},
		"even with another object id":                          {[]models.User{pushedAnn}, PushIdentity{annID, ann}, Match{-1, -1}, "userName"},
		"an object id for which push vouches is taken":         {[]models.User{vouchedID}, PushIdentity{annID, ann}, Match{-1, -1}, "externalId"},
		"a record that push deleted and the pull found again":  {[]models.User{revived}, PushIdentity{"", ann}, Match{0, -1}, ""},
		"the object id brings back what push deleted":          {[]models.User{deletedAnn}, PushIdentity{annID, ann}, Match{0, -1}, ""},
		"the object id brings back what the pull found gone":   {[]models.User{goneAnn}, PushIdentity{annID, ann}, Match{0, -1}, ""},
		"the object id finds a soft-deleted record":            {[]models.User{softAnn}, PushIdentity{annID, ann}, Match{0, -1}, ""},
		"anyone else of a soft-deleted name is new":            {[]models.User{softAnn}, PushIdentity{"", ann}, Match{-1, -1}, ""},
		"anyone else of a removed name is new":                 {[]models.User{deletedAnn}, PushIdentity{"", ann}, Match{-1, -1}, ""},
		"no name matches nobody":                               {[]models.User{deadWithoutID}, PushIdentity{"", ""}, Match{-1, -1}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := MatchPushedUser(tc.candidates, tc.who)
			wantConflict(t, err, tc.conflict)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("match differs (-want +got):\n%s", diff)
			}
		})
	}
}

func wantConflict(t *testing.T, err error, attribute string) {
	t.Helper()
	var conflict *models.ConflictError
	switch {
	case attribute == "" && err != nil:
		t.Errorf("refused: %v", err)
	case attribute != "" && (!errors.As(err, &conflict) || conflict.Attribute != attribute):
		t.Errorf("got %v, want a conflict of %s", err, attribute)
	}
}

func team(objectID, name string, push, pull models.Existence, living bool) models.Group {
	g := models.Group{ID: name, DisplayName: name, DisplayNameKey: models.Fold(name), Living: living}
	g.EntraObjectID, g.PushSays, g.PullSays = models.Optional(objectID), push, pull
	return g
}

func TestWhoAPulledGroupIs(t *testing.T) {
	pushedSales := team("", "Sales", models.Exists, models.Unheard, true)
	otherSales := team(bobID, "Sales", models.Unheard, models.Exists, true)
	sales := team(annID, "Sales", models.Unheard, models.Exists, true)
	deadSales := team(annID, "Sales", models.Gone, models.Exists, false)
	for name, tc := range map[string]struct {
		candidates []models.Group
		want       Match
	}{
		"no group is there":                                    {nil, Match{-1, -1}},
		"the object id finds it":                               {[]models.Group{pushedSales, sales}, Match{1, -1}},
		"the name adopts a pushed group":                       {[]models.Group{pushedSales}, Match{0, -1}},
		"two of that name: neither is adopted":                 {[]models.Group{pushedSales, pushedSales}, Match{-1, -1}},
		"one of two has another object id":                     {[]models.Group{pushedSales, otherSales}, Match{-1, -1}},
		"a name never matches against another object id":       {[]models.Group{otherSales}, Match{-1, -1}},
		"the object id brings back a removed group":            {[]models.Group{deadSales}, Match{0, -1}},
		"a living group of that name takes the object id":      {[]models.Group{deadSales, pushedSales}, Match{1, 0}},
		"a removed group is not found by its name":             {[]models.Group{team("", "Sales", models.Gone, "", false)}, Match{-1, -1}},
		"two of that name, and the object id is of a dead one": {[]models.Group{pushedSales, deadSales, otherSales}, Match{1, -1}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, MatchPulledGroup(tc.candidates, annID, "SALES")); diff != "" {
				t.Errorf("match differs (-want +got):\n%s", diff)
			}
		})
	}
	if got := MatchPulledGroup([]models.Group{team("", "", models.Exists, "", true)}, annID, ""); got.Record >= 0 {
		t.Errorf("a group without a name is adopted by one without a name: %+v", got)
	}
}

func TestWhoAPostedGroupIs(t *testing.T) {
	pulledSales := team(annID, "Sales", models.Unheard, models.Exists, true)
	otherSales := team(bobID, "Sales", models.Unheard, models.Exists, true)
	pushedSales := team("", "Sales", models.Exists, models.Unheard, true)
	vouchedID := team(annID, "Staff", models.Exists, models.Exists, true)
	vouchedName := team("", "Staff", models.Exists, models.Unheard, true)
	vouchedName.ExternalID = "sales-1"
	deletedSales := team(annID, "Sales", models.Gone, models.Exists, false)
	deadVouched := team(annID, "Sales", models.Exists, models.Gone, false)
	for name, tc := range map[string]struct {
		candidates []models.Group
		externalID string
		want       int
		conflict   string
	}{
		"no group is there":                               {nil, "", -1, ""},
		"a pulled group is adopted by object id":          {[]models.Group{otherSales, pulledSales}, annID, 1, ""},
		"a pulled group is adopted by name":               {[]models.Group{pulledSales}, "", 0, ""},
		"an externalId that is no GUID says nothing":      {[]models.Group{pulledSales}, "x", 0, ""},
		"two of that name: a new one":                     {[]models.Group{pulledSales, otherSales}, "", -1, ""},
		"a name never matches against another object id":  {[]models.Group{otherSales}, annID, -1, ""},
		"a name for which push vouches is taken":          {[]models.Group{pulledSales, pushedSales}, "", -1, "displayName"},
		"an object id for which push vouches is taken":    {[]models.Group{vouchedID}, annID, -1, "externalId"},
		"an externalId for which push vouches is taken":   {[]models.Group{vouchedName}, "sales-1", -1, "externalId"},
		"the object id brings back what push deleted":     {[]models.Group{deletedSales}, annID, 0, ""},
		"the object id brings back what the pull removed": {[]models.Group{deadVouched}, annID, 0, ""},
		"anyone else of a removed name is new":            {[]models.Group{deletedSales}, "", -1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := MatchPushedGroup(tc.candidates, PushIdentity{tc.externalID, "sales"})
			wantConflict(t, err, tc.conflict)
			if got != tc.want {
				t.Errorf("candidate %d, want %d", got, tc.want)
			}
		})
	}
}

func TestAnExternalIDThatTiesIsNotChanged(t *testing.T) {
	tied := heard(pushed(0, values("externalId", annID)), found(listAt(1), nil)).Standing
	nickname := heard(pushed(0, values("externalId", "ann")), found(listAt(1), nil)).Standing
	untied := heard(pushed(0, values("externalId", annID))).Standing
	untied.EntraObjectID = annID
	pulled := heard(found(listAt(1), nil)).Standing
	for name, tc := range map[string]struct {
		standing models.Standing
		to       string
		refused  bool
	}{
		"a GUID to another":                            {tied, bobID, true},
		"a GUID to a nickname":                         {tied, "ann", true},
		"a GUID to nothing":                            {tied, "", true},
		"a nickname to another":                        {nickname, "anna", false},
		"a nickname to the object id":                  {nickname, annID, false},
		"a nickname to another object id":              {nickname, bobID, true},
		"what the pull has not seen may change":        {untied, bobID, false},
		"a pulled record gets a nickname":              {pulled, "ann", false},
		"a pulled record gets another one's object id": {pulled, bobID, true},
		"a pulled record gets its object id from push": {pulled, annID, false},
		"a tie holds while the record is out of scope": {outOfScope(5)(models.User{Standing: tied}).Standing, bobID, true},
		"a tie holds after a tombstone":                {gone(5)(models.User{Standing: tied}).Standing, bobID, true},
		"a tombstone alone does not tie":               {gone(5)(models.User{Standing: untied}).Standing, bobID, false},
	} {
		t.Run(name, func(t *testing.T) {
			want := ""
			if tc.refused {
				want = "externalId"
			}
			wantConflict(t, CheckExternalID(&tc.standing, tc.to), want)
		})
	}
}
