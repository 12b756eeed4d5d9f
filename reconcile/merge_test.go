package reconcile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"scimbridge/models"
)

// facts are what existence and activity come to.
type facts struct{ Living, SoftDeleted, Active bool }

var (
	alive       = facts{Living: true, Active: true}
	deactivated = facts{Living: true}
	softly      = facts{Living: true, SoftDeleted: true}
	removed     = facts{}
)

func factsOf(u models.User) facts { return facts{u.Living, u.SoftDeleted, u.Active} }

func TestExistenceInBothOrdersOfArrival(t *testing.T) {
	tied := found(listAt(-100), nil)
	for name, tc := range map[string]struct {
		before []said // what both paths had said long ago
		push   said
		pull   said
		want   facts
	}{
		"nobody has spoken":                                           {want: facts{Active: true}},
		"only push says exists, and one path is enough":               {push: pushed(0, nil), want: alive},
		"only the pull says exists, and one path is enough":           {pull: found(listAt(0), nil), want: alive},
		"only the pull says soft-deleted: readable, but deactivated":  {pull: softDeleted(0), want: softly},
		"out of scope alone does not vouch":                           {pull: outOfScope(0), want: facts{Active: true}},
		"push deletes what only push vouched for":                     {before: []said{pushed(-90, nil)}, push: deleted(0), want: removed},
		"both say exists":                                             {push: pushed(5, nil), pull: found(listAt(0), nil), want: alive},
		"push exists, pull soft-deleted before: soft-deleted stands":  {before: []said{tied}, push: pushed(5, nil), pull: softDeleted(0), want: softly},
		"push exists, pull soft-deleted after":                        {before: []said{tied}, push: pushed(0, nil), pull: softDeleted(5), want: softly},
		"push exists, out of scope after: push still vouches":         {push: pushed(0, nil), pull: outOfScope(90), want: alive},
		"push exists, out of scope before":                            {push: pushed(90, nil), pull: outOfScope(0), want: alive},
		"push gone, out of scope after: nobody vouches":               {before: []said{tied, pushed(-90, nil)}, push: deleted(0), pull: outOfScope(90), want: removed},
		"push gone, out of scope before":                              {before: []said{tied, pushed(-90, nil)}, push: deleted(90), pull: outOfScope(0), want: removed},
		"push exists after a tombstone: the later look wins":          {before: []said{tied}, push: pushed(1, nil), pull: gone(0), want: alive},
		"a tombstone after push: it counts at once":                   {before: []said{tied}, push: pushed(0, nil), pull: gone(1), want: facts{Active: true}},
		"a tombstone at the time of a push: push wins":                {before: []said{tied}, push: pushed(0, nil), pull: gone(0), want: alive},
		"a list finds what push deleted, after settling":              {before: []said{tied, pushed(-90, nil)}, push: deleted(0), pull: found(listAt(31), nil), want: deactivated},
		"a list finds what push deleted, not yet settled":             {before: []said{tied, pushed(-90, nil)}, push: deleted(0), pull: found(listAt(29), nil), want: removed},
		"a list settles at the time of the DELETE: push wins":         {before: []said{tied, pushed(-90, nil)}, push: deleted(0), pull: found(listAt(30), nil), want: removed},
		"a read by id finds what push deleted, and counts at once":    {before: []said{tied, pushed(-90, nil)}, push: deleted(0), pull: found(readAt(1), nil), want: deactivated},
		"a read by id before the DELETE does not count":               {before: []said{tied, pushed(-90, nil)}, push: deleted(1), pull: found(readAt(0), nil), want: removed},
		"DELETE after soft delete: the client that got 204 finds 404": {before: []said{tied, pushed(-90, nil)}, push: deleted(1), pull: softDeleted(0), want: removed},
		"soft delete after DELETE: the later look wins":               {before: []said{tied, pushed(-90, nil)}, push: deleted(0), pull: softDeleted(1), want: softly},
		"DELETE after a tombstone":                                    {before: []said{tied, pushed(-90, nil)}, push: deleted(1), pull: gone(0), want: removed},
		"a tombstone of an object that the pull has never seen":       {push: pushed(0, nil), pull: gone(1), want: alive},
	} {
		t.Run(name, func(t *testing.T) {
			for order, words := range map[string][]said{"push first": {tc.push, tc.pull}, "pull first": {tc.pull, tc.push}} {
				u := heard(tc.before...)
				for _, word := range words {
					if word != nil {
						u = word(u)
					}
				}
				if diff := cmp.Diff(tc.want, factsOf(MergeUser(u, rules))); diff != "" {
					t.Errorf("%s: facts differ (-want +got):\n%s", order, diff)
				}
			}
		})
	}
}

