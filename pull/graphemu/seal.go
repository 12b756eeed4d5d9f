package graphemu

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math/rand/v2"
)

// signer seals what the client carries for us: page tokens, delta tokens and
// access tokens. Clients must not read them, and cannot make any.
type signer struct{ key []byte }

func newSigner(random *rand.Rand) signer {
	var key []byte
	for range 4 {
		key = binary.BigEndian.AppendUint64(key, random.Uint64())
	}
	return signer{key}
}

var errNotSealed = errors.New("not sealed by this emulator")

func (s signer) mac(payload []byte) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write(payload)
	return h.Sum(nil)
}

// macSize is cut short to keep links short.
const macSize = 16

func (s signer) seal(v any) string {
	payload, err := json.Marshal(v)
	if err != nil {
		panic("graphemu: sealing: " + err.Error()) // only our own structs come here
	}
	return base64.RawURLEncoding.EncodeToString(append(s.mac(payload)[:macSize], payload...))
}

func (s signer) open(sealed string, v any) error {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(raw) < macSize {
		return errNotSealed
	}
	if !hmac.Equal(raw[:macSize], s.mac(raw[macSize:])[:macSize]) {
		return errNotSealed
	}
	if err := json.Unmarshal(raw[macSize:], v); err != nil {
		return errNotSealed
	}
	return nil
}
