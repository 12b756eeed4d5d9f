package models

// Purge is the record of what was erased because its time had come, or because a person
// was to be forgotten.
type Purge struct {
	ID          string   `gorm:"primaryKey"`
	DirectoryID Optional // "" is the bridge as a whole
	At          Instant
	Kind        PurgeKind
	Cutoff      Instant  // what is older has gone; 0 of a person
	N           int      // how many
	RecordID    Optional // of a person
}

// PurgeKind is what was purged.
type PurgeKind string

const (
	PurgedUsers    PurgeKind = "users"    // tombstones, with their edges
	PurgedGroups   PurgeKind = "groups"   // tombstones, with their edges
	PurgedChanges  PurgeKind = "changes"  // entries of the feed
	PurgedRuns     PurgeKind = "runs"     // sync runs
	PurgedItems    PurgeKind = "items"    // of these runs
	PurgedDrift    PurgeKind = "drift"    // of these runs
	PurgedRequests PurgeKind = "requests" // of the request log
	PurgedTokens   PurgeKind = "tokens"   // access tokens that had expired
	PurgedAudit    PurgeKind = "audit-events"
	PurgedAnswers  PurgeKind = "answers" // to requests with an Idempotency-Key
	ErasedPerson   PurgeKind = "person"  // on an admin's demand
)
