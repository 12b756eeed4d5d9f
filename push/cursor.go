package push

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"sync"

	"scimbridge/internal/seal"
	"scimbridge/models"
	"scimbridge/scim"
	"scimbridge/scim/schema"
	"scimbridge/store"
)

// cursor is what stands inside the opaque text that a client gets. It grants nothing: the
// token is looked up again for every page, and what a page shows is found anew.
type cursor struct {
	Run   string         `json:"r"`
	Count int            `json:"c"`
	Total int            `json:"t"` // as the first page counted
	At    store.Position `json:"p"`
	Back  bool           `json:"b,omitempty"`
	Made  models.Instant `json:"m"`
}

// runOf names what all pages of a list have in common: a cursor of another list would
// jump to a place that means nothing there.
func (b *backend) runOf(t schema.ResourceType, q scim.Query) string {
	text := t.Name + "\x00" + strconv.FormatBool(b.client) + strconv.FormatBool(q.Descending) + "\x00"
	if q.SortBy != nil {
		text += q.SortBy.String()
	}
	text += "\x00"
	if q.Filter != nil {
		text += q.Filter.String()
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}

func (b *backend) sealCursor(c cursor) (string, error) {
	c.Made = b.clock
	text, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	return b.cursors.Seal(text, b.cursorContext())
}

// openCursor refuses alike what was forged, what belongs to another directory and what
// belongs to another list (RFC 9865 section 5.2).
func (b *backend) openCursor(text, run string) (cursor, error) {
	var c cursor
	plain, err := b.cursors.Open(text, b.cursorContext())
	if err != nil || json.Unmarshal(plain, &c) != nil || c.Run != run {
		return c, scim.ErrInvalidCursor
	}
	if b.clock > c.Made.Add(scim.CursorLife) {
		return c, scim.ErrExpiredCursor
	}
	return c, nil
}

func (b *backend) cursorContext() string { return "directory " + b.directory.ID + " cursor" }

// ownCursors seals the cursors of a program that was given no key: they are good as long
// as it runs.
var ownCursors = sync.OnceValue(func() *seal.Sealer { return seal.NewSealer(seal.NewKey()) })