func TestARoundIsALookAtWhatItDoesNotMention(t *testing.T) {
	revived := heard(found(listAt(-90), nil), pushed(-80, nil), gone(0), pushed(10, nil))
	deletedInPush := heard(found(listAt(-90), nil), pushed(-80, nil), deleted(0))
	onlyPushed := heard(pushed(0, nil))
	for name, tc := range map[string]struct {
		user  models.User
		round int
		want  facts
	}{
		"gone, and brought back by push, before the round has settled": {revived, 40, alive},
		"gone, and still not there in a later round":                   {revived, 41, facts{Active: true}},
		"deleted by push, and the round has not settled":               {deletedInPush, 30, removed},
		"deleted by push, and still there in a later round":            {deletedInPush, 31, deactivated},
		"a record of which the pull has never spoken":                  {onlyPushed, 600, alive},
	} {
		t.Run(name, func(t *testing.T) {
			got := MergeUser(tc.user, Rules{Settle: settle, RoundAt: minute(tc.round)})
			if diff := cmp.Diff(tc.want, factsOf(got)); diff != "" {
				t.Errorf("facts differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGroupExistence(t *testing.T) {
	read := func(n int) models.SourceGroup {
		return models.SourceGroup{ObjectID: bobID, Existence: models.Exists, Values: values("displayName", "Sales")}
	}
	g := HearPullGroup(models.Group{ID: "g"}, read(0), listAt(0))
	g = HearPushGroup(g, PushSaid{Values: values("displayName", "Sales"), Whole: true}, minute(5))
	g.PullMembersHash = 7
	goneGroup := HearPullGroup(g, models.SourceGroup{ObjectID: bobID, Existence: models.Gone}, readAt(6))
	pushGone := g
	HearPushGone(&pushGone.Standing, minute(7))
	for name, tc := range map[string]struct {
		group models.Group
		rules Rules
		want  bool
	}{
		"both say exists":                          {g, rules, true},
		"a tombstone after push, or a soft delete": {goneGroup, rules, false},
		"push says it exists after that": {
			HearPushGroup(goneGroup, PushSaid{Values: values("displayName", "Sales")}, minute(8)), rules, true},
		"a DELETE after the pull":                     {pushGone, rules, false},
		"a DELETE, and a settled round that finds it": {pushGone, Rules{Settle: settle, RoundAt: minute(38)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := MergeGroup(tc.group, tc.rules); got.Living != tc.want || got.DisplayName != "Sales" {
				t.Errorf("living %v as %q, want %v", got.Living, got.DisplayName, tc.want)
			}
		})
	}
	if g.PullMembersHash != 7 || goneGroup.PullMembersHash != 0 {
		t.Errorf("the list of a group that is gone must be read anew: hash %d, was %d", goneGroup.PullMembersHash, g.PullMembersHash)
	}
}

func TestActive(t *testing.T) {
	enabled := found(listAt(0), nil)
	unsaid := pulls(listAt(9), models.SourceUser{Existence: models.Exists})
	for name, tc := range map[string]struct {
		words []said
		want  facts
	}{
		"push says nothing of active":                               {[]said{pushed(0, nil)}, alive},
		"push says false":                                           {[]said{pushedActive(0, no(), nil)}, deactivated},
		"push says false, the pull finds them enabled":              {[]said{pushedActive(0, no(), nil), found(listAt(90), nil)}, deactivated},
		"push says false, then true":                                {[]said{pushedActive(0, no(), nil), patchedActive(1, yes())}, alive},
		"push says false, then something else":                      {[]said{pushedActive(0, no(), nil), patched(1, values("title", "x"))}, deactivated},
		"push says false, then a PUT without active (decision 002)": {[]said{pushedActive(0, no(), nil), pushed(1, nil)}, deactivated},
		"the pull finds them disabled":                              {[]said{disabled(listAt(0))}, deactivated},
		"disabled in Graph, push says true later":                   {[]said{disabled(listAt(0)), pushedActive(90, yes(), nil)}, deactivated},
		"disabled in Graph, then enabled":                           {[]said{disabled(listAt(0)), found(listAt(1), nil)}, alive},
		"disabled in Graph, then no word":                           {[]said{disabled(listAt(0)), unsaid}, deactivated},
		"enabled in Graph, then no word":                            {[]said{enabled, unsaid}, alive},
		"disabled in Graph and out of scope, push vouches": {
			[]said{pushed(0, nil), pulls(listAt(1), models.SourceUser{Existence: models.OutOfScope, Enabled: no()})}, deactivated},
		"soft-deleted, push says true later":             {[]said{enabled, softDeleted(1), pushedActive(2, yes(), nil)}, softly},
		"soft-deleted, then restored":                    {[]said{enabled, softDeleted(1), found(readAt(2), nil)}, alive},
		"soft-deleted, then restored but disabled":       {[]said{enabled, softDeleted(1), disabled(readAt(2))}, deactivated},
		"a DELETE, then the pull finds them":             {[]said{enabled, pushed(1, nil), deleted(2), found(readAt(3), nil)}, deactivated},
		"a DELETE, found by the pull, then a PATCH":      {[]said{enabled, pushed(1, nil), deleted(2), found(readAt(3), nil), patched(4, nil)}, alive},
		"a DELETE, then a POST that leaves active out":   {[]said{enabled, pushedActive(1, no(), nil), deleted(2), pushed(3, nil)}, alive},
		"a DELETE, then a POST with active false":        {[]said{enabled, pushed(1, nil), deleted(2), pushedActive(3, no(), nil)}, deactivated},
		"false, a DELETE, found, a PATCH of the title":   {[]said{enabled, pushedActive(1, no(), nil), deleted(2), found(readAt(3), nil), patched(4, nil)}, deactivated},
		"disabled in Graph, gone from it, then a POST":   {[]said{disabled(listAt(0)), gone(1), pushedActive(2, yes(), nil)}, alive},
		"a late page does not enable":                    {[]said{disabled(readAt(5)), found(listAt(4), nil)}, deactivated},
		"a late page does not restore":                   {[]said{softDeleted(5), found(listAt(4), nil)}, softly},
		"a late tombstone does not remove":               {[]said{enabled, found(readAt(5), nil), gone(4)}, alive},
		"an answer as old as the one in hand is no late": {[]said{enabled, disabled(readAt(0))}, deactivated},
	} {
		t.Run(name, func(t *testing.T) {
			got := MergeUser(heard(tc.words...), rules)
			if diff := cmp.Diff(tc.want, factsOf(got)); diff != "" {
				t.Errorf("facts differ (-want +got):\n%s", diff)
			}
			if got.Attributes["active"] != got.Active {
				t.Errorf("the document says active %v, the record %v", got.Attributes["active"], got.Active)
			}
		})
	}
}

func TestAttributes(t *testing.T) {
	const work = `emails[type eq "work"].value`
	for name, tc := range map[string]struct {
		words []said
		want  models.Attributes
	}{
		"what push never said, the pull fills": {
			[]said{pushed(0, values("title", "Pilot")), found(listAt(1), values("title", "Clerk", "nickName", "Ann", "name.givenName", "Anna"))},
			models.Attributes{"title": "Pilot", "nickName": "Ann", "name": map[string]any{"givenName": "Anna"}}},
		"push's value stands against a reading in hand": {
			[]said{found(listAt(0), values("title", "Clerk")), pushed(90, values("title", "Pilot"))}, models.Attributes{"title": "Pilot"}},
		"push's value stands against a later reading": {
			[]said{pushed(0, values("title", "Pilot")), found(listAt(90), values("title", "Clerk"))}, models.Attributes{"title": "Pilot"}},
		"a reading in hand agreed, so later readings show": {
			[]said{found(listAt(0), values("title", "Pilot")), pushed(1, values("title", "Pilot")), found(listAt(2), values("title", "Clerk"))},
			models.Attributes{"title": "Clerk"}},
		"a later reading agreed, so later readings show": {
			[]said{pushed(1, values("title", "Pilot")), found(listAt(2), values("title", "Pilot")), found(listAt(3), values("title", "Clerk"))},
			models.Attributes{"title": "Clerk"}},
		"agreement counts without settling": {
			[]said{found(listAt(0), values("title", "Clerk")), pushed(10, values("title", "Pilot")), found(listAt(11), values("title", "Clerk")), found(listAt(12), values("title", "Pilot"))},
			models.Attributes{"title": "Pilot"}},
		"after agreement push speaks again": {
			[]said{pushed(1, values("title", "Pilot")), found(listAt(2), values("title", "Pilot")), found(listAt(3), values("title", "Clerk")), patched(4, values("title", "Pilot"))},
			models.Attributes{"title": "Pilot"}},
		"a reading that was replaced before push spoke agrees no more": {
			[]said{found(listAt(0), values("title", "Pilot")), found(listAt(1), values("title", "Clerk")), pushed(2, values("title", "Pilot"))},
			models.Attributes{"title": "Pilot"}},
		"the same, with the second reading recorded after the push": {
			[]said{found(listAt(0), values("title", "Pilot")), pushed(2, values("title", "Pilot")), found(listAt(1), values("title", "Clerk"))},
			models.Attributes{"title": "Pilot"}},
		"a reading sent before push spoke, recorded after, agrees": {
			[]said{pushed(2, values("title", "Pilot")), found(listAt(1), values("title", "Pilot")), found(listAt(3), values("title", "Clerk"))},
			models.Attributes{"title": "Clerk"}},
		"a late reading agrees, though a read by id has replaced it": {
			[]said{pushed(1, values("title", "Pilot")), found(readAt(3), values("title", "Clerk")), found(listAt(2), values("title", "Pilot"))},
			models.Attributes{"title": "Clerk"}},
		"a late reading does not overwrite what a read by id said": {
			[]said{found(readAt(3), values("title", "Clerk")), found(listAt(2), values("title", "Pilot"))}, models.Attributes{"title": "Clerk"}},
		"a PUT that omits an attribute withdraws push's word": {
			[]said{found(listAt(0), values("title", "Clerk")), pushed(1, values("title", "Pilot", "nickName", "A")), pushed(2, values("nickName", "A"))},
			models.Attributes{"title": "Clerk", "nickName": "A"}},
		"a PUT that omits what the pull never read": {
			[]said{pushed(1, values("title", "Pilot", "nickName", "A")), pushed(2, values("nickName", "A"))}, models.Attributes{"nickName": "A"}},
		"a PATCH leaves the rest alone": {
			[]said{pushed(1, values("title", "Pilot", "nickName", "A")), patched(2, values("nickName", "B"))},
			models.Attributes{"title": "Pilot", "nickName": "B"}},
		"push takes a value away, the pull still reads it": {
			[]said{found(listAt(0), values("title", "Clerk")), patched(1, values("title", nil))}, models.Attributes{}},
		"push and the pull agree on empty, then the pull reads something": {
			[]said{patched(1, values("title", nil)), found(listAt(2), values("title", nil)), found(listAt(3), values("title", "Clerk"))},
			models.Attributes{"title": "Clerk"}},
		"the pull reads empty where push never spoke": {
			[]said{found(listAt(0), values("title", "Clerk")), found(listAt(1), values("title", nil))}, models.Attributes{}},
		"the pull reads empty where push's value stands": {
			[]said{pushed(0, values("title", "Pilot")), found(listAt(1), values("title", nil))}, models.Attributes{"title": "Pilot"}},
		"the pull reads empty after agreement": {
			[]said{pushed(0, values("title", "Pilot")), found(listAt(1), values("title", "Pilot")), found(listAt(2), values("title", nil))}, models.Attributes{}},
		"what a reading leaves out is no word": {
			[]said{found(listAt(0), values("title", "Clerk", "nickName", "A")), found(listAt(1), values("nickName", "B"))},
			models.Attributes{"title": "Clerk", "nickName": "B"}},
		"each leaf is merged by itself": {
			[]said{pushed(0, values(work, "ann@push.example", "name.givenName", "Anna")), found(listAt(1), values(work, "ann@pull.example", "name.familyName", "Berg", "name.givenName", "Ann"))},
			models.Attributes{"emails": []any{map[string]any{"type": "work", "value": "ann@push.example"}}, "name": map[string]any{"givenName": "Anna", "familyName": "Berg"}}},
		"a userName read as null is no word": {
			[]said{pulls(listAt(0), models.SourceUser{Existence: models.Exists, UserName: "ann", Values: values("title", "x")}), found(listAt(1), values("userName", nil, "title", "y"))},
			models.Attributes{"userName": "ann", "title": "y"}},
		"the name that Entra gives on soft delete is not taken over": {
			[]said{pulls(listAt(0), models.SourceUser{Existence: models.Exists, UserName: "ann", Values: values("title", "x")}),
				pulls(readAt(1), models.SourceUser{Existence: models.SoftDeleted, UserName: "1111ann", Values: values("title", "y")})},
			models.Attributes{"userName": "ann", "title": "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := MergeUser(heard(tc.words...), rules)
			if diff := cmp.Diff(tc.want, document(got)); diff != "" {
				t.Errorf("document differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExternalID(t *testing.T) {
	for name, tc := range map[string]struct {
		words []said
		want  models.Optional
	}{
		"a record that only the pull brought shows its object id": {[]said{found(listAt(0), nil)}, annID},
		"push's word stands":                                 {[]said{found(listAt(0), nil), pushed(1, values("externalId", "ann"))}, "ann"},
		"even after a reading":                               {[]said{pushed(1, values("externalId", "ann")), found(listAt(90), values("externalId", "ann")), found(listAt(91), values("externalId", "x"))}, "ann"},
		"a PUT that omits it withdraws it":                   {[]said{found(listAt(0), nil), pushed(1, values("externalId", "ann")), pushed(2, nil)}, annID},
		"push takes it away":                                 {[]said{found(listAt(0), nil), patched(1, values("externalId", nil))}, ""},
		"only push speaks, and has none":                     {[]said{pushed(0, nil)}, ""},
		"a GUID of push that the pull has not seen, as said": {[]said{pushed(0, values("externalId", annID))}, annID},
	} {
		t.Run(name, func(t *testing.T) {
			got := MergeUser(heard(tc.words...), rules)
			if got.ExternalID != tc.want {
				t.Errorf("externalId %q, want %q", got.ExternalID, tc.want)
			}
		})
	}
}

func TestManager(t *testing.T) {
	const bob, carolID = "bob", "33333333-3333-4333-8333-333333333333"
	pushes := func(n int, manager any) said { return patched(n, values(models.ManagerPath, manager)) }
	reads := func(n int, manager any) said { return found(listAt(n), values(models.ManagerPath, manager)) }
	type managers struct{ ID, ObjectID models.Optional }
	for name, tc := range map[string]struct {
		words     []said
		objectIDs map[string]string
		want      managers
	}{
		"only the pull speaks":                                 {words: []said{reads(0, bobID)}, want: managers{ObjectID: bobID}},
		"only push speaks, of someone not yet known":           {words: []said{pushes(0, bob)}, want: managers{ID: bob}},
		"push's word stands against another":                   {words: []said{reads(0, carolID), pushes(1, bob)}, want: managers{ID: bob}},
		"the two name one person, so the pull's shows":         {words: []said{pushes(0, bob), reads(1, bobID)}, objectIDs: map[string]string{bob: bobID}, want: managers{ObjectID: bobID}},
		"a reading in hand names the same person":              {words: []said{reads(0, bobID), pushes(1, bob)}, objectIDs: map[string]string{bob: bobID}, want: managers{ObjectID: bobID}},
		"the two name different people":                        {words: []said{pushes(0, bob), reads(1, carolID)}, objectIDs: map[string]string{bob: bobID}, want: managers{ID: bob}},
		"push takes the manager away":                          {words: []said{reads(0, bobID), pushes(1, nil)}, want: managers{}},
		"the pull reads that there is none":                    {words: []said{reads(0, bobID), reads(1, nil)}, want: managers{}},
		"both say that there is none, then the pull reads one": {words: []said{pushes(0, nil), reads(1, nil), reads(2, bobID)}, want: managers{ObjectID: bobID}},
		"a PUT without a manager withdraws push's":             {words: []said{reads(0, bobID), pushes(1, "carol"), pushed(2, nil)}, want: managers{ObjectID: bobID}},
	} {
		t.Run(name, func(t *testing.T) {
			r := Rules{Settle: settle, ObjectIDs: tc.objectIDs}
			got := MergeUser(heard(tc.words...), r)
			if diff := cmp.Diff(tc.want, managers{got.ManagerID, got.ManagerObjectID}); diff != "" {
				t.Errorf("manager differs (-want +got):\n%s", diff)
			}
			if _, shown := got.Attributes[models.EnterpriseURN]; shown {
				t.Errorf("the manager is resolved when it is read, and not in the document: %v", got.Attributes)
			}
		})
	}
	agreed := MergeUser(heard(pushes(0, bob), reads(1, bobID)), Rules{Settle: settle, ObjectIDs: map[string]string{bob: bobID}})
	later := MergeUser(reads(2, carolID)(agreed), Rules{Settle: settle, ObjectIDs: map[string]string{bob: bobID}})
	if diff := cmp.Diff(managers{"", carolID}, managers{later.ManagerID, later.ManagerObjectID}); diff != "" {
		t.Errorf("after agreement the pull's readings show (-want +got):\n%s", diff)
	}
}

func TestAWordIsNeverBeforeThePreviousOfItsPath(t *testing.T) {
	u := heard(pushed(10, values("title", "Pilot")), patched(5, values("title", "Clerk")))
	want := models.Standing{
		PushSays: models.Exists, PushSince: minute(10), PushAt: minute(10), PushSpokeAt: minute(10),
		PushWords: models.Words{"title": {Value: "Clerk", At: minute(10)}},
	}
	if diff := cmp.Diff(want, u.Standing); diff != "" {
		t.Errorf("standing differs (-want +got):\n%s", diff)
	}
	u = deleted(7)(u)
	want.PushSays, want.PushGoneAt = models.Gone, minute(10)
	if diff := cmp.Diff(want, u.Standing); diff != "" {
		t.Errorf("standing after the DELETE differs (-want +got):\n%s", diff)
	}
}

func TestAReadingIsRecordedWhole(t *testing.T) {
	first := models.SourceUser{ObjectID: annID, Existence: models.Exists, Enabled: yes(), UserName: "ann", Values: values("title", "Clerk")}
	u := HearPullUser(models.User{ID: "ann"}, first, listAt(0))
	second := first
	second.Values = values("title", "Pilot")
	u = HearPullUser(u, second, readAt(3))
	want := models.User{
		ID: "ann", PullEnabled: yes(),
		Standing: models.Standing{
			EntraObjectID: annID, PullSays: models.Exists,
			PullSince: minute(0), PullAt: minute(0), PullDirectAt: minute(3),
			PullWords: models.Words{"userName": {Value: "ann", At: minute(0)}, "title": {Value: "Pilot", At: minute(3)}},
			PullHash:  HashUser(second),
		},
	}
	if diff := cmp.Diff(want, u); diff != "" {
		t.Errorf("record differs (-want +got):\n%s", diff)
	}
	u = gone(5)(u)
	want.PullEnabled = nil
	want.PullSays, want.PullSince, want.PullAt, want.PullDirectAt, want.PullGoneAt = models.Gone, minute(5), 0, minute(5), minute(5)
	if diff := cmp.Diff(want, u, cmpopts.IgnoreFields(models.Standing{}, "PullHash")); diff != "" {
		t.Errorf("record that is gone differs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(values("title", "Clerk"), first.Values); diff != "" {
		t.Errorf("hearing changed what was heard:\n%s", diff)
	}
}

func TestHashesTellReadingsApart(t *testing.T) {
	reading := models.SourceUser{ObjectID: annID, Existence: models.Exists, Enabled: yes(), UserName: "ann", Values: values("title", "x", "nickName", nil)}
	change := func(f func(*models.SourceUser)) models.SourceUser {
		r := reading
		f(&r)
		return r
	}
	seen := map[int64]string{0: "nothing"}
	for name, r := range map[string]models.SourceUser{
		"as it is":             reading,
		"soft-deleted":         change(func(r *models.SourceUser) { r.Existence = models.SoftDeleted }),
		"disabled":             change(func(r *models.SourceUser) { r.Enabled = no() }),
		"no word on enabled":   change(func(r *models.SourceUser) { r.Enabled = nil }),
		"another name":         change(func(r *models.SourceUser) { r.UserName = "bob" }),
		"another value":        change(func(r *models.SourceUser) { r.Values = values("title", "y", "nickName", nil) }),
		"empty for a value":    change(func(r *models.SourceUser) { r.Values = values("title", nil, "nickName", nil) }),
		"a text for empty":     change(func(r *models.SourceUser) { r.Values = values("title", "x", "nickName", "") }),
		"a path less":          change(func(r *models.SourceUser) { r.Values = values("title", "x") }),
		"a bool for a text":    change(func(r *models.SourceUser) { r.Values = values("title", true, "nickName", nil) }),
		"the other bool":       change(func(r *models.SourceUser) { r.Values = values("title", false, "nickName", nil) }),
		"an entry for a text":  change(func(r *models.SourceUser) { r.Values = values("title", map[string]any{"value": "x"}, "nickName", nil) }),
		"values the other way": change(func(r *models.SourceUser) { r.Values = values("title", nil, "nickName", "x") }),
	} {
		hash := HashUser(r)
		if other, taken := seen[hash]; taken {
			t.Errorf("%q has the hash of %q", name, other)
		}
		seen[hash] = name
		if hash != HashUser(r) {
			t.Errorf("the hash of %q changes", name)
		}
	}
	group := models.SourceGroup{Existence: models.Exists, Values: values("displayName", "Sales")}
	if HashGroup(group) == HashGroup(models.SourceGroup{Existence: models.Exists, Values: values("displayName", "Staff")}) {
		t.Error("two groups have one hash")
	}
}
