package reconcile

import (
	"fmt"
	"slices"

	"scimbridge/models"
)

// Tx writes within one transaction of one directory. It is declared here by its only
// caller; package store implements it. All methods take batches of any size.
type Tx interface {
	CreateUsers(users []models.User) error
	// UpdateUsers writes whole rows, in this order.
	UpdateUsers(users []models.User) error
	// FreeUserNames takes the names from users that are about to get others.
	FreeUserNames(ids []string) error
	CreateGroups(groups []models.Group) error
	UpdateGroups(groups []models.Group) error
	// NoteLists writes of groups only how their lists of members read, and the version that
	// has moved with these.
	NoteLists(groups []models.Group) error
	// ForgetLists has the members of the groups that hold these records decided anew by
	// the next full round, even where Graph's list reads as before.
	ForgetLists(memberIDs []string) error
	CreateMemberships(edges []models.Membership) error
	// UpdateMemberships puts edges in the place of what was read of them: before[i] has
	// become after[i].
	UpdateMemberships(before, after []models.Membership) error
	AppendChanges(changes []models.Change) error
}

// Origin says where a change comes from, for the feed.
type Origin struct {
	By models.Path
	ID string // run id or request id
	At models.Instant
}

// ApplyUsers writes planned steps and decides nothing. Every change that an answer
// shows gets its row of the feed.
func ApplyUsers(tx Tx, steps []UserStep, from Origin) error {
	var create, release, update []models.User
	var freed, left []string
	var changes []models.Change
	for _, s := range steps {
		if !s.Changed() {
			continue
		}
		switch {
		case s.Before == nil:
			create = append(create, s.After)
		case s.Before.EntraObjectID != "" && s.After.EntraObjectID == "":
			release = append(release, s.After) // before the one that takes the object id over
			left = append(left, s.After.ID)
		default:
			update = append(update, s.After)
			if s.Before.UserNameKey != "" && s.Before.UserNameKey != s.After.UserNameKey {
				freed = append(freed, s.After.ID)
			}
		}
		if s.Action != "" {
			changes = append(changes, userChange(s, from))
		}
	}
	if len(steps) == 1 {
		freed = nil // nobody in the batch waits for the name
	}
	return firstError(
		func() error { return writeAll(release, tx.UpdateUsers, "release object ids") },
		func() error { return writeAll(left, tx.ForgetLists, "forget lists of members") },
		func() error { return writeAll(freed, tx.FreeUserNames, "free user names") },
		func() error { return writeAll(update, tx.UpdateUsers, "update users") },
		func() error { return writeAll(create, tx.CreateUsers, "create users") },
		func() error { return writeAll(changes, tx.AppendChanges, "append to the change feed") })
}

func userChange(s UserStep, from Origin) models.Change {
	detail := models.Attributes{"userName": s.After.UserName}
	if s.Before != nil && s.Action != models.Removed {
		if differing := differingPaths(s.Before.Attributes, s.After.Attributes); len(differing) > 0 {
			detail["attributes"] = differing
		}
	}
	if s.Conflict != "" {
		detail["conflict"] = s.Conflict
	}
	return from.change("user", s.After.DirectoryID, s.After.ID, s.Action, detail)
}

// ApplyGroups writes planned steps of groups' own attributes.
func ApplyGroups(tx Tx, steps []GroupStep, from Origin) error {
	var create, release, update []models.Group
	var left []string
	var changes []models.Change
	for _, s := range steps {
		if !s.Changed() {
			continue
		}
		switch {
		case s.Before == nil:
			create = append(create, s.After)
		case s.Before.EntraObjectID != "" && s.After.EntraObjectID == "":
			release = append(release, s.After)
			left = append(left, s.After.ID)
		default:
			update = append(update, s.After)
		}
		if s.Action != "" {
			changes = append(changes, from.change("group", s.After.DirectoryID, s.After.ID, s.Action,
				models.Attributes{"displayName": s.After.DisplayName}))
		}
	}
	return firstError(
		func() error { return writeAll(release, tx.UpdateGroups, "release object ids") },
		func() error { return writeAll(update, tx.UpdateGroups, "update groups") },
		func() error { return writeAll(create, tx.CreateGroups, "create groups") },
		func() error { return writeAll(left, tx.ForgetLists, "forget lists of members") },
		func() error { return writeAll(changes, tx.AppendChanges, "append to the change feed") })
}

