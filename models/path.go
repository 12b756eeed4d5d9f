package models

// Path is one of the ways on which words reach the bridge.
type Path string

const (
	Push  Path = "push"  // Entra, or another client, writes to us over SCIM
	Pull  Path = "pull"  // we read Microsoft Graph
	Admin Path = "admin" // an admin overrules
)

// Existence is what a path last said of a record's being there.
type Existence string

const (
	Unheard     Existence = ""             // the path has never spoken of the record
	Exists      Existence = "exists"       // push: POST, PUT or PATCH; pull: read
	SoftDeleted Existence = "soft-deleted" // pull only: in deletedItems, restorable for 30 days
	Gone        Existence = "gone"         // push: DELETE; pull: tombstone, or absent and confirmed
	OutOfScope  Existence = "out-of-scope" // pull only: exists, but is not to be taken
)

// Vouches tells whether a path whose last word this is vouches for the record.
func (e Existence) Vouches() bool { return e == Exists || e == SoftDeleted }

// Look is one observation by the pull.
type Look struct {
	At Instant
	// Direct is true for a read by id and for an explicit tombstone: they count at
	// once, while a list or delta counts the directory's settling time earlier,
	// since Graph lags behind its own writes.
	Direct bool
	// Round is when the round began that the look belongs to. Who is first seen in a
	// round is known to all lists of that round, in whatever order they were read.
	Round Instant
}

// Since is from when on a record that the look finds is known to the pull's lists.
func (l Look) Since() Instant {
	if l.Round != 0 {
		return l.Round
	}
	return l.At
}

// Counts is when the look counts if it is compared with a push.
func (l Look) Counts(settle Instant) Instant {
	if l.At == 0 {
		return 0
	}
	if l.Direct {
		return l.At
	}
	return l.At - settle
}
