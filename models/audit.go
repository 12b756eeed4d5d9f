package models

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
)

// AuditEvent is one act of an admin, one failed sign-in, or a warning. Events are appended, and
// never changed or deleted.
type AuditEvent struct {
	ID          string `gorm:"primaryKey"`
	At          Instant
	DirectoryID Optional // what the act was about, "" for the bridge as a whole
	ActorKind   ActorKind
	ActorID     Optional // of the admin token, or of the client
	ActorName   string
	Action      string // "directory.updated"
	TargetID    string
	Before      Facts
	After       Facts
	Address     string // where the request came from
	RequestID   string
}

// ActorKind is what somebody signed in with.
type ActorKind string

const (
	FirstAdmin   ActorKind = "operator"    // the token of the configuration
	AdminByToken ActorKind = "admin-token" // an issued one
	ClientActor  ActorKind = "scim-client" // an OAuth client at the token endpoint
	Stranger     ActorKind = "nobody"      // nobody was signed in
	ByItself     ActorKind = "bridge"      // the bridge, on its own
)

// Facts are a JSON document without secrets; nil is none.
type Facts json.RawMessage

// Value implements driver.Valuer.
func (f Facts) Value() (driver.Value, error) {
	if f == nil {
		return nil, nil
	}
	return string(f), nil
}

// Scan implements sql.Scanner.
func (f *Facts) Scan(src any) error {
	switch src := src.(type) {
	case nil:
		*f = nil
	case string:
		*f = Facts(src)
	case []byte:
		*f = Facts(append([]byte(nil), src...))
	default:
		return errors.New("facts are stored as JSON")
	}
	return nil
}