// ApplyNotedLists writes groups of which nothing but the members has been heard.
func ApplyNotedLists(tx Tx, groups []models.Group) error {
	return writeAll(groups, tx.NoteLists, "note lists of members")
}

// edgesPerChange bounds a row of the feed: a consumer reads it whole.
const edgesPerChange = 500

// ApplyEdges writes planned edges of one group.
func ApplyEdges(tx Tx, groupID string, steps []EdgeStep, from Origin) error {
	return ApplyLists(tx, []EdgeList{{groupID, steps}}, from)
}

// EdgeList is what must change for the edges of one group.
type EdgeList struct {
	GroupID string
	Steps   []EdgeStep
}

// ApplyLists writes the planned edges of several groups together, so that many small
// groups cost no more statements than a large one.
func ApplyLists(tx Tx, lists []EdgeList, from Origin) error {
	var create, before, update []models.Membership
	var changes []models.Change
	for _, list := range lists {
		var added, ended []string
		for _, s := range list.Steps {
			if !s.Changed() {
				continue
			}
			if s.Before == nil {
				create = append(create, s.After)
			} else {
				before, update = append(before, *s.Before), append(update, s.After)
			}
			switch {
			case s.Added():
				added = append(added, s.After.MemberID)
			case s.Ended():
				ended = append(ended, s.After.MemberID)
			}
		}
		if len(added)+len(ended) > 0 {
			directoryID := list.Steps[0].After.DirectoryID
			changes = append(changes, edgeChanges("added", directoryID, list.GroupID, added, from)...)
			changes = append(changes, edgeChanges("removed", directoryID, list.GroupID, ended, from)...)
		}
	}
	updateFrom := func(after []models.Membership) error { return tx.UpdateMemberships(before, after) }
	return firstError(
		func() error { return writeAll(create, tx.CreateMemberships, "create memberships") },
		func() error { return writeAll(update, updateFrom, "update memberships") },
		func() error { return writeAll(changes, tx.AppendChanges, "append to the change feed") })
}

func edgeChanges(what, directoryID, groupID string, members []string, from Origin) []models.Change {
	var changes []models.Change
	for chunk := range slices.Chunk(members, edgesPerChange) {
		changes = append(changes, from.change("memberships", directoryID, groupID, models.Updated, models.Attributes{what: chunk}))
	}
	return changes
}

func (o Origin) change(kind, directoryID, recordID string, action models.Action, detail models.Attributes) models.Change {
	return models.Change{
		DirectoryID: directoryID, At: o.At, Kind: kind, RecordID: recordID,
		Action: action, By: o.By, Origin: o.ID, Detail: detail,
	}
}

// differingPaths names the attributes that differ, without their values.
func differingPaths(before, after models.Attributes) []string {
	values := make(map[string]any)
	for _, leaf := range models.Flatten(before) {
		values[leaf.Path] = leaf.Value
	}
	var differing []string
	for _, leaf := range models.Flatten(after) {
		if old, had := values[leaf.Path]; !had || !models.SameValue(old, leaf.Value) {
			differing = append(differing, leaf.Path)
		}
		delete(values, leaf.Path)
	}
	for path := range values {
		differing = append(differing, path)
	}
	slices.Sort(differing)
	return differing
}

func writeAll[T any](rows []T, write func([]T) error, what string) error {
	if len(rows) == 0 {
		return nil
	}
	if err := write(rows); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
