package seal

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a text that prints, logs and marshals as "[redacted]"; Reveal is the
// only way to it, so that a search for Reveal finds every place that uses one.
//
// Keep it in exported fields: fmt cannot call the methods of an unexported field and
// prints its bare content.
type Secret string

// Reveal returns the text itself.
func (s Secret) Reveal() string { return string(s) }

func (Secret) String() string { return redacted }

func (Secret) GoString() string { return redacted }

// Format serves every verb, %x and %d among them, which would pass String by.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Value refuses to be written to a database: a credential is stored sealed.
func (Secret) Value() (driver.Value, error) {
	return nil, errors.New("a secret is not stored unsealed: store what Sealer.Seal returns")
}
