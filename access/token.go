package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

// Kind is what a token is for. It begins the token's text, so that secret scanners
// recognise one that leaked, and a person sees which of them it is. Scanners want a
// fixed form: scb_[A-Za-z0-9_-]{49}, of which the last 6 are a checksum.
type Kind string

const (
	ScimToken    Kind = "scb_" // opens one directory's SCIM endpoint
	AdminToken   Kind = "sba_" // opens the admin API
	ClientSecret Kind = "sbs_" // gets access tokens at /oauth2/token
)

const (
	secretSize   = 32 // bytes from the random generator
	secretLength = 43 // of them in base64
	// checksumLength is that of a CRC-32 in base64. It proves nothing; it tells a
	// scanner, and a person who cut the last sign off, a token from something like it.
	checksumLength = 6
)

// New makes a token at random: its text, to be shown once, and its hash, to be kept.
func (k Kind) New() (text, hash string) {
	var secret [secretSize]byte
	_, _ = rand.Read(secret[:]) // never fails: crypto/rand ends the program instead
	body := string(k) + base64.RawURLEncoding.EncodeToString(secret[:])
	text = body + checksum(body)
	return text, Hash(text)
}

// NewToken makes a SCIM token.
func NewToken() (text, hash string) { return ScimToken.New() }

// Hash is what is kept of a token. A plain digest is enough: the text has 256 bits of
// chance, which nobody guesses, however fast the digest is.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// WellFormed tells whether a text can be a token that New made. What is not needs no
// look-up.
func (k Kind) WellFormed(text string) bool {
	if len(text) != len(k)+secretLength+checksumLength || !strings.HasPrefix(text, string(k)) {
		return false
	}
	body, sum := text[:len(k)+secretLength], text[len(k)+secretLength:]
	return sum == checksum(body)
}

// WellFormed tells whether a text can be a SCIM token.
func WellFormed(text string) bool { return ScimToken.WellFormed(text) }

func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	return base64.RawURLEncoding.EncodeToString([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
}

// Bearer reads the token from an Authorization header (RFC 6750 section 2.1). ok is
// false if the header carries none.
func Bearer(authorization string) (token string, ok bool) {
	scheme, token, found := strings.Cut(authorization, " ")
	token = strings.TrimSpace(token)
	return token, found && strings.EqualFold(scheme, "Bearer") && token != ""
}
