package scim

import (
	"cmp"
	"context"
	"errors"
	"time"

	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
)

// Backend keeps the resources of one tenant. It is declared here by its only
// caller; package push implements it. Its errors are those of package models
// (ErrNotFound, *ConflictError, *InvalidError, …); anything else is answered 500.
type Backend interface {
	// Create stores a new resource, or takes over one that only another source
	// had brought (RFC 7644 section 3.3). The answer carries id and meta.
	Create(ctx context.Context, t schema.ResourceType, r Resource) (Resource, error)
	Get(ctx context.Context, t schema.ResourceType, id string, want Want) (Resource, error)
	List(ctx context.Context, t schema.ResourceType, q Query) (Page, error)
	// Replace is PUT: r is the client's whole word on the resource.
	Replace(ctx context.Context, t schema.ResourceType, id string, r Resource, c Condition, want Want) (Resource, error)
	// Patch applies p to the stored resource while its row is locked.
	Patch(ctx context.Context, t schema.ResourceType, id string, p Patch, c Condition, want Want) (Resource, error)
	Delete(ctx context.Context, t schema.ResourceType, id string, c Condition) error
}

// Resource is one SCIM resource between the wire and the backend.
type Resource struct {
	ID string
	// Attributes holds what the client may write, by the schema's own spelling of
	// the names: externalId too, extensions as a map under their URN. Values are
	// string, bool, json.Number, map[string]any and []any. Never inside: schemas,
	// id, meta, groups, members, and anything unassigned (null, "", []).
	Attributes map[string]any
	// Members of a Group. In what a client sends, nil means that it did not speak of
	// members, and an empty list that there are none.
	Members []Member
	Groups  []GroupOf // of a User, read only
	Meta    Meta
}

// Meta is what the server alone says of a resource (RFC 7643 section 3.1).
type Meta struct {
	Created, LastModified time.Time
	// Version is the record's own, such as "7", without a dash. Of what the resource shows
	// of other records it knows nothing.
	Version string
}

// Member is a user or group in a group (RFC 7643 section 4.2).
type Member struct {
	Value   string // the id of the member
	Type    string // "User" or "Group"; "" where the client did not say
	Display string // answers only
}

// GroupOf is one group that a user is in (RFC 7643 section 4.1.2).
type GroupOf struct {
	Value, Display string
	Type           string // "direct" or "indirect"
}

// Want says what of a resource the answer will show, so that the backend need
// not read the rest: excludedAttributes=members never reads a member.
type Want struct {
	Members bool
	Groups  bool
}

// Condition is If-Match or If-None-Match of a write; the zero value is none.
type Condition struct {
	Match     []string // versions as in Meta; "*" is any
	NoneMatch []string
}

// Query is a list request, checked and within the server's limits.
type Query struct {
	Filter     filter.Expression     // nil: everything; bound, see filter.Bind
	SortBy     *filter.AttributePath // in the schema's spelling, never complex
	Descending bool
	StartIndex int // from 1
	Count      int // 0: totals only
	Cursor     string
	ByCursor   bool // RFC 9865; then StartIndex is unused
	Want       Want
}

// Page is one answer to a Query.
type Page struct {
	Total      int
	Resources  []Resource
	NextCursor string // "" on the last page, and for index paging
	// PreviousCursor is "" on the first page, and where there is no way back.
	PreviousCursor string
}

// CursorLife is how long a cursor is good after its page was answered.
const CursorLife = 24 * time.Hour

// A Backend's refusals of a page by cursor (RFC 9865 section 2.1).
var (
	ErrInvalidCursor = errors.New("the cursor is not one that this list gave; start again without it")
	ErrExpiredCursor = errors.New("the cursor has expired; start again without it")
	ErrChangedCount  = errors.New("count must stay as it was on the first page of a list by cursor")
)

// MemberChange is one operation of a PATCH on members, in the client's order.
type MemberChange struct {
	Op      MemberOp
	Members []Member // empty for RemoveAllMembers
}

// MemberOp is what a MemberChange does.
type MemberOp int

const (
	AddMembers MemberOp = iota + 1
	RemoveMembers
	ReplaceMembers // the complete list
	RemoveAllMembers
)

// Patched is the outcome of a PATCH on a resource's attributes.
type Patched struct {
	Attributes map[string]any // as in Resource; the input is left as it was
	// Spoken names every value that the request set, also where it was equal
	// before: the client has spoken of it. Values that vanished are not listed;
	// compare with the input.
	Spoken []Target
}

// Target addresses one value in Patched.Attributes.
type Target struct {
	Schema    string // the extension's URN, or "" for a core attribute
	Attribute string
	Entry     int    // index in a multi-valued attribute, -1 otherwise
	Sub       string // sub-attribute, "" for a simple value or a whole entry
}

// Session is what a bearer token opens: one tenant's backend and the rights on it.
type Session struct {
	Backend  Backend
	Schemas  *schema.Registry // the types and extensions of this tenant
	BaseURL  string           // without trailing slash: https://host/scim/{tenant}/v2
	ReadOnly bool
	// WhyReadOnly tells the client why it cannot write; "" is that its token cannot.
	WhyReadOnly string

	TokenID   string // for the request log
	LogValues bool   // the tenant allows personal data in its request log
}

func (s *Session) whyReadOnly() string {
	return cmp.Or(s.WhyReadOnly, "The token can read but not write; use one with the right to write")
}

// Opener checks a bearer token for a tenant. It answers models.ErrUnauthorized
// for every token that does not open exactly this tenant.
type Opener interface {
	Open(ctx context.Context, tenant, bearer string) (*Session, error)
}
