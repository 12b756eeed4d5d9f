package reconcile

import (
	"fmt"

	"scimbridge/models"
)

// Excess is a limit that a run's losses exceed.
type Excess struct {
	Kind   string // "users", "groups", "memberships"
	Reason string // in words for an admin
}

// emptiedGroup is the size from which a group that reads empty is doubted by itself.
const emptiedGroup = 20

// Doubts lists why a run's losses must wait for an admin; none, and they may be applied.
// total is what there was before the losses; emptied names groups of 20 members or more
// that read empty.
func Doubts(guard models.Guard, lost, total models.Losses, emptied []string) []Excess {
	var doubts []Excess
	for _, k := range []struct {
		kind        string
		limit       models.Limit
		lost, total int
	}{
		{"users", guard.Users, lost.Users, total.Users},
		{"groups", guard.Groups, lost.Groups, total.Groups},
		{"memberships", guard.Memberships, lost.Memberships, total.Memberships},
	} {
		if reason, exceeded := exceeds(k.limit, k.lost, k.total); exceeded {
			doubts = append(doubts, Excess{k.kind, fmt.Sprintf("%d of %d %s would be lost, %s", k.lost, k.total, k.kind, reason)})
		}
	}
	for _, name := range emptied {
		doubts = append(doubts, Excess{"memberships", fmt.Sprintf("the group %q reads empty, and had %d members or more", name, emptiedGroup)})
	}
	return doubts
}

// Enough is how many there must be of each kind at least, so that the percentage of what is
// lost does not exceed its limit: whoever has counted so many need not count on.
func Enough(guard models.Guard, lost models.Losses) models.Losses {
	return models.Losses{
		Users:       enough(guard.Users, lost.Users),
		Groups:      enough(guard.Groups, lost.Groups),
		Memberships: enough(guard.Memberships, lost.Memberships),
	}
}

func enough(limit models.Limit, lost int) int {
	if limit.Percent <= 0 {
		return 1 // no number is
	}
	return lost*100/limit.Percent + 1
}

// exceeds: more than Max and more than Percent of what there is, or more than Ceiling.
func exceeds(limit models.Limit, lost, total int) (reason string, exceeded bool) {
	switch {
	case limit.Ceiling > 0 && lost > limit.Ceiling:
		return fmt.Sprintf("more than %d", limit.Ceiling), true
	case lost > limit.Max && lost*100 > limit.Percent*total:
		return fmt.Sprintf("more than %d and more than %d %%", limit.Max, limit.Percent), true
	}
	return "", false
}

// ReadsEmpty tells whether a group's list is doubted by itself: it had many members, and
// has none.
func ReadsEmpty(listed, before int) bool { return listed == 0 && before >= emptiedGroup }
