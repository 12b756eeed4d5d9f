package pull

import (
	"context"
	"errors"
	"time"

	"scimbridge/models"
)

// Source is what a sync run needs from Microsoft Graph. It is declared here by its
// only caller; package graph implements it. Each method retries passing faults by
// itself and returns a *SourceError for what an admin must see. One request is under way
// at a time, besides Usage.
type Source interface {
	// UsersDelta returns the page at link, or the first page of a fresh round if link
	// is "". It returns ErrDeltaExpired once Graph no longer knows the link, whether
	// it says so with 410 Gone or with syncStateNotFound.
	UsersDelta(ctx context.Context, link string) (Page[models.SourceUser], error)
	GroupsDelta(ctx context.Context, link string) (Page[models.SourceGroup], error)
	// DeletedUsers lists the soft-deleted users, which a fresh round leaves out.
	DeletedUsers(ctx context.Context, link string) (Page[models.SourceUser], error)
	// ConfirmUsers asks for users by id, deletedItems included: Exists (with its
	// values), SoftDeleted or Gone for each id, in the order of ids.
	ConfirmUsers(ctx context.Context, ids []string) (Page[models.SourceUser], error)
	// ConfirmGroups asks for groups by id: Exists or Gone, without members.
	ConfirmGroups(ctx context.Context, ids []string) (Page[models.SourceGroup], error)
	// Usage tells what the source has asked of Graph so far.
	Usage() Usage
}

// Page is one answer of Graph.
type Page[T any] struct {
	Items []T
	// Next is the link of the following page, "" on the last.
	Next string
	// Delta is the link of the next round, on the last page of a delta round.
	Delta string
	// SentAt is the local time at which the attempt that succeeded was sent.
	SentAt time.Time
}

// Usage is what a run has cost.
type Usage struct {
	Requests  int // attempts, retries included
	Throttled int // answers 429
	Units     int // resource units, as x-ms-resource-unit says
	Bytes     int64
	Waited    time.Duration // for Retry-After and back-off
	SignIns   int           // requests for a token, which are not among Requests
}

// Selector tells what stored delta links depend on. A link whose round began with
// another selection must not be followed: the next round is full.
type Selector interface {
	// Selection is a short text to store with the links: it changes with what is read
	// of users and groups, and with the tenant.
	Selection() string
}

// Omitter tells what the directory has chosen not to store.
type Omitter interface {
	// Omitted are the attribute paths of users and of groups that the source could say
	// and does not read.
	Omitted() (users, groups []string)
}

// Presence reads records whole, by id: whom a delta or a change of scope finds
// existing while the pull's last word was not "exists".
type Presence interface {
	// ReadUsers answers for each id, in the order of ids.
	ReadUsers(ctx context.Context, ids []string) ([]UserReading, error)
	// ReadGroups reads groups with all of their direct members and the groups that they
	// are directly in, in the order of ids.
	ReadGroups(ctx context.Context, ids []string) ([]GroupReading, error)
}

// UserReading is what was asked of one user by id.
type UserReading struct {
	// User exists, with all values and the manager, or is soft-deleted or gone.
	User   models.SourceUser
	SentAt time.Time
	// Groups are the object ids of all direct groups of a user that exists, as asked at
	// GroupsAt. Where GroupsAt is zero they were not told (not replicated yet), and
	// nothing follows from their absence.
	Groups   []string
	GroupsAt time.Time
}

// GroupReading is what was asked of one group by id.
type GroupReading struct {
	// Group exists, with its values, or is gone.
	Group models.SourceGroup
	// Complete tells whether Members is the whole list of the direct members. It is
	// false for a group that is gone, and for one whose members Graph does not tell
	// (yet): then nothing follows from their absence.
	Complete bool
	// SentAt is when the first of the answers was asked for.
	SentAt time.Time
	// Parents are the object ids of all groups that the group is directly in, as asked at
	// ParentsAt. Where ParentsAt is zero they were not asked for, or not told.
	Parents   []string
	ParentsAt time.Time
}

// Expirer tells when what a source signs in with ends.
type Expirer interface {
	// CredentialEnds asks, where it has to. It is not known of a client secret without
	// permission to read the application, and there is none of what does not end.
	CredentialEnds(ctx context.Context) (ends time.Time, known bool, err error)
}

// Estimator tells how much there is to read, for progress and estimates.
type Estimator interface {
	// Expected counts users and groups in the tenant, as its index knows them.
	Expected(ctx context.Context) (users, groups int, err error)
}

// Scoper reads what a scope of groups needs without reading the whole tenant.
type Scoper interface {
	// ScopedGroups walks through the included and the excluded groups and all groups
	// inside them, each once. include is empty for a scope of all users.
	ScopedGroups(ctx context.Context, include, exclude []string) (ScopedGroups, error)
	// ScopedUsers reads users by id, in the order of ids, many at a time: existing with
	// all values and the manager, soft-deleted or gone.
	ScopedUsers(ctx context.Context, ids []string) (Page[models.SourceUser], error)
	// GroupsAbove tells the object ids of the groups that groups are directly in. Of one
	// that Graph does not know (any more) it tells nothing.
	GroupsAbove(ctx context.Context, ids []string) (map[string][]string, error)
	// LatestLinks returns the delta links of a round that is over, without its data:
	// later rounds from them tell what changes in the tenant from now on. To lose
	// nothing, ask before the scope is read.
	LatestLinks(ctx context.Context) (users, groups string, err error)
}

// ScopedGroups is what a scope holds, by the edges that Graph tells.
type ScopedGroups struct {
	// Groups are the included groups and those inside them, less the excluded ones and
	// those inside these, each with its direct members, in the order of object ids.
	Groups []GroupReading
	// Users are the members of those groups, direct or not, less those of excluded
	// groups: sorted object ids.
	Users []string
	// ExcludedGroups and ExcludedUsers are the excluded groups with those inside them,
	// and the members of all these: sorted object ids.
	ExcludedGroups, ExcludedUsers []string
	// Vanished are the ids that the scope names and Graph does not know, sorted.
	Vanished []string
	// Untold are groups whose members Graph does not tell, since they are not replicated
	// yet or were deleted while this was read, sorted. Where there are any the scope is
	// not wholly known: nobody may be taken for out of scope by this reading.
	Untold []string
	// SentAt is when the first of the answers was asked for.
	SentAt time.Time
}

// ErrDeltaExpired means that the delta link is no longer known: the next round is full.
var ErrDeltaExpired = errors.New("the delta link has expired")

// SourceError is a fault of the source that ends a run, in words for an admin.
type SourceError struct {
	Code    string // "AADSTS7000215", "Authorization_RequestDenied", "unreachable", …
	Message string // what happened
	Hint    string // what to do
	// Passing is true for faults that may be gone by the next try of the run
	// (network, 5xx, throttled beyond the budget).
	Passing bool
	Err     error
}

func (e *SourceError) Error() string {
	if e.Code == "" {
		return e.Message
	}
	return e.Code + ": " + e.Message
}

func (e *SourceError) Unwrap() error { return e.Err }
