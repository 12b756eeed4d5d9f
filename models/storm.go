package models

// Storm is a time in which push took more away than the guard allows of a pull within an
// hour. It was applied, since a push never waits; what it took can be brought back.
type Storm struct {
	DirectoryID string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	BeganAt     Instant
	LastAt      Instant // of its last loss, so far
	EndedAt     Instant // 0: it goes on
	PushLosses  `gorm:"embedded"`
	Reasons     Texts    // the limits that were exceeded, in words
	TokenID     Optional // of the SCIM token that went beyond the limit
	RestoredAt  Instant  // when an admin last had it restored
}

// PushLosses count what push has taken away.
type PushLosses struct {
	UsersDeactivated int
	UsersRemoved     int
	GroupsRemoved    int
	MembershipsEnded int
}

// TakesAway tells whether the change is a loss: somebody or something is not there any more
// that was, or may not sign in.
func (c Change) TakesAway() bool {
	if c.Kind == "memberships" {
		return c.Detail["removed"] != nil
	}
	return c.Action == Deactivated || c.Action == Removed
}
