package models

import (
	"database/sql/driver"
	"time"
)

// ScimClient is who gets access tokens for one directory's SCIM endpoint, or is trusted
// by those that Entra signs.
type ScimClient struct {
	DirectoryID  string
	ID           string `gorm:"primaryKey"` // the client identifier of OAuth
	Name         string
	Kind         ClientKind
	Access       Access
	TokenMinutes int // how long an access token lives
	Federation   Federation
	Version      int64
	CreatedAt    Instant `gorm:"autoCreateTime:false"`
	LastUsedAt   Instant
	RevokedAt    Instant
}

// TokenLife is how long an access token of the client lives.
func (c ScimClient) TokenLife() time.Duration { return time.Duration(c.TokenMinutes) * time.Minute }

// ClientKind is how a client proves who it is.
type ClientKind string

const (
	SecretClient     ClientKind = "secret"      // by a secret that we issued
	FederatedClient  ClientKind = "federation"  // by an assertion that Entra signed
	EntraTokenClient ClientKind = "entra-token" // by the bearer token that Entra sends when its own is left blank
)

// Federation says whose signature on a token is trusted.
type Federation struct {
	TenantID      string   `json:"tenantId,omitempty"`
	Subject       string   `json:"subject,omitempty"`
	Audiences     []string `json:"audiences,omitempty"`
	AuthorityHost string   `json:"authorityHost,omitempty"` // an origin; "" is Microsoft's
}

// Authority is the origin at which the tenant's keys are found.
func (f Federation) Authority() string {
	if f.AuthorityHost != "" {
		return f.AuthorityHost
	}
	return "https://login.microsoftonline.com"
}

// Value implements driver.Valuer.
func (f Federation) Value() (driver.Value, error) { return jsonText(f) }

// Scan implements sql.Scanner.
func (f *Federation) Scan(src any) error { return scanJSON(src, f) }

// ScimClientSecret is one of a client's secrets; several may live at once, so that they
// can be changed without a gap. Only the hash of its text is kept.
type ScimClientSecret struct {
	DirectoryID string
	ClientID    string
	ID          string `gorm:"primaryKey"`
	Hash        string
	CreatedAt   Instant `gorm:"autoCreateTime:false"`
	ExpiresAt   Instant
	LastUsedAt  Instant
	RevokedAt   Instant
}
