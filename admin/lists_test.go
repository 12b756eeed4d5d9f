package admin_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"scimbridge/admin"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestUsersAndGroupsAreFoundByHowTheyBegin(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		storeRecords(t, s, idOf(directory))
		for query, want := range map[string][]string{
			"/users":                                       {annID},
			"/users?userName=ANN":                          {annID},
			"/users?userName=ann@contoso.example":          {annID},
			"/users?userName=nn":                           nil,
			"/users?userName=a%25":                         nil, // no wildcard
			"/users?userName=a_n":                          nil,
			"/users?displayName=an":                        {annID},
			"/users?displayName=an&userName=bob":           nil,
			"/users?entraObjectId=3FA85F64":                {annID},
			"/users?entraObjectId=4":                       nil,
			"/users?userName=bob":                          nil, // removed
			"/groups":                                      {salesID},
			"/groups?displayName=SAL":                      {salesID},
			"/groups?displayName=ales":                     nil,
			"/groups?entraObjectId=7fa85f64-5717-4562-b3":  {salesID},
			"/groups?entraObjectId=7fa85f64&displayName=x": nil,
		} {
			if got := b.walkQuery(t, directory+query); !slices.Equal(got, want) {
				t.Errorf("%s finds %v, not %v", query, got, want)
			}
		}
		for _, bad := range []string{"%00", "%ff", strings.Repeat("x", 201), "a%0Ab"} {
			b.refused(t, 400, "invalid", "userName", "GET", directory+"/users?userName="+bad, "")
			b.refused(t, 400, "invalid", "displayName", "GET", directory+"/groups?displayName="+bad, "")
			b.refused(t, 400, "invalid", "entraObjectId", "GET", directory+"/groups?entraObjectId="+bad, "")
		}
	})
}

func (b *bridge) walkQuery(t *testing.T, path string) []string {
	t.Helper()
	var page struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(b.must(t, 200, "GET", path, "").body, &page); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, item := range page.Items {
		ids = append(ids, item.ID)
	}
	return ids
}

func TestUsersComeInPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		var users []models.User
		var want []string
		for i := range 7 {
			id := fmt.Sprintf("00000000-0000-7000-8000-%012d", i)
			want = append(want, id)
			users = append(users, models.User{DirectoryID: idOf(directory), ID: id, Living: true, UserName: id, UserNameKey: models.Optional(id)})
		}
		if err := s.InTx(t.Context(), idOf(directory), func(tx *store.Tx) error { return tx.CreateUsers(users) }); err != nil {
			t.Fatal(err)
		}
		if got := b.walk(t, directory+"/users", 3); !slices.Equal(got, want) {
			t.Errorf("users %v, not %v", got, want)
		}
	})
}

func TestTheFeedIsReadFromWhereItWasLeft(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory, other := b.newDirectory(t), b.newDirectory(t)
		appendChanges := func(ids ...string) {
			t.Helper()
			err := s.InTx(t.Context(), idOf(directory), func(tx *store.Tx) error {
				for _, id := range ids {
					change := models.Change{DirectoryID: idOf(directory), At: 1, Kind: "user", RecordID: id, Action: models.Created, By: models.Push, Origin: "r"}
					if err := tx.AppendChanges([]models.Change{change}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		read := func(after string) (ids []string, next string) {
			t.Helper()
			var page admin.ChangePage
			if err := json.Unmarshal(b.must(t, 200, "GET", directory+"/changes?limit=2&after="+after, "").body, &page); err != nil {
				t.Fatal(err)
			}
			for _, c := range page.Items {
				ids = append(ids, c.ID)
			}
			return ids, page.Next
		}
		appendChanges(annID, goneID, salesID)
		first, next := read("0")
		second, next := read(next)
		if !slices.Equal(append(first, second...), []string{annID, goneID, salesID}) {
			t.Errorf("read %v, then %v", first, second)
		}
		if nothing, same := read(next); len(nothing) != 0 || same != next {
			t.Errorf("at the end: %v, next %s after %s", nothing, same, next)
		}
		appendChanges(annID)
		if new, _ := read(next); !slices.Equal(new, []string{annID}) {
			t.Errorf("new are %v", new)
		}
		if got := b.walkQuery(t, other+"/changes"); len(got) != 0 {
			t.Errorf("another directory reads %v", got)
		}
		for _, bad := range []string{"x", "-1", "1.5", "99999999999999999999"} {
			b.refused(t, 400, "invalid", "after", "GET", directory+"/changes?after="+bad, "")
		}
	})
}
