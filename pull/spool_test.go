package pull

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
)

const (
	ann  = "00000001-0000-4000-8000-00000000000a"
	bob  = "00000002-0000-4000-8000-00000000000b"
	deck = "00000003-0000-4000-8000-00000000000c"
)

func memberOf(id string, kind models.MemberKind) models.SourceMember {
	return models.SourceMember{ObjectID: id, Kind: kind}
}

func parsed(t testing.TB, text string) objectID {
	t.Helper()
	id, err := parseObjectID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func newTestSpool(t testing.TB) *spool {
	t.Helper()
	s, err := newSpool(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestTheSpoolPutsSlicesTogether(t *testing.T) {
	t.Parallel()
	s, group := newTestSpool(t), parsed(t, deck)
	for _, slice := range [][]models.SourceMember{
		{memberOf(bob, models.UserMember), memberOf(ann, models.OtherMember)},
		{},
		{memberOf(deck, models.GroupMember), memberOf(bob, models.UserMember)},
	} {
		if err := s.add(group, slice, 7); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.members(group)
	if err != nil {
		t.Fatal(err)
	}
	want := []member{{parsed(t, bob), userKind}, {group, groupKind}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(member{})); diff != "" {
		t.Errorf("members differ (-want +got):\n%s", diff)
	}
}

func TestAGroupThatWasGoneInTheMiddleOfARoundHasNoList(t *testing.T) {
	t.Parallel()
	s, group := newTestSpool(t), parsed(t, deck)
	if err := s.add(group, []models.SourceMember{memberOf(ann, models.UserMember)}, 7); err != nil {
		t.Fatal(err)
	}
	s.drop(group)
	if err := s.add(group, []models.SourceMember{memberOf(bob, models.UserMember)}, 8); err != nil {
		t.Fatal(err)
	}
	if l := s.groups[group]; !l.dropped || len(l.slices) != 0 || len(s.order) != 1 {
		t.Errorf("half a list stands for the whole: %+v", *l)
	}
}

func TestASpoolThatWasCutIsAnErrorNotAShortList(t *testing.T) {
	t.Parallel()
	s, group := newTestSpool(t), parsed(t, deck)
	if err := s.add(group, []models.SourceMember{memberOf(ann, models.UserMember), memberOf(bob, models.UserMember)}, 7); err != nil {
		t.Fatal(err)
	}
	if _, err := s.members(group); err != nil {
		t.Fatal(err)
	}
	if err := s.file.Truncate(int64(memberSize) + 3); err != nil {
		t.Fatal(err)
	}
	if members, err := s.members(group); err == nil {
		t.Errorf("a cut file reads as %v", members)
	}
}

func TestFingerprintsTellListsApartWhateverTheirOrder(t *testing.T) {
	t.Parallel()
	a, b, c := member{parsed(t, ann), userKind}, member{parsed(t, bob), userKind}, member{parsed(t, deck), groupKind}
	all := func(member) bool { return true }
	if fingerprint([]member{a, b, c}, all) != fingerprint([]member{c, a, b}, all) {
		t.Error("the order of a list tells it apart")
	}
	withoutBob := func(m member) bool { return m != b }
	if fingerprint([]member{a, b, c}, withoutBob) != fingerprint([]member{a, c}, all) {
		t.Error("somebody who does not count tells a list apart")
	}
	seen := map[int64]bool{}
	for _, list := range [][]member{nil, {a}, {b}, {a, b}, {a, c}, {a, b, c}} {
		print := fingerprint(list, all)
		if print == 0 || seen[print] {
			t.Errorf("the fingerprint of %v is %d", list, print)
		}
		seen[print] = true
	}
}

func TestObjectIDsSurvive(t *testing.T) {
	t.Parallel()
	if got := parsed(t, ann).String(); got != ann {
		t.Errorf("%s became %s", ann, got)
	}
	for _, text := range []string{"", "ann", "00000001-0000-4000-8000-00000000000g", "0000000100004000800000000000000a----"} {
		if id, err := parseObjectID(text); err == nil {
			t.Errorf("%q is taken for %s", text, id)
		}
	}
}
