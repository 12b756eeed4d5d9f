package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

// Prefix begins every SCIM token, so that secret scanners recognise one that leaked.
// They want a fixed form: scb_[A-Za-z0-9_-]{49}, of which the last 6 are a checksum.
const Prefix = "scb_"

const (
	secretSize   = 32 // bytes from the random generator
	secretLength = 43 // of them in base64
	tokenLength  = len(Prefix) + secretLength + checksumLength
	// checksumLength is that of a CRC-32 in base64. It proves nothing; it tells a
	// scanner, and a person who cut the last sign off, a token from something like it.
	checksumLength = 6
)

// NewToken makes a token at random: its text, to be shown once, and its hash, to be kept.
func NewToken() (text, hash string) {
	var secret [secretSize]byte
	_, _ = rand.Read(secret[:]) // never fails: crypto/rand ends the program instead
	body := Prefix + base64.RawURLEncoding.EncodeToString(secret[:])
	text = body + checksum(body)
	return text, Hash(text)
}

// Hash is what is kept of a token. A plain digest is enough: the text has 256 bits of
// chance, which nobody guesses, however fast the digest is.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// WellFormed tells whether a text can be a token that NewToken made. What is not needs
// no look-up.
func WellFormed(text string) bool {
	if len(text) != tokenLength || !strings.HasPrefix(text, Prefix) {
		return false
	}
	body, sum := text[:len(Prefix)+secretLength], text[len(Prefix)+secretLength:]
	return sum == checksum(body)
}

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
