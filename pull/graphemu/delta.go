package graphemu

import (
	"math/bits"
	"slices"
	"strings"
)

// Delta query: a first round that tells everybody, later rounds that tell what
// changed. Everything a round needs is sealed in its links.
//
// Source: https://learn.microsoft.com/graph/delta-query-overview

// round is the state of a delta round, as its tokens carry it. Its window opens
// where the round before began, not where it ended: what changed while that one
// was read is told again, and nothing is lost.
type round struct {
	Tenant string `json:"t"`
	Born   int64  `json:"b"`
	// Generation goes up with Emulator.ExpireDeltaTokens.
	Generation int64       `json:"e,omitempty"`
	Feed       string      `json:"f"` // "users" or "groups"
	Issued     int64       `json:"i"`
	Link       bool        `json:"l,omitempty"` // made for a deltaLink: the round is yet to begin
	Select     propertySet `json:"s"`
	IDs        []string    `json:"d,omitempty"`
	// First rounds list who is there, the others read the change log.
	First   bool   `json:"1,omitempty"`
	Minimal bool   `json:"m,omitempty"`
	Since   uint64 `json:"w"`
	UpTo    uint64 `json:"u"`
	Before  uint64 `json:"r"` // where the round before this one began
	// Pass and At are how far the round is. Groups go round several times: once
	// for the first slice of each group's members, once for the second, and so on.
	Pass int  `json:"p,omitempty"`
	At   int  `json:"a,omitempty"`
	More bool `json:"o,omitempty"` // another pass is needed
	Page int  `json:"g,omitempty"`
}

func (r *round) window() window { return window{since: r.Since, upTo: r.UpTo} }

// feed is what the two kinds of delta differ in.
type feed struct {
	name       string
	kind       ObjectType
	navigation string      // the property that comes as name@delta
	navigable  propertySet // its bit
	// withoutSelect are the properties of a request without $select: members are
	// told then, the manager is not.
	withoutSelect propertySet
}

var (
	usersFeed = feed{name: "users", kind: TypeUser, navigation: "manager", navigable: managerChanged,
		withoutSelect: userSchema.defaults}
	groupsFeed = feed{name: "groups", kind: TypeGroup, navigation: "members", navigable: membersChanged,
		withoutSelect: groupSchema.defaults | membersChanged}
)

// openRound finds out which round a request belongs to.
func (c *call) openRound(f feed) (*round, error) {
	switch {
	case c.query.get("skiptoken") != "":
		return c.resumeRound(f, c.query.get("skiptoken"), false)
	case c.query.get("deltatoken") == "latest":
		r, err := c.firstRound(f)
		if r != nil {
			r.At = -1 // nothing to tell
		}
		return r, err
	case c.query.get("deltatoken") != "":
		return c.resumeRound(f, c.query.get("deltatoken"), true)
	default:
		return c.firstRound(f)
	}
}

func (c *call) firstRound(f feed) (*round, error) {
	r := &round{Tenant: c.tenant.id, Born: c.tenant.born.UnixNano(), Feed: f.name, First: true, Select: f.withoutSelect,
		Generation: c.emulator.deltaGeneration.Load()}
	if c.query.has("select") {
		var err error
		if r.Select, err = c.query.selectForDelta(f); err != nil {
			return nil, err
		}
	}
	if c.query.has("orderby") || c.query.has("search") {
		return nil, unsupportedQuery("The query specified in the URI is not supported by delta query.")
	}
	if c.query.has("filter") {
		ids, err := idsOfDeltaFilter(c.query.get("filter"))
		if err != nil {
			return nil, err
		}
		r.IDs = ids
	}
	return r, nil // $expand and $top are ignored (microsoft-graph-docs #6194, #7160)
}

// selectForDelta reads $select; id is always told.
func (q query) selectForDelta(f feed) (propertySet, error) {
	var s selection
	var set propertySet
	for name := range strings.SplitSeq(q.get("select"), ",") {
		name = strings.TrimSpace(name)
		if name == f.navigation {
			set |= f.navigable
			continue
		}
		if err := s.add(name, f.kind); err != nil {
			return 0, err
		}
	}
	return set | s.of(f.kind).with(0), nil // id is property 0 of every schema
}

