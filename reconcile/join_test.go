package reconcile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
)

func TestTwoRecordsOfOnePersonAreJoined(t *testing.T) {
	pulled := MergeUser(pulls(listAt(0), models.SourceUser{
		Existence: models.Exists, Enabled: no(), UserName: "ann@contoso.example",
		Values: values("title", "Clerk", "nickName", "Ann"),
	})(models.User{DirectoryID: "d", ID: "pulled"}), rules)
	pushed := pushed(1, values("userName", "ann", "externalId", "ann", "title", "Clerk"))(models.User{DirectoryID: "d", ID: "pushed"})
	mapped := patched(2, values("externalId", annID))(pushed)

	joined, left := JoinUsers(mapped, pulled)
	joined, left = MergeUser(joined, rules), MergeUser(left, rules)
	if left.Living || left.EntraObjectID != "" || left.UserNameKey != "" {
		t.Errorf("left behind: living %v, object id %q, name %q", left.Living, left.EntraObjectID, left.UserNameKey)
	}
	if !joined.Tied() || !joined.Living || joined.Active {
		t.Errorf("joined: tied %v, living %v, active %v although disabled in Graph", joined.Tied(), joined.Living, joined.Active)
	}
	if diff := cmp.Diff(models.Attributes{"userName": "ann", "title": "Clerk", "nickName": "Ann"}, document(joined)); diff != "" {
		t.Errorf("document differs (-want +got):\n%s", diff)
	}
	later := MergeUser(found(listAt(3), values("title", "Pilot"))(joined), rules)
	if later.Attributes["title"] != "Pilot" {
		t.Errorf("the reading taken over agreed with push, so later readings show, but the title is %v", later.Attributes["title"])
	}
	if _, agreed := mapped.PushWords["title"]; !agreed || mapped.PushWords["title"].Agreed {
		t.Error("joining changed what it was given")
	}
}

func TestAnAdminsWordLetsNobodyInWhoIsJoinedWithADeletedAccount(t *testing.T) {
	pulled := heard(found(listAt(0), nil), softDeleted(1))
	pulled.ID = "pulled"
	pushed := heard(pushedActive(2, no(), values("userName", "ann")), overruled(models.Exists, 3), overruledActive(3, yes()))
	joined, _ := JoinUsers(patched(4, values("externalId", annID))(pushed), pulled)
	if joined = MergeUser(joined, rules); joined.Active {
		t.Error("she is active, although her account is in the recycle bin")
	}
}

func TestJoinedEdges(t *testing.T) {
	row := func(group, member string, push, pull models.Said, at int) models.Membership {
		m := models.Membership{DirectoryID: "d", GroupID: group, MemberID: member, MemberKind: models.UserMember, PushSays: push, PullSays: pull}
		if pull != models.Unsaid {
			m.PullAt = minute(at)
		}
		if push != models.Unsaid {
			m.PushAt = minute(at)
		}
		return m
	}
	own := row("both", "new", models.Out, models.Unsaid, 5)
	merged := own
	merged.PullSays, merged.PullAt = models.In, minute(1)
	got := JoinEdges(models.User{DirectoryID: "d", ID: "new"}, []models.Membership{
		row("pulled", "old", models.Unsaid, models.In, 1),
		row("both", "old", models.Unsaid, models.In, 1),
		row("pushed", "old", models.In, models.Unsaid, 1),
	}, map[string]models.Membership{"both": own})
	want := []EdgeStep{{After: row("pulled", "new", models.Unsaid, models.In, 1)}, {Before: &own, After: merged}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps differ (-want +got):\n%s", diff)
	}
}

// shelf is a recorder that also answers what it holds.
type shelf struct {
	recorder
	edges []models.Membership
	ends  map[string]models.End
}

func (s *shelf) EdgesOfMember(id string) ([]models.Membership, error) {
	return s.find(func(m models.Membership) bool { return m.MemberID == id }), nil
}

func (s *shelf) EdgesOfGroup(id string, _ []string) ([]models.Membership, error) {
	return s.find(func(m models.Membership) bool { return m.GroupID == id }), nil
}

func (s *shelf) Ends([]string) (map[string]models.End, error) { return s.ends, nil }

func (s *shelf) find(is func(models.Membership) bool) []models.Membership {
	var some []models.Membership
	for _, m := range s.edges {
		if is(m) {
			some = append(some, m)
		}
	}
	return some
}

func TestTheEdgesOfARecordThatReturns(t *testing.T) {
	in := func(group, member string, present bool) models.Membership {
		return models.Membership{DirectoryID: "d", GroupID: group, MemberID: member, PullSays: models.In, PullAt: minute(40), Present: present}
	}
	end := func(id string, gone int) models.End {
		e := models.End{ID: id, PullSays: models.Exists, PullSince: minute(-60)}
		if gone != 0 {
			e.PushGoneAt = minute(gone)
		}
		return e
	}
	tx := &shelf{
		edges: []models.Membership{in("above", "g", false), in("g", "g", false), in("g", "below", true), in("g", "deleted", true), in("other", "deleted", true)},
		ends:  map[string]models.End{"above": end("above", 0), "g": end("g", 5), "below": end("below", 0), "deleted": end("deleted", 30)},
	}
	changed, err := RemergeEdgesOf(tx, "g", rules, night)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"edges above/g=true g/g=true g/deleted=false", "feed updated:above updated:g updated:g",
	}
	if diff := cmp.Diff(want, tx.log); diff != "" || len(changed) != 3 {
		t.Errorf("%d edges changed, writes differ (-want +got):\n%s", len(changed), diff)
	}
}
