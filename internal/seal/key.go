package seal

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// KeySize is the length of a key in bytes.
const KeySize = 32

// Key seals credentials. Like Secret it never prints itself.
type Key struct{ bytes [KeySize]byte }

// ParseKey reads a key from base64, standard or URL-safe, with or without padding.
// Its error never repeats the text, which may be a mistyped key.
func ParseKey(text string) (Key, error) {
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimSpace(text))
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(plain, "="))
	if err != nil {
		return Key{}, fmt.Errorf("the key is not base64: make one with `openssl rand -base64 %d`", KeySize)
	}
	if len(decoded) != KeySize {
		return Key{}, fmt.Errorf("the key has %d bytes, not %d: make one with `openssl rand -base64 %d`",
			len(decoded), KeySize, KeySize)
	}
	return Key{bytes: [KeySize]byte(decoded)}, nil
}

// NewKey makes a key at random.
func NewKey() Key {
	var k Key
	_, _ = rand.Read(k.bytes[:]) // never fails: crypto/rand ends the program instead
	return k
}

// Reveal returns the key as ParseKey reads it.
func (k Key) Reveal() string { return base64.StdEncoding.EncodeToString(k.bytes[:]) }

// ID names the key without telling anything of it, so that a sealed text says which
// key opens it.
func (k Key) ID() string { return hex.EncodeToString(k.derive("key id", 4)) }

func (Key) String() string { return redacted }

func (Key) GoString() string { return redacted }

func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// derive gives each use its own key material (RFC 5869), so that the public key id
// shares nothing with what encrypts.
func (k Key) derive(use string, length int) []byte {
	out, err := hkdf.Key(sha256.New, k.bytes[:], nil, "scimbridge "+version+" "+use, length)
	if err != nil {
		panic(err) // only for a length over 8160 bytes
	}
	return out
}