// resumeRound opens the token of a next link or of a delta link.
func (c *call) resumeRound(f feed, token string, isDeltaLink bool) (*round, error) {
	var r round
	if err := c.emulator.signer.open(token, &r); err != nil || r.Feed != f.name || r.Tenant != c.tenant.id || r.Link != isDeltaLink {
		return nil, badRequest("Badly formed token.")
	}
	if isDeltaLink {
		if c.forgotten(&r) {
			return nil, syncStateNotFound()
		}
		r.Link, r.Minimal = false, c.prefers("return=minimal")
		if c.bend.replay {
			r.Since = r.Before
		}
		return &r, nil
	}
	if expired(c, r.Issued, c.config.SkipTokenLife) || r.Born != c.tenant.born.UnixNano() {
		return nil, expiredPageToken()
	}
	return &r, nil
}

// forgotten tells whether a delta link is of a state that is no longer kept: too
// old, expired by order, or from another life of the emulator.
func (c *call) forgotten(r *round) bool {
	return expired(c, r.Issued, c.config.DeltaTokenLife) ||
		r.Born != c.tenant.born.UnixNano() || r.Generation != c.emulator.deltaGeneration.Load()
}

// syncStateNotFound is how directory delta refuses a token of which it knows
// nothing any more.
//
// Source: https://devblogs.microsoft.com/microsoft365dev/duration-of-change-tracking-tokens-for-identity-and-education-resources/
func syncStateNotFound() *Error {
	return &Error{Status: 400, Code: "syncStateNotFound", Message: "The sync state generation is not found; a fresh sync is required."}
}

// ExpireDeltaTokens makes every delta link given out so far too old.
func (e *Emulator) ExpireDeltaTokens() { e.deltaGeneration.Add(1) }

// start fixes the end of a round when its first page is read.
func (r *round) start(d *directory) {
	if r.Page == 0 {
		r.UpTo = d.seq
	}
}

// restOf is the link to the rest of the round.
func (c *call) restOf(r round) string {
	r.Page++
	r.Issued = c.now().UnixNano()
	return c.origin + "/v1.0/" + r.Feed + "/delta?$skiptoken=" + c.emulator.signer.seal(r)
}

// deltaLink is the link to the round after this one.
func (c *call) deltaLink(r round) string {
	after := round{
		Tenant: r.Tenant, Born: r.Born, Feed: r.Feed, Link: true, Select: r.Select, IDs: r.IDs,
		Since: r.UpTo, Before: r.Since, Issued: c.now().UnixNano(), Generation: r.Generation,
	}
	return c.origin + "/v1.0/" + r.Feed + "/delta?$deltatoken=" + c.emulator.signer.seal(after)
}

// delta answers one page of a round.
func (c *call) delta(f feed, tell func(*deltaPage)) (*answer, error) {
	r, err := c.openRound(f)
	if err != nil {
		return nil, err
	}
	a := newAnswer(200)
	c.tenant.read(&c.tenant.deltas, func(d *directory) {
		r.start(d)
		p := newDeltaPage(c, f, r, d, a.body)
		switch every := c.config.EmptyPageEvery; {
		case r.At < 0 || c.bend.empty:
			p.over = true
		case every > 0 && (r.Page+1)%every == 0:
		default:
			tell(p)
		}
		a.body = p.finish()
	})
	a.compress(c)
	return a, nil
}

// selectNames spells a sealed selection again, for the Location of a 410.
func (f feed) selectNames(set propertySet) string {
	var names []string
	if set&f.navigable != 0 {
		names = append(names, f.navigation)
	}
	set &^= noProperty
	for ; set != 0; set &= set - 1 {
		i := bits.TrailingZeros64(uint64(set))
		if f.kind == TypeUser {
			names = append(names, userSchema.properties[i].name)
		} else {
			names = append(names, groupSchema.properties[i].name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}
