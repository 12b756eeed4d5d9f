package models

// Drift is one thing that a round found different from what push had said.
type Drift struct {
	DirectoryID string
	RunID       string
	Seq         int64 `gorm:"primaryKey;autoIncrement"`
	Kind        DriftKind
	RecordID    string
	MemberID    Optional // of a group's membership
	Path        string   // the attribute path; values are kept with the record, not here
	PushAt      Instant  // when push had spoken of it; 0: never
	Healed      bool     // the rule shows what the pull says; else it is listed only
	At          Instant
}

// DriftKind sorts drift by what the push had missed.
type DriftKind string

const (
	DifferentValue     DriftKind = "value"
	ClearedValue       DriftKind = "cleared"
	DifferentManager   DriftKind = "manager"
	MissedDeactivation DriftKind = "deactivation"
	MissedRemoval      DriftKind = "removal"
	MissedMember       DriftKind = "member"
	StaleMember        DriftKind = "stale-member"
	NestedGroup        DriftKind = "nested-group"
)
