package models

import (
	"time"

	"scimbridge/scim/schema"
)

// SourceUser is a person as the pull's source says it, in SCIM's terms.
type SourceUser struct {
	// ObjectID is the Entra object id, a GUID in lower case.
	ObjectID  string
	Existence Existence // Exists, SoftDeleted or Gone; a run may turn Exists into OutOfScope
	// Enabled is accountEnabled; nil is no word (Graph answers null where a
	// permission is missing).
	Enabled *bool
	// Guest is true of a person who is known to be a guest of the tenant.
	Guest bool
	// UserName is the match key; "" is no word.
	UserName string
	// Values are the attributes as read, by attribute path; nil is the value
	// "empty". A path that is absent was not read and is no word. The manager
	// stands under ManagerPath, as an object id.
	Values map[string]any
	// MailFrom says where the work e-mail came from if not from mail:
	// "proxyAddresses", "otherMails", "userPrincipalName"; "" otherwise.
	MailFrom string
	// Hash tells the reading apart from others, once it has been made (reconcile.HashUser).
	Hash int64 `json:"-"`
	// SentAt is when the reading was asked for, where a page holds what was asked for at
	// different times; zero: when the page was.
	SentAt time.Time `json:"-"`
}

// AskedAt notes when the reading was asked for.
func (u *SourceUser) AskedAt(at time.Time) { u.SentAt = at }

// SourceGroup is a group as the pull's source says it.
type SourceGroup struct {
	ObjectID  string
	Existence Existence // Exists or Gone; a soft-deleted group is gone
	Values    map[string]any
	// Members are edges that one answer told of: for a first delta round one slice of
	// the list, for later rounds the changes. The whole list is all slices of a round.
	Members []SourceMember
	SentAt  time.Time `json:"-"` // as a user's
}

// AskedAt notes when the reading was asked for.
func (g *SourceGroup) AskedAt(at time.Time) { g.SentAt = at }

// MemberKind says what a member is.
type MemberKind string

const (
	UserMember  MemberKind = "user"
	GroupMember MemberKind = "group"
	OtherMember MemberKind = "" // devices, contacts, service principals: not ours
)

// SourceMember is one direct edge, or the end of one.
type SourceMember struct {
	ObjectID string
	Kind     MemberKind
	Removed  bool // only in later delta rounds
}

// ManagerPath is the attribute path of a user's manager. Push says a SCIM id there,
// the pull an Entra object id.
const ManagerPath = EnterpriseURN + ":manager.value"

// ActivePath is the path of a user's activity. Push and pull say it beside their words on
// attributes; an admin's word on it stands among theirs.
const ActivePath = "active"

// EnterpriseURN is what the extension's attribute paths begin with.
const EnterpriseURN = schema.EnterpriseURN
