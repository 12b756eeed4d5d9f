package reconcile

import (
	"reflect"
	"slices"

	"scimbridge/models"
)

// UserStep is what must change for one user to agree with its words.
type UserStep struct {
	Before *models.User // nil for someone new
	After  models.User
	// Action is what an admin or the product sees of it; "" when only words changed.
	Action models.Action
	// Conflict is the userName that the record should have and another holds.
	Conflict string
}

// Changed tells whether the user's row must be written: one that waits in vain for a
// name is planned every round.
func (s UserStep) Changed() bool { return s.Before == nil || !reflect.DeepEqual(*s.Before, s.After) }

// Names tells who holds folded userNames outside the batch: key to user id.
type Names map[string]string

// PlanUsers merges a batch of users and settles who gets which userName. Records of
// the batch may hand names to each other: swapped names are freed first. A name that
// somebody outside the batch holds is a conflict: a newcomer waits unseen, anyone else
// keeps the name they have. after[i] is what before[i] (nil: new) became by hearing.
func PlanUsers(before []*models.User, after []models.User, names Names, r Rules, now models.Instant) []UserStep {
	steps := make([]UserStep, len(after))
	for i := range after {
		if before[i] != nil {
			holdValues(&before[i].Standing, &after[i].Standing, r)
		}
		steps[i] = UserStep{Before: before[i], After: MergeUser(after[i], r)}
		holdUser(before[i], &steps[i].After, r)
		steps[i].After.Waiting = false
	}
	settleNames(steps, names)
	for i := range steps {
		finishUser(&steps[i], now)
	}
	return steps
}

// settleNames gives each name to at most one record. It starts from the hope that all
// who change names may, and takes the hope away from those whose name is held until
// nothing changes: each round refuses at least one, so it ends.
func settleNames(steps []UserStep, names Names) {
	for refused := true; refused; {
		refused = false
		holders := make(map[models.Optional]int, len(steps))
		for i, s := range steps {
			if s.After.UserNameKey != "" && !moves(s) {
				holders[s.After.UserNameKey] = i
			}
		}
		for i := range steps {
			s := &steps[i]
			key := s.After.UserNameKey
			if key == "" || !moves(*s) {
				continue
			}
			_, held := holders[key]
			if outside, taken := names[string(key)]; held || taken && outside != s.After.ID && !leaves(steps, outside, key) {
				refuseName(s)
				refused = true
				break
			}
			holders[key] = i
		}
	}
}

// moves tells whether the record is to take a name that it does not hold.
func moves(s UserStep) bool {
	return s.Before == nil || s.Before.UserNameKey != s.After.UserNameKey
}

// leaves tells whether the record with this id is in the batch and gives the key up.
func leaves(steps []UserStep, id string, key models.Optional) bool {
	return slices.ContainsFunc(steps, func(s UserStep) bool {
		return s.After.ID == id && s.After.UserNameKey != key
	})
}

func refuseName(s *UserStep) {
	s.Conflict = s.After.UserName
	s.After.Waiting = true
	switch {
	case s.Before == nil || !s.Before.Living:
		s.After.Living, s.After.SoftDeleted, s.After.UserNameKey = false, false, ""
	case s.Before.SoftDeleted:
		// Still readable, still deactivated: they come back when the name is free.
		s.After.SoftDeleted, s.After.UserNameKey = true, ""
		s.After.Active, s.After.Attributes["active"] = false, false
	default:
		s.After.UserName, s.After.UserNameKey = s.Before.UserName, s.Before.UserNameKey
		s.After.Attributes["userName"] = s.Before.UserName
		if s.Before.UserName == "" {
			delete(s.After.Attributes, "userName")
		}
	}
}

// Displace is the step of a user whose name a push takes for someone else, while only
// the pull, which is behind, says it is theirs. They stay visible under their object
// id, since hiding them would lock them out, until the pull has read them again.
func Displace(u models.User, now models.Instant) UserStep {
	before := u
	after := u
	after.Waiting = true
	after.PullHash = 0
	after.UserName = string(u.EntraObjectID)
	after.UserNameKey = models.Optional(models.Fold(after.UserName))
	after.Attributes = models.Attributes{}
	for name, value := range u.Attributes {
		after.Attributes[name] = value
	}
	after.Attributes["userName"] = after.UserName
	step := UserStep{Before: &before, After: after, Conflict: u.UserName}
	finishUser(&step, now)
	return step
}

// Yield is the step of a dead user whose object id a living one takes over. A
// soft-deleted one is removed by it.
func Yield(u models.User) UserStep {
	before := u
	yield(&u.Standing)
	u.PullEnabled, u.Waiting = nil, false
	step := UserStep{Before: &before, After: MergeUser(u, Rules{})}
	step.Action = userAction(&step)
	if step.Action != "" {
		step.After.Version++
	}
	return step
}

