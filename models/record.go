package models

// Standing is what both paths last said of one record, and when. It stands beside
// the merged record in the same row, so that one lock covers both.
type Standing struct {
	// EntraObjectID is the GUID by which the pull knows the record, or that push
	// gave as externalId. The two are tied once the pull has spoken of it.
	EntraObjectID Optional

	PushSays    Existence
	PushSince   Instant // when push first said so
	PushAt      Instant // of the existence word
	PushSpokeAt Instant // of push's last word of any kind
	PushGoneAt  Instant // of the last DELETE: a look at all the record's edges
	PushWords   Words

	PullSays     Existence
	PullSince    Instant // when a look first found it so
	PullAt       Instant // of the last list or delta look at it that was recorded
	PullDirectAt Instant // of the last read by id or tombstone that was recorded
	PullGoneAt   Instant // of the last "gone": a look at all the record's edges
	PullWords    Words
	// PullHash tells two readings apart without comparing them; 0 forces a merge.
	PullHash int64

	// AdminSays is an admin's word on existence. It stands until either path says
	// something different from what it said then.
	AdminSays Existence
	AdminAt   Instant
	// AdminWords are an admin's words on attributes, which stand as AdminSays does.
	AdminWords Words
	// HeldValues are values that the pull has read as empty on every record that had
	// them: they show until the guard has passed.
	HeldValues Attributes
	// Held is true while a loss waits for the guard: the words are recorded, the merged
	// record is as it was.
	Held bool
}

// Tied tells whether the pull has seen the record under its object id.
func (s *Standing) Tied() bool { return s.EntraObjectID != "" && s.PullSays != Unheard }

// User is one person: the merged truth, and what it was merged from.
type User struct {
	DirectoryID string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Standing    `gorm:"embedded"`

	PushActive  *bool // the last active that push said
	PullEnabled *bool // the last accountEnabled that the pull read

	Living      bool // visible in answers
	SoftDeleted bool // living, deactivated, its edges hidden, its userName free
	Active      bool
	UserName    string
	// UserNameKey is the folded userName while the record occupies it: living, and
	// not soft-deleted. Unique in the directory.
	UserNameKey Optional
	ExternalID  Optional
	DisplayName string
	// DisplayNameKey and EmailKeys are what filters look people up by, folded.
	DisplayNameKey string
	EmailKeys      Keys
	Attributes     Attributes
	// ManagerID or ManagerObjectID is the manager as the path that stands said it; it
	// is resolved when read, so that one who comes later appears without a write.
	ManagerID       Optional
	ManagerObjectID Optional
	// Waiting is true while a name that the record should have is taken.
	Waiting bool

	Version   int64
	CreatedAt Instant `gorm:"autoCreateTime:false"`
	UpdatedAt Instant `gorm:"autoUpdateTime:false"`
}

// Group is one group: the merged truth, and what it was merged from.
type Group struct {
	DirectoryID string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Standing    `gorm:"embedded"`

	// PushMembersAt is when push last said the complete list (PUT or replace): a look
	// at every edge that push can know.
	PushMembersAt Instant
	// PullMembersAt is the last look that found the list changed; a completed round
	// is a look too, kept per directory.
	PullMembersAt   Instant
	PullMembersHash int64 // of the list as read, when every member was known; else 0

	Living         bool
	ExternalID     Optional
	DisplayName    string
	DisplayNameKey string
	Attributes     Attributes

	Version   int64
	CreatedAt Instant `gorm:"autoCreateTime:false"`
	UpdatedAt Instant `gorm:"autoUpdateTime:false"`
}

// Said is a path's last word on an edge.
type Said int8

const (
	Unsaid Said = 0
	In     Said = 1
	Out    Said = -1
)

// Membership is a direct edge, user in group or group in group. A row stays while a
// path's "out" may still outweigh the other's "in".
type Membership struct {
	DirectoryID string `gorm:"primaryKey"`
	GroupID     string `gorm:"primaryKey"`
	MemberID    string `gorm:"primaryKey"`
	MemberKind  MemberKind
	PushSays    Said
	PushAt      Instant
	PullSays    Said
	PullAt      Instant
	PullDirect  bool // whether that look was a read by id
	AdminSays   Said // stands until either path says something different
	AdminAt     Instant
	// Held is true while the end of the edge waits for the guard.
	Held bool
	// Present is the merged word. An edge shows while it is present, both ends live
	// and the member is not soft-deleted.
	Present bool
}

// End is what an edge's merge needs to know of its group or its member.
type End struct {
	ID         string
	ObjectID   Optional
	Kind       MemberKind
	Living     bool
	PushSays   Existence
	PushSince  Instant
	PushGoneAt Instant
	PullSays   Existence
	PullSince  Instant
	PullGoneAt Instant
	// Of a group only: the last complete lists.
	PushMembersAt Instant
	PullMembersAt Instant
}

// End is the user as one end of an edge.
func (u *User) End() End {
	end := u.end(u.ID, UserMember)
	end.Living = u.Living && !u.SoftDeleted
	return end
}

// End is the group as one end of an edge.
func (g *Group) End() End {
	end := g.end(g.ID, GroupMember)
	end.Living, end.PushMembersAt, end.PullMembersAt = g.Living, g.PushMembersAt, g.PullMembersAt
	return end
}

func (s *Standing) end(id string, kind MemberKind) End {
	return End{
		ID: id, ObjectID: s.EntraObjectID, Kind: kind,
		PushSays: s.PushSays, PushSince: s.PushSince, PushGoneAt: s.PushGoneAt,
		PullSays: s.PullSays, PullSince: s.PullSince, PullGoneAt: s.PullGoneAt,
	}
}

// Change is one entry of the feed, written in the transaction of the change.
type Change struct {
	DirectoryID string
	Seq         int64 `gorm:"primaryKey;autoIncrement"`
	At          Instant
	Kind        string // "user", "group", "memberships", "storm"
	RecordID    string
	Action      Action
	By          Path
	Origin      string // run id or request id
	Detail      Attributes
}

// Action is what happened to a record, in runs, items and the feed.
type Action string

const (
	Created     Action = "created"
	Updated     Action = "updated"
	Adopted     Action = "adopted"
	Deactivated Action = "deactivated"
	Reactivated Action = "reactivated"
	Removed     Action = "removed"
	Restored    Action = "restored"
	Conflicted  Action = "conflict"
	Failed      Action = "error"
	Began       Action = "began" // of a storm
	Ended       Action = "ended"
)
