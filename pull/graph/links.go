package graph

import (
	"hash/maphash"
	"net/http"
	"strings"
	"sync"

	"scimbridge/pull"
)

// checkLink refuses a link that leads away from the tenant's Graph, before anything
// is sent to it. One of a delta round comes from the store: it is of another Graph
// than the settings name today, and the round starts over (readDelta).
func (c *client) checkLink(link string) error {
	if link == "" || c.tenant.keeps(link) {
		return nil
	}
	return foreignLink().sourceError()
}

func foreignLink() *fault {
	return &fault{
		nature: lasting, code: codeForeignLink,
		message: "a link to the next page leads to another host than Graph's",
		hint:    "It was not followed. If the Graph host was changed in the settings, start a full run; otherwise something between this server and Graph changes the answers.",
	}
}

// checkAnswer looks at the links of a page that came from link.
func (c *client) checkAnswer(link, next, delta string) error {
	switch {
	case next != "" && !c.tenant.keeps(next), delta != "" && !c.tenant.keeps(delta):
		return foreignLink()
	case next != "" && next == link:
		return &fault{nature: passing, code: codeLoop,
			message: "Microsoft Graph named the page just read as the next one",
			hint:    "Run it again. It would never have ended."}
	}
	return nil
}

// isExpired tells whether a refusal means that the round cannot go on from link
// (section 2.5). By status first: no code is documented for a 410 of the directory.
func isExpired(link string, f *fault) bool {
	if link == "" || f.status != 400 && f.status != 410 {
		return false
	}
	code := strings.ToLower(f.code)
	switch {
	case f.status == 410, code == "syncstatenotfound", strings.HasPrefix(code, "resync"):
		return true
	case isExpiredPage(code):
		return true
	}
	return speaksOfToken(f)
}

// speaksOfToken tells a token that Graph cannot read at all: of another tenant, or
// damaged. It will never be read, so going on from it would fail every night.
func speaksOfToken(f *fault) bool {
	text := strings.ToLower(f.message)
	return strings.Contains(text, "deltatoken") || strings.Contains(text, "skiptoken") ||
		strings.Contains(text, "badly formed token")
}

// isExpiredPage tells a page token that became too old: the listing starts over, and
// nothing of the half is kept (section 4.2).
func isExpiredPage(code string) bool { return strings.EqualFold(code, "Directory_ExpiredPageToken") }

// expiry turns such a refusal into pull.ErrDeltaExpired.
func expiry(link string, err error) error {
	if f, ok := asFault(err); ok && isExpired(link, f) {
		return pull.ErrDeltaExpired
	}
	return err
}

// lostPage marks a refusal of a page that an earlier one promised: whoever starts
// over gets another way to it.
func lostPage(link string, err error) error {
	f, ok := asFault(err)
	if !ok || link == "" || f.status != http.StatusNotFound && !isExpiredPage(f.code) {
		return err
	}
	e := f.sourceError()
	e.Passing = true
	e.Message = "the page that was to follow is not there: " + f.message
	e.Hint = "Run it again: the reading starts over, and nothing of the half is kept."
	return e
}

// rounds remembers which links belong to a fresh round: there an absent manager means
// that there is none, later that it has not changed (section 1.5), and the page does
// not tell which it is. Links are kept as hashes; a round has thousands of them.
type rounds struct {
	mu    sync.Mutex
	seed  maphash.Seed
	fresh map[uint64]struct{}
}

func newRounds() *rounds {
	return &rounds{seed: maphash.MakeSeed(), fresh: make(map[uint64]struct{})}
}

// isFresh: a link that was never handed out here is taken for one of a later round,
// where what is absent is no word.
func (r *rounds) isFresh(link string) bool {
	if link == "" {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.fresh[maphash.String(r.seed, link)]
	return ok
}

func (r *rounds) follow(link, next string) {
	if next == "" || !r.isFresh(link) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fresh[maphash.String(r.seed, next)] = struct{}{}
}
