package push_test

import (
	"context"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

const (
	ownUser  = "urn:scimbridge:params:scim:schemas:extension:entra:2.0:User"
	ownGroup = "urn:scimbridge:params:scim:schemas:extension:entra:2.0:Group"
)

// pulled brings one user as a pull does, and returns the id.
func (s *server) pulled(t testing.TB, said models.SourceUser) string {
	t.Helper()
	id := s.store.NewID()
	s.reads(t, func(tx *store.Tx, look models.Look) error {
		fresh := models.User{DirectoryID: s.directory.ID, ID: id}
		steps := reconcile.PlanUsers([]*models.User{nil}, []models.User{reconcile.HearPullUser(fresh, said, look)}, nil, rules, look.At)
		return reconcile.ApplyUsers(tx, steps, reconcile.Origin{By: models.Pull, At: look.At})
	})
	return id
}

// pulledGroup brings one group as a pull does, and returns the id.
func (s *server) pulledGroup(t testing.TB, said models.SourceGroup) string {
	t.Helper()
	id := s.store.NewID()
	s.reads(t, func(tx *store.Tx, look models.Look) error {
		fresh := models.Group{DirectoryID: s.directory.ID, ID: id}
		steps := reconcile.PlanGroups([]*models.Group{nil}, []models.Group{reconcile.HearPullGroup(fresh, said, look)}, rules, look.At)
		return reconcile.ApplyGroups(tx, steps, reconcile.Origin{By: models.Pull, At: look.At})
	})
	return id
}

// pulledEdge puts a pulled user into a pulled group.
func (s *server) pulledEdge(t testing.TB, groupID, memberID string) {
	t.Helper()
	s.reads(t, func(tx *store.Tx, look models.Look) error {
		ends, err := tx.Ends([]string{groupID, memberID})
		if err != nil {
			return err
		}
		edge := reconcile.HearPullEdge(models.Membership{
			DirectoryID: s.directory.ID, GroupID: groupID, MemberID: memberID, MemberKind: ends[memberID].Kind,
		}, models.In, look)
		step := reconcile.EdgeStep{After: reconcile.MergeEdge(edge, reconcile.EndsOf(ends[groupID], ends[memberID]), rules)}
		return reconcile.ApplyEdges(tx, groupID, []reconcile.EdgeStep{step}, reconcile.Origin{By: models.Pull, At: look.At})
	})
}

var rules = reconcile.Rules{Settle: 30 * time.Minute}

func (s *server) reads(t testing.TB, f func(tx *store.Tx, look models.Look) error) {
	t.Helper()
	ctx := context.Background()
	now, err := s.store.Now(ctx)
	if err == nil {
		err = s.store.InTx(ctx, s.directory.ID, func(tx *store.Tx) error { return f(tx, models.Look{At: now, Direct: true}) })
	}
	if err != nil {
		t.Fatal(err)
	}
}

// ada is a person whom only the pull has brought so far.
func ada() models.SourceUser {
	return models.SourceUser{
		ObjectID: "9a0e5d1c-22b8-4a37-8f0e-31d6c5b7a904", Existence: models.Exists, UserName: "ada@contoso.example",
		Values: map[string]any{
			"displayName": "Ada Quist", "title": "Analyst",
			ownUser + ":mailNickname": "ada.quist", ownUser + ":usageLocation": "DE",
			ownUser + ":otherMails": []any{"ada@home.example", "quist@post.example"},
		},
	}
}
