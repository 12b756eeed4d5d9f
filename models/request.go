package models

import "time"

// ScimRequest is one request that a SCIM client made, as the request log keeps it.
type ScimRequest struct {
	DirectoryID string   `gorm:"primaryKey"`
	ID          string   `gorm:"primaryKey"` // sorts by time
	At          Instant  // when it came
	RequestID   string   // in the server's own log
	TokenID     Optional // none where the token was refused
	Client      string   // its User-Agent
	Method      string
	Path        string // below the directory's SCIM base URL
	Query       string
	Status      int
	ScimType    string
	Action      string // "user deactivated"
	RecordKind  string // "user", "group" or ""
	RecordID    Optional
	Detail      string // of an error
	Micros      int64  // how long it took
}

// IsGap tells whether this is no request, but tells of some that were not kept.
func (r ScimRequest) IsGap() bool { return r.Method == "" }

// Took is how long the request took.
func (r ScimRequest) Took() time.Duration { return time.Duration(r.Micros) * time.Microsecond }