// yield takes the object id from a standing. The pull's word is from now on that the
// record is gone, so that nothing push said before brings it back.
func yield(s *models.Standing) {
	at := max(latestReading(s), s.PushSpokeAt+1)
	s.EntraObjectID, s.PullHash = "", 0
	s.PullSays, s.PullSince, s.PullGoneAt = models.Gone, at, at
	s.PullAt, s.PullDirectAt = 0, at
}

func finishUser(s *UserStep, now models.Instant) {
	s.Action = userAction(s)
	if s.Before == nil {
		s.After.CreatedAt = now
	}
	if s.Before == nil || !sameFacts(*s.Before, s.After) {
		s.After.UpdatedAt = now
		s.After.Version++
	}
}

// userAction names the step by the most telling thing in it.
func userAction(s *UserStep) models.Action {
	before, after := s.Before, s.After
	was := before != nil && before.Living
	switch {
	case !was && !after.Living:
		if s.Conflict != "" {
			return models.Conflicted
		}
		return ""
	case !was && (before == nil || !everSeen(before)):
		return models.Created
	case !was, before.SoftDeleted && !after.SoftDeleted && after.Living:
		return models.Restored
	case !after.Living:
		return models.Removed
	case before.Active && !after.Active:
		return models.Deactivated
	case joined(&before.Standing, &after.Standing):
		return models.Adopted
	case s.Conflict != "":
		return models.Conflicted
	case !before.Active && after.Active:
		return models.Reactivated
	case !sameFacts(*before, after):
		return models.Updated
	}
	return ""
}

// everSeen tells whether the record was ever visible: one that waited for its name
// from the start was not.
func everSeen(u *models.User) bool { return !u.Waiting || u.UserNameKey != "" }

// joined tells whether this is the moment at which both paths know one record.
func joined(before, after *models.Standing) bool {
	return before.PushSays == models.Unheard && after.PushSays == models.Exists && after.PullSays != models.Unheard ||
		before.PullSays == models.Unheard && after.PullSays == models.Exists && after.PushSays != models.Unheard
}

// sameFacts tells whether nothing that an answer shows differs. The manager is part of
// it as said; that its record comes or goes is not.
func sameFacts(a, b models.User) bool {
	return a.Living == b.Living && a.SoftDeleted == b.SoftDeleted &&
		a.ManagerID == b.ManagerID && a.ManagerObjectID == b.ManagerObjectID &&
		a.EntraObjectID == b.EntraObjectID &&
		reflect.DeepEqual(a.Attributes, b.Attributes)
}

// GroupStep is what must change for one group's own attributes.
type GroupStep struct {
	Before *models.Group
	After  models.Group
	Action models.Action
}

// Changed tells whether the group's row must be written.
func (s GroupStep) Changed() bool { return s.Before == nil || !reflect.DeepEqual(*s.Before, s.After) }

// PlanGroups merges a batch of groups. after[i] is what before[i] (nil: new) became.
func PlanGroups(before []*models.Group, after []models.Group, r Rules, now models.Instant) []GroupStep {
	steps := make([]GroupStep, len(after))
	for i := range after {
		if before[i] != nil {
			holdValues(&before[i].Standing, &after[i].Standing, r)
		}
		steps[i] = GroupStep{Before: before[i], After: MergeGroup(after[i], r)}
		holdGroup(before[i], &steps[i].After, r)
		finishGroup(&steps[i], now)
	}
	return steps
}

// YieldGroup is the step of a dead group whose object id a living one takes over.
func YieldGroup(g models.Group) GroupStep {
	before := g
	yield(&g.Standing)
	g.PullMembersHash = 0
	return GroupStep{Before: &before, After: MergeGroup(g, Rules{})}
}

func finishGroup(s *GroupStep, now models.Instant) {
	s.Action = groupAction(s)
	if s.Before == nil {
		s.After.CreatedAt = now
	}
	if s.Before == nil || s.Action != "" {
		s.After.UpdatedAt = now
		s.After.Version++
	}
}

func groupAction(s *GroupStep) models.Action {
	before, after := s.Before, s.After
	switch {
	case before == nil && after.Living:
		return models.Created
	case before == nil, !before.Living && !after.Living:
		return ""
	case !before.Living:
		return models.Restored
	case !after.Living:
		return models.Removed
	case joined(&before.Standing, &after.Standing):
		return models.Adopted
	case !reflect.DeepEqual(before.Attributes, after.Attributes) || before.EntraObjectID != after.EntraObjectID:
		return models.Updated
	}
	return ""
}
