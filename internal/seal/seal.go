// Package seal keeps stored credentials unreadable to whoever holds the database
// alone: authenticated encryption (AES-256-GCM) under the operator's key.
//
// A sealed text is bound to a context, such as the directory and the field that it
// belongs to. Copied to another row it does not open. What the key protects is only
// worth as much as the key's distance from the database: keep them apart.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// version begins every sealed text, so that another format can follow.
const version = "sb1"

var (
	// ErrFormat means that a text was never sealed by this program, or was cut.
	ErrFormat = errors.New("not a sealed value: it was cut or never sealed; enter the credential again")
	// ErrTampered means that a sealed text was changed or moved to another place.
	ErrTampered = errors.New("a sealed value was changed or moved to another record; enter the credential again")
)

// UnknownKeyError says that a text was sealed with a key that this Sealer lacks.
type UnknownKeyError struct {
	KeyID string   // of the key that sealed it
	Have  []string // the keys at hand, the current one first
}

func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("sealed with another key (id %s, not %s): start with the key that sealed it, or enter the credential again",
		e.KeyID, strings.Join(e.Have, " or "))
}

// Sealer seals with one key and opens with several, so that keys can be rotated. It
// may be used by many goroutines at once.
//
// Nonces are random, which is sound for 2^32 texts under one key: far beyond any
// number of credentials.
type Sealer struct {
	current string
	ids     []string
	ciphers map[string]cipher.AEAD
}

// NewSealer seals with the current key, and opens what it or an earlier key sealed.
func NewSealer(current Key, earlier ...Key) *Sealer {
	s := &Sealer{current: current.ID(), ciphers: map[string]cipher.AEAD{}}
	for _, key := range append([]Key{current}, earlier...) {
		s.ids = append(s.ids, key.ID())
		s.ciphers[key.ID()] = newCipher(key)
	}
	return s
}

// Seal encrypts plain for one context, such as "directory 4711 graph client secret".
// Sealing twice gives two texts.
func (s *Sealer) Seal(plain []byte, context string) (string, error) {
	if context == "" {
		return "", errors.New("seal: a context is needed, else the value would open anywhere")
	}
	head := version + "." + s.current
	body := s.ciphers[s.current].Seal(nil, nil, plain, additional(head, context))
	return head + "." + base64.RawURLEncoding.EncodeToString(body), nil
}

// Open returns what was sealed for the same context. Its errors are ErrFormat,
// ErrTampered and *UnknownKeyError.
func (s *Sealer) Open(sealed, context string) ([]byte, error) {
	keyID, body, err := split(sealed)
	if err != nil {
		return nil, err
	}
	aead, known := s.ciphers[keyID]
	if !known {
		return nil, &UnknownKeyError{KeyID: keyID, Have: s.ids}
	}
	plain, err := aead.Open(nil, nil, body, additional(version+"."+keyID, context))
	if err != nil {
		return nil, ErrTampered // what went wrong inside would only help an attacker
	}
	return plain, nil
}

// split takes sb1.<key id>.<base64> apart.
func split(sealed string) (keyID string, body []byte, err error) {
	parts := strings.Split(sealed, ".")
	if len(parts) != 3 || parts[0] != version {
		return "", nil, ErrFormat
	}
	// Strict refuses a text that differs only in the unused bits of its last sign.
	body, err = base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil {
		return "", nil, ErrFormat
	}
	return parts[1], body, nil
}

// additional is what is authenticated beside the text. The head has no zero byte, so
// no two pairs of head and context give the same.
func additional(head, context string) []byte { return []byte(head + "\x00" + context) }

// newCipher puts a random nonce before each text by itself.
func newCipher(key Key) cipher.AEAD {
	block, err := aes.NewCipher(key.derive("seal", KeySize))
	if err != nil {
		panic(err) // only for a wrong key length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // only for another block cipher
	}
	return aead
}
