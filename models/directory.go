package models

import (
	"cmp"
	"database/sql/driver"
	"encoding/json"
	"time"
)

// Directory is one customer: an Entra tenant and all we hold of it.
type Directory struct {
	ID       string `gorm:"primaryKey"`
	Name     string
	Mode     Mode
	Settings Settings
	Version  int64

	CreatedAt Instant `gorm:"autoCreateTime:false"`
	UpdatedAt Instant `gorm:"autoUpdateTime:false"`
}

// Mode governs the pull alone; pushes always write.
type Mode string

const (
	TestMode       Mode = "test"       // plan, store the plan with the run, write nothing
	ProductionMode Mode = "production" // plan and apply
)

// Settings are what an admin chooses for a directory.
type Settings struct {
	Scope    Scope    `json:"scope"`
	Schedule Schedule `json:"schedule"`
	Guard    Guard    `json:"guard"`
	Push     PushPath `json:"push"`
	// Retention says for how long things are kept, but for the request log.
	Retention Retention     `json:"retention"`
	Settle    time.Duration `json:"settle"`
	// UserNameFrom names the Graph property that is the second match key.
	UserNameFrom string `json:"userNameFrom"` // "userPrincipalName" or "mail"
	UPNAsMail    bool   `json:"upnAsMail"`
	// Attributes are what a pull reads and stores of people and groups.
	Attributes Selection `json:"attributes"`
	// AdditiveMembers reads "replace members" as "add members", for clients that send
	// one member at a time so (fact sheet of SCIM clients, section 3.6).
	AdditiveMembers bool       `json:"additiveMembers"`
	RequestLog      RequestLog `json:"requestLog"`
	// Extensions are the directory's own, beside those that every directory has.
	Extensions []Extension `json:"extensions,omitempty"`
}

// Extension adds attributes of a customer's own to users or groups (RFC 7643 section 3.3).
type Extension struct {
	URN          string          `json:"urn"`
	ResourceType string          `json:"resourceType"` // "User" or "Group"
	Definition   json.RawMessage `json:"definition"`   // a schema of RFC 7643 section 7
}

// PushPath says whether SCIM clients may write.
type PushPath struct {
	Off bool `json:"off,omitempty"` // and what they have said is withdrawn by a run
}

// Retention is for how long things are kept; 0 is the default of each.
type Retention struct {
	Runs    time.Duration `json:"runs,omitempty"`    // with their items and drift
	Changes time.Duration `json:"changes,omitempty"` // entries of the feed
	Removed time.Duration `json:"removed,omitempty"` // tombstones, after the removal
}

const day = 24 * time.Hour

// Kept has the defaults filled in.
func (r Retention) Kept() Retention {
	return Retention{Runs: cmp.Or(r.Runs, 90*day), Changes: cmp.Or(r.Changes, 400*day), Removed: cmp.Or(r.Removed, 90*day)}
}

// RequestLog says what is kept of SCIM requests.
type RequestLog struct {
	Keep   time.Duration `json:"keep"`   // 0 is the default, 14 days
	Values bool          `json:"values"` // personal data in queries and errors too
}

// Kept is for how long requests are kept.
func (l RequestLog) Kept() time.Duration {
	if l.Keep > 0 {
		return l.Keep
	}
	return 14 * 24 * time.Hour
}

// Value implements driver.Valuer.
func (s Settings) Value() (driver.Value, error) {
	text, err := json.Marshal(s)
	return string(text), err
}

// Scan implements sql.Scanner.
func (s *Settings) Scan(src any) error { return scanJSON(src, s) }

// Scope says whom a pull takes.
type Scope struct {
	Kind          string   `json:"kind"` // "all" or "groups"
	IncludeGroups []string `json:"includeGroups"`
	ExcludeGroups []string `json:"excludeGroups"`
	// Guests and Disabled take or leave out people by what they are, whatever their
	// groups. Directories from before these were there take both.
	Guests   Taking `json:"guests,omitempty"`
	Disabled Taking `json:"disabled,omitempty"`
}

// Taking tells whether a kind of people is part of a scope.
type Taking string

const (
	Include Taking = "include" // as "" is
	Exclude Taking = "exclude"
)

// LeavesOut tells of a person who was read whether the scope leaves them out for what
// they are. What was not told is no ground for it.
func (s Scope) LeavesOut(u SourceUser) bool {
	return s.Guests == Exclude && u.Guest || s.Disabled == Exclude && u.Enabled != nil && !*u.Enabled
}

// Schedule says when the nightly pull runs.
type Schedule struct {
	Enabled  bool   `json:"enabled"`
	At       string `json:"at"`       // "02:00"
	TimeZone string `json:"timeZone"` // "Europe/Berlin"
}

// Guard holds the limits on losses beyond which a run is held.
type Guard struct {
	Users       Limit `json:"users"`
	Groups      Limit `json:"groups"`
	Memberships Limit `json:"memberships"`
	// ExpireAfter is how long a held run waits for a decision; 0 is the default, 7 days.
	ExpireAfter time.Duration `json:"expireAfter,omitempty"`
}

// Expires is how long a held run waits for a decision.
func (g Guard) Expires() time.Duration {
	if g.ExpireAfter > 0 {
		return g.ExpireAfter
	}
	return 7 * 24 * time.Hour
}

// Limit is exceeded by more than Max and more than Percent of what is there, or by
// more than Ceiling, where that is not 0.
type Limit struct {
	Max     int `json:"max"`
	Percent int `json:"percent"`
	Ceiling int `json:"ceiling,omitempty"`
}

// Losses counts users, groups and memberships: those that a run would end, or all.
type Losses struct{ Users, Groups, Memberships int }

// DefaultSettings are those of a new directory.
func DefaultSettings() Settings {
	return Settings{
		Scope:    Scope{Kind: "all", IncludeGroups: []string{}, ExcludeGroups: []string{}, Guests: Include, Disabled: Include},
		Schedule: Schedule{Enabled: true, At: "02:00", TimeZone: "UTC"},
		Guard: Guard{
			Users:       Limit{Max: 10, Percent: 10, Ceiling: 500},
			Groups:      Limit{Max: 10, Percent: 10},
			Memberships: Limit{Max: 100, Percent: 10},
		},
		Settle:       30 * time.Minute,
		UserNameFrom: "userPrincipalName",
	}
}

// Token opens one directory's SCIM endpoint: one that an admin issued, or an access token
// that a client got. Only the hash of its text is kept.
type Token struct {
	DirectoryID string
	ID          string `gorm:"primaryKey"`
	Name        string
	Access      Access
	Hash        string // SHA-256 of the token's text, in hex
	CreatedAt   Instant
	ExpiresAt   Instant // 0: does not expire
	LastUsedAt  Instant
	RevokedAt   Instant
	ClientID    Optional // of an access token: the client that got it
	SecretID    Optional // and the secret for which it got it
}

// Access is what a SCIM token allows.
type Access string

const (
	ReadAccess  Access = "read"  // for the product
	WriteAccess Access = "write" // for the provisioning client
)
