package reconcile

import (
	"fmt"

	"scimbridge/models"
)

// Storming lists the limits that losses by push within an hour exceed; none, and there is no
// storm. The limits are those of the guard of a pull. total is what there was before.
func Storming(guard models.Guard, lost, total models.Losses) models.Texts {
	var reasons models.Texts
	for _, k := range []struct {
		what        string
		limit       models.Limit
		lost, total int
	}{
		{"users deactivated or removed", guard.Users, lost.Users, total.Users},
		{"groups removed", guard.Groups, lost.Groups, total.Groups},
		{"memberships ended", guard.Memberships, lost.Memberships, total.Memberships},
	} {
		if limit, exceeded := exceeds(k.limit, k.lost, k.total); exceeded {
			reasons = append(reasons, fmt.Sprintf("%d of %d %s within an hour, %s", k.lost, k.total, k.what, limit))
		}
	}
	return reasons
}

// MayStorm tells, without knowing what there was before, whether losses can be a storm.
func MayStorm(guard models.Guard, lost models.Losses) bool {
	beyond := func(l models.Limit, lost int) bool { return lost > l.Max || l.Ceiling > 0 && lost > l.Ceiling }
	return beyond(guard.Users, lost.Users) || beyond(guard.Groups, lost.Groups) || beyond(guard.Memberships, lost.Memberships)
}
