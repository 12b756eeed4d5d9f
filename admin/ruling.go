package admin

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// ruling records words of an admin in one transaction, and merges and writes what they
// concern. What the words mean is reconcile's business.
type ruling struct {
	tx    *store.Tx
	rules reconcile.Rules
	from  reconcile.Origin
}

// rule runs f in one transaction of a directory. Everybody takes their turn there, since a
// ruling locks records besides the one that it is about.
func (a *api) rule(ctx context.Context, directoryID string, f func(ruling) error) error {
	directory, err := a.Store.Directory(ctx, directoryID)
	if err != nil {
		return err
	}
	state, err := a.Store.PullState(ctx, directoryID)
	if err != nil {
		return err
	}
	rules := rulesOf(directory.Settings.Settle, state.RoundAt)
	return a.Store.InTx(ctx, directoryID, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		return f(ruling{tx, rules, reconcile.Origin{By: models.Admin, ID: a.RequestID(ctx), At: now}})
	})
}

// onlyIDs leaves out what no record can have for an id.
func onlyIDs(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return len(id) != idLength || uuid.Validate(id) != nil })
}

// users reads and locks users in any state.
func (r ruling) users(ids []string) (map[string]models.User, error) {
	rows, err := r.tx.UsersForUpdate(onlyIDs(ids))
	users := make(map[string]models.User, len(rows))
	for _, u := range rows {
		users[u.ID] = u
	}
	return users, err
}

// groups reads and locks groups in any state.
func (r ruling) groups(ids []string) (map[string]models.Group, error) {
	rows, err := r.tx.GroupsForUpdate(onlyIDs(ids))
	groups := make(map[string]models.Group, len(rows))
	for _, g := range rows {
		groups[g.ID] = g
	}
	return groups, err
}

// user records what is said of a user. It answers a *models.ConflictError if the user is to
// come back and somebody else has the userName.
func (r ruling) user(before models.User, say func(*models.User) error) (models.User, error) {
	after := before
	if err := say(&after); err != nil {
		return before, err
	}
	rules := r.losing(before.AdminSays, after.AdminSays)
	var names reconcile.Names
	if wanted := reconcile.MergeUser(after, rules).UserNameKey; wanted != "" && wanted != before.UserNameKey {
		var err error
		if names, err = r.tx.NameHolders([]string{string(wanted)}); err != nil {
			return before, err
		}
	}
	steps := reconcile.PlanUsers([]*models.User{&before}, []models.User{after}, names, rules, r.from.At)
	if taken := steps[0].Conflict; taken != "" {
		return before, &models.ConflictError{Attribute: "userName", Value: taken, Reason: "somebody else has it; rename them first"}
	}
	if err := reconcile.ApplyUsers(r.tx, steps, r.from); err != nil {
		return before, err
	}
	after = steps[0].After
	return after, r.follow(after.ID, before.Standing, after.Standing, !before.Living && after.Living)
}

// group records what is said of a group.
func (r ruling) group(before models.Group, say func(*models.Group) error) (models.Group, error) {
	after := before
	if err := say(&after); err != nil {
		return before, err
	}
	rules := r.losing(before.AdminSays, after.AdminSays)
	steps := reconcile.PlanGroups([]*models.Group{&before}, []models.Group{after}, rules, r.from.At)
	if err := reconcile.ApplyGroups(r.tx, steps, r.from); err != nil {
		return before, err
	}
	after = steps[0].After
	return after, r.follow(after.ID, before.Standing, after.Standing, !before.Living && after.Living)
}

// losing are the rules under which an admin's own "gone" does not wait for the guard.
func (r ruling) losing(before, after models.Existence) reconcile.Rules {
	rules := r.rules
	if after == models.Gone && before != after {
		rules.Guard = reconcile.ApplyLosses
	}
	return rules
}

// follow settles the edges of a record that has come back, or of which a word is withdrawn
// that had brought it back.
func (r ruling) follow(id string, before, after models.Standing, cameBack bool) error {
	var err error
	switch {
	case before.AdminSays == models.Exists && after.AdminSays != models.Exists:
		_, err = reconcile.WithdrawEdgesOf(r.tx, id, before.AdminAt, r.rules, r.from)
	case cameBack && after.AdminSays == models.Exists:
		_, err = reconcile.RestoreEdgesOf(r.tx, id, after.AdminAt, r.rules, r.from)
	case cameBack:
		_, err = reconcile.RemergeEdgesOf(r.tx, id, r.rules, r.from)
	}
	return err
}

// membership records what is said of edges of one group, whose row is locked. It answers
// those that have changed. What SCIM shows of the group has changed with them, and so has
// its version (RFC 7644 section 3.14).
func (r ruling) membership(group models.Group, steps []reconcile.EdgeStep) ([]reconcile.EdgeStep, error) {
	rules := r.rules
	rules.Guard = reconcile.ApplyLosses // what an admin takes out does not wait
	settled, err := reconcile.SettleEdges(r.tx, steps, rules, r.from)
	if err != nil || !slices.ContainsFunc(settled, func(s reconcile.EdgeStep) bool { return s.Added() || s.Ended() }) {
		return settled, err
	}
	moved := reconcile.GroupStep{Before: &group, After: group}
	moved.After.Version++
	moved.After.UpdatedAt = r.from.At
	return settled, reconcile.ApplyGroups(r.tx, []reconcile.GroupStep{moved}, r.from)
}

// edge reads an edge of a group, heard of or not, and its ends.
func (r ruling) edge(directoryID, groupID, memberID string) (reconcile.EdgeStep, reconcile.Ends, error) {
	ends, err := r.tx.Ends([]string{groupID, memberID})
	if err != nil {
		return reconcile.EdgeStep{}, reconcile.Ends{}, err
	}
	group, member := ends[groupID], ends[memberID]
	if group.ID == "" || member.ID == "" {
		return reconcile.EdgeStep{}, reconcile.Ends{}, models.ErrNotFound
	}
	edges, err := r.tx.EdgesOfGroup(group.ID, []string{member.ID})
	if err != nil {
		return reconcile.EdgeStep{}, reconcile.Ends{}, fmt.Errorf("read a membership: %w", err)
	}
	var edge *models.Membership
	if len(edges) > 0 {
		edge = &edges[0]
	}
	return edgeBetween(directoryID, group, member, edge)
}

// edgeBetween pairs an edge, nil if it was never heard of, with its ends; zero ends are
// not known.
func edgeBetween(directoryID string, group, member models.End, edge *models.Membership) (reconcile.EdgeStep, reconcile.Ends, error) {
	if group.Kind != models.GroupMember || member.ID == "" || group.ID == member.ID {
		return reconcile.EdgeStep{}, reconcile.Ends{}, models.ErrNotFound
	}
	step := reconcile.EdgeStep{After: models.Membership{
		DirectoryID: directoryID, GroupID: group.ID, MemberID: member.ID, MemberKind: member.Kind,
	}}
	if edge != nil {
		step = reconcile.EdgeStep{Before: edge, After: *edge}
	}
	return step, reconcile.EndsOf(group, member), nil
}
