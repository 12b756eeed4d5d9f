package models

import "time"

// warningDays are how long before the end of a credential a warning is due.
var warningDays = []int{1, 7, 14, 30}

// FirstWarning is how long before the end of a credential the first warning is due.
const FirstWarning = 30 * 24 * time.Hour

// ExpiryWarning tells which warning is due about a credential that ends: 30, 14, 7 or 1
// for that many days or fewer, 0 once it has ended. Each is due once: warned is when the
// last one was given, zero if none was. A server that was down for a while gives the
// latest alone.
func ExpiryWarning(ends, warned, now time.Time) (days int, due bool) {
	if ends.IsZero() {
		return 0, false
	}
	if !now.Before(ends) {
		return 0, warned.Before(ends)
	}
	for _, days := range warningDays {
		from := ends.Add(-time.Duration(days) * 24 * time.Hour)
		if !now.Before(from) {
			return days, warned.Before(from)
		}
	}
	return 0, false
}
