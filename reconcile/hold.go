package reconcile

import (
	"maps"

	"scimbridge/models"
)

// Guarding says what becomes of losses: removals, soft deletions, edges ended by a pull.
// A hold stands between words and merged record: the words are recorded, the record
// stays as it was and is marked, until the guard has passed or an admin approves.
type Guarding int

const (
	// KeepHeld applies losses, but for those that are held: what a push does.
	KeepHeld Guarding = iota
	// HoldLosses holds every loss: what a round does until it is complete.
	HoldLosses
	// ApplyLosses applies the held ones too: the guard has passed.
	ApplyLosses
)

// holds tells whether a loss waits.
func (g Guarding) holds(heldBefore bool) bool {
	return g == HoldLosses || g == KeepHeld && heldBefore
}

// holdValues keeps what a round reads as empty on every record that had it.
func holdValues(before, after *models.Standing, r Rules) {
	if r.Guard == ApplyLosses {
		after.HeldValues = nil
		return
	}
	if r.Guard != HoldLosses || r.Emptied == nil {
		return
	}
	for path := range after.HeldValues {
		if r.Shown != nil && r.Shown(path) { // somebody still has a value: it was no lost permission
			after.HeldValues = without(after.HeldValues, path)
		}
	}
	for path, reading := range after.PullWords {
		last := before.PullWords[path].Value
		if reading.Value != nil || last == nil || !r.Emptied(path) {
			continue
		}
		after.HeldValues = maps.Clone(after.HeldValues)
		if after.HeldValues == nil {
			after.HeldValues = make(models.Attributes)
		}
		after.HeldValues[path] = last
	}
}

// holdUser keeps a user as they were if what the merge has taken away must wait. A
// DELETE is push's own word and never waits, nor does a deactivation: while somebody is
// held they can be deactivated, and nothing but push's word can reactivate them.
func holdUser(before *models.User, after *models.User, r Rules) {
	after.Held = len(after.HeldValues) > 0
	if before == nil || !before.Living {
		return
	}
	removed := !after.Living
	softDeleted := after.SoftDeleted && !before.SoftDeleted
	if !removed && !softDeleted || after.PushSays == models.Gone || !r.Guard.holds(before.Held) {
		return
	}
	after.Held = true
	after.Living, after.SoftDeleted = true, before.SoftDeleted
	after.UserNameKey = before.UserNameKey
	after.Active = before.Active && enabled(*after)
	after.Attributes = maps.Clone(after.Attributes)
	after.Attributes["active"] = after.Active
}

// enabled is activity by what was said of it, existence apart. An admin's word outweighs
// push's, and never the pull's: nobody who is disabled in Entra is let in.
func enabled(u models.User) bool {
	push := u.PushActive == nil || *u.PushActive
	if says, overruled := activeByAdmin(&u.Standing); overruled {
		push = says
	}
	return push && (u.PullEnabled == nil || *u.PullEnabled)
}

// holdGroup keeps a group as it was if its removal must wait.
func holdGroup(before *models.Group, after *models.Group, r Rules) {
	after.Held = len(after.HeldValues) > 0
	if before == nil || !before.Living || after.Living || after.PushSays == models.Gone || !r.Guard.holds(before.Held) {
		return
	}
	after.Held, after.Living = true, true
}

// PlanEdge merges one edge whose words have been heard. before is nil for an edge never
// heard of.
func PlanEdge(before *models.Membership, heard models.Membership, ends Ends, r Rules) EdgeStep {
	step := EdgeStep{Before: before, After: MergeEdge(heard, ends, r)}
	step.After.Held = false
	if step.Ended() && r.Guard.holds(before.Held) {
		step.After.Held, step.After.Present = true, true
	}
	return step
}
