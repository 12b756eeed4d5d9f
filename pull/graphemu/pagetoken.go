package graphemu

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// pageToken is what the $skiptoken of a list says. It works for the request that
// it was made for, and nothing else.
type pageToken struct {
	For    string `json:"f"`
	Issued int64  `json:"i"`
	After  int    `json:"a"` // the last object told, or the last place in an order
	Page   int    `json:"p"`
}

// purpose is the request that a page token belongs to.
func (c *call) purpose() string {
	sum := sha256.Sum256([]byte(c.tenant.id + " " + strings.Join(c.path, "/") + "?" + c.query.rawWithout("skiptoken")))
	return hex.EncodeToString(sum[:8])
}

// openPageToken returns where the list goes on; a fresh list starts after -1.
func (c *call) openPageToken() (pageToken, error) {
	if !c.query.has("skiptoken") {
		return pageToken{For: c.purpose(), After: -1}, nil
	}
	var t pageToken
	if err := c.emulator.signer.open(c.query.get("skiptoken"), &t); err != nil || t.For != c.purpose() {
		return t, badRequest("The specified page token value '$skiptoken' included in the request is malformed or invalid.")
	}
	if expired(c, t.Issued, c.config.SkipTokenLife) {
		return t, expiredPageToken()
	}
	return t, nil
}

func expired(c *call, issued int64, life time.Duration) bool {
	return life > 0 && c.now().Sub(time.Unix(0, issued)) >= life
}

func expiredPageToken() *Error {
	return &Error{Status: 400, Code: "Directory_ExpiredPageToken",
		Message: "The specified page token value '$skiptoken' included in the request has expired."}
}

// nextLink is absolute, with the options of the request and the token.
func (c *call) nextLink(t pageToken) string {
	t.Issued = c.now().UnixNano()
	options := c.query.rawWithout("skiptoken")
	if options != "" {
		options += "&"
	}
	return c.origin + c.rawPath + "?" + options + "$skiptoken=" + c.emulator.signer.seal(t)
}
