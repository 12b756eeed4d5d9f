package models

import "database/sql/driver"

// Certificate is what may be shown of a certificate that signs in: nothing of its key.
type Certificate struct {
	Thumbprint string  `json:"thumbprint"` // SHA-1 in hex, as Entra lists it
	Subject    string  `json:"subject"`
	EndsAt     Instant `json:"endsAt"`
	SendChain  bool    `json:"sendChain"`
}

// Value implements driver.Valuer.
func (c Certificate) Value() (driver.Value, error) { return jsonText(c) }

// Scan implements sql.Scanner.
func (c *Certificate) Scan(src any) error { return scanJSON(src, c) }
