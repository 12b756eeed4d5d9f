package reconcile

import (
	"maps"
	"slices"

	"scimbridge/models"
)

// Drift is what a round found different from what push had said. It concerns records
// for which push vouches; what push never spoke of is no drift.

// DriftOfUser lists the drift that a planned step of a round shows.
func DriftOfUser(s UserStep) []models.Drift {
	if s.Before == nil || !s.Before.PushSays.Vouches() {
		return nil
	}
	drift := driftOfValues(&s.Before.Standing, &s.After.Standing)
	switch {
	case s.Before.Living && !s.After.Living:
		drift = append(drift, models.Drift{Kind: models.MissedRemoval, PushAt: s.Before.PushAt, Healed: true})
	case s.Before.Active && !s.After.Active:
		drift = append(drift, models.Drift{Kind: models.MissedDeactivation, PushAt: s.Before.PushSpokeAt, Healed: true})
	}
	return about(drift, s.After.ID)
}

// DriftOfGroup lists the drift in a group's own attributes.
func DriftOfGroup(s GroupStep) []models.Drift {
	if s.Before == nil || !s.Before.PushSays.Vouches() {
		return nil
	}
	drift := driftOfValues(&s.Before.Standing, &s.After.Standing)
	if s.Before.Living && !s.After.Living {
		drift = append(drift, models.Drift{Kind: models.MissedRemoval, PushAt: s.Before.PushAt, Healed: true})
	}
	return about(drift, s.After.ID)
}

// driftOfValues compares readings that are new with what push had said of them.
func driftOfValues(before, after *models.Standing) []models.Drift {
	var drift []models.Drift
	for _, path := range slices.Sorted(maps.Keys(after.PullWords)) {
		reading := after.PullWords[path]
		said, spoke := after.PushWords[path]
		last, read := before.PullWords[path]
		if !spoke || path == "externalId" || read && models.SameValue(last.Value, reading.Value) || models.SameValue(said.Value, reading.Value) {
			continue
		}
		kind := models.DifferentValue
		switch {
		case path == models.ManagerPath:
			kind = models.DifferentManager
		case reading.Value == nil:
			kind = models.ClearedValue
		}
		drift = append(drift, models.Drift{Kind: kind, Path: path, PushAt: said.At, Healed: said.Agreed})
	}
	return drift
}

func about(drift []models.Drift, recordID string) []models.Drift {
	for i := range drift {
		drift[i].RecordID = recordID
	}
	return drift
}

// DriftOfEdge tells whether a round that adds or ends an edge corrects push: it does if
// push knows both ends, or if the member is a group, which Entra's push leaves out.
func DriftOfEdge(s EdgeStep, ends Ends) (models.Drift, bool) {
	if !s.Added() && !s.Ended() || !ends.Group.PushSays.Vouches() {
		return models.Drift{}, false
	}
	kind := models.MissedMember
	switch {
	case s.After.MemberKind == models.GroupMember:
		kind = models.NestedGroup
	case !ends.Member.PushSays.Vouches():
		return models.Drift{}, false
	case s.Ended():
		kind = models.StaleMember
	}
	return models.Drift{
		Kind: kind, RecordID: s.After.GroupID, MemberID: models.Optional(s.After.MemberID),
		PushAt: s.After.PushAt, Healed: true,
	}, true
}
