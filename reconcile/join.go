package reconcile

import (
	"maps"

	"scimbridge/models"
)

// JoinUsers makes one record of two that are one person: pushed, whose new externalId
// names the object, takes over what the pull said of pulled, which nobody vouches for
// any more. It happens when an admin maps externalId to the object id after push and
// pull had brought the person apart.
func JoinUsers(pushed, pulled models.User) (joined, left models.User) {
	takeOver(&pushed.Standing, &pulled.Standing)
	pushed.PullEnabled = pulled.PullEnabled
	pulled.PullEnabled = nil
	return pushed, pulled
}

func takeOver(to, from *models.Standing) {
	to.EntraObjectID = from.EntraObjectID
	to.PullSays, to.PullSince = from.PullSays, from.PullSince
	to.PullAt, to.PullDirectAt, to.PullGoneAt = from.PullAt, from.PullDirectAt, from.PullGoneAt
	to.PullWords, to.PullHash = from.PullWords, 0
	to.PushWords = maps.Clone(to.PushWords)
	for path, said := range to.PushWords { // what was read of the one is in hand for the other
		said.Agreed = agreesWith(to.PullWords, path, said.Value)
		to.PushWords[path] = said
	}
	from.EntraObjectID, from.PullSays, from.PullHash = "", models.Unheard, 0
}

// JoinEdges gives joined the words of the pull on the edges of the record that it took
// over. held are joined's own edges, by group id. The steps are still to be merged.
func JoinEdges(joined models.User, taken []models.Membership, held map[string]models.Membership) []EdgeStep {
	steps := make([]EdgeStep, 0, len(taken))
	for _, from := range taken {
		if from.PullSays == models.Unsaid {
			continue
		}
		step := EdgeStep{After: models.Membership{
			DirectoryID: joined.DirectoryID, GroupID: from.GroupID,
			MemberID: joined.ID, MemberKind: models.UserMember,
		}}
		if own, known := held[from.GroupID]; known {
			step = EdgeStep{Before: &own, After: own}
		}
		step.After.PullSays, step.After.PullAt, step.After.PullDirect = from.PullSays, from.PullAt, from.PullDirect
		steps = append(steps, step)
	}
	return steps
}
