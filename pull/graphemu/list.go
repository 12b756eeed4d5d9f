package graphemu

import (
	"slices"
	"strconv"
)

// Page sizes of lists.
//
// Source: https://learn.microsoft.com/graph/paging and Q&A 1129204.
const (
	defaultPage = 100
	maxPage     = 999
	// maxExpandedPage holds for lists with $expand, whatever $top says
	// (techcommunity 3885391).
	maxExpandedPage = 100
)

// listing is a collection that is read page by page.
type listing struct {
	context string     // of @odata.context, after "$metadata#"
	kind    ObjectType // "" where types mix
	// everyone returns the whole collection, in the order of creation.
	everyone func(d *directory) ([]ref, error)
	// advanced demands ConsistencyLevel and $count, as casts do.
	advanced bool
}

// list answers one page.
func (c *call) list(l listing) (*answer, error) {
	p, err := c.plan(l)
	if err != nil {
		return nil, err
	}
	a := newAnswer(200)
	c.tenant.read(&c.tenant.lists, func(d *directory) { err = p.answer(d, a) })
	if err != nil {
		a.release()
		return nil, err
	}
	a.compress(c)
	return a, nil
}

// pagePlan is a checked request for one page of a listing.
type pagePlan struct {
	*call
	listing
	token   pageToken
	top     int
	keep    condition // nil keeps everybody
	order   order
	encoder encoder
	expand  expansion
}

func (c *call) plan(l listing) (*pagePlan, error) {
	p := &pagePlan{call: c, listing: l}
	var err error
	if p.token, err = c.openPageToken(); err != nil {
		return nil, err
	}
	if p.expand, err = c.expansion(l.kind); err != nil {
		return nil, err
	}
	if p.top, err = c.pageSize(); err != nil {
		return nil, err
	}
	if p.encoder, err = c.listEncoder(l.kind); err != nil {
		return nil, err
	}
	if p.keep, p.order, err = c.restrictions(l); err != nil {
		return nil, err
	}
	return p, c.refuseUnsupported()
}

func (c *call) pageSize() (int, error) {
	top := defaultPage
	if c.query.has("top") {
		var err error
		if top, err = strconv.Atoi(c.query.get("top")); err != nil || top < 1 || top > maxPage {
			return 0, pageSizeError(c.query.get("top"), maxPage)
		}
	}
	if c.query.has("expand") {
		top = min(top, maxExpandedPage)
	}
	return top, nil
}

func pageSizeError(asked string, most int) *Error {
	return badRequest("Invalid page size specified: '%s'. Must be between 1 and %d inclusive.", asked, most)
}

func (c *call) refuseUnsupported() error {
	if c.query.has("skip") {
		return badRequest("'$skip' is not supported by the service.")
	}
	if c.query.has("deltatoken") {
		return badRequest("'$deltatoken' is not supported on this resource.")
	}
	return nil
}

func (c *call) listEncoder(kind ObjectType) (encoder, error) {
	e := encoder{typed: kind == "", hides: c.hides, blank: c.blank()}
	if kind != "" {
		e.hides = nil // the route's own permission covers them
	}
	var err error
	e.selected, err = c.query.selectFor(kind)
	return e, err
}

func (c *call) hides(kind ObjectType) bool { return !c.may(readDetails[kind]) }

// blank is the selection that a fault makes null.
func (c *call) blank() selection {
	var s selection
	for _, name := range c.bend.withoutValueOf {
		_ = s.add(name, TypeUser) // a name may belong to one kind only
		_ = s.add(name, TypeGroup)
	}
	return s
}

// answer writes the page.
func (p *pagePlan) answer(d *directory, a *answer) error {
	everyone, err := p.everyone(d)
	if err != nil {
		return err
	}
	count := -1
	if p.counts() && p.eventually() && p.token.Page == 0 {
		count = countKept(d, everyone, p.keep)
	}
	page, next, more := p.cut(d, everyone)
	a.body = p.open(a.body, count, next, more)
	for i, r := range page {
		if i > 0 {
			a.body = append(a.body, ',')
		}
		a.body = p.encoder.openObject(a.body, d.objects[r])
		a.body = append(p.expand.append(a.body, d, r), '}')
	}
	a.body = append(a.body, "]}"...)
	return nil
}

func countKept(d *directory, everyone []ref, keep condition) int {
	if keep == nil {
		return len(everyone)
	}
	count := 0
	for _, r := range everyone {
		if keep(d.objects[r]) {
			count++
		}
	}
	return count
}

// cut takes the page out of the collection. In the order of creation a page goes
// on after the last object told, so that changes in mid-listing cannot make it
// skip anybody.
func (p *pagePlan) cut(d *directory, everyone []ref) (page []ref, next pageToken, more bool) {
	next = p.token
	next.Page++
	if p.bend.empty {
		return nil, next, false
	}
	if every := p.config.EmptyPageEvery; every > 0 && next.Page%every == 0 {
		return nil, next, true
	}
	if p.order != nil {
		return p.cutOrdered(d, everyone, next)
	}
	start, found := slices.BinarySearch(everyone, ref(max(p.token.After, 0)))
	if found && p.token.After >= 0 {
		start++
	}
	for _, r := range everyone[start:] {
		if p.keep != nil && !p.keep(d.objects[r]) {
			continue
		}
		if len(page) == p.top {
			return page, next, true
		}
		page = append(page, r)
		next.After = int(r)
	}
	return page, next, false
}

func (p *pagePlan) cutOrdered(d *directory, everyone []ref, next pageToken) ([]ref, pageToken, bool) {
	kept := slices.DeleteFunc(slices.Clone(everyone), func(r ref) bool { return p.keep != nil && !p.keep(d.objects[r]) })
	slices.SortStableFunc(kept, func(a, b ref) int { return p.order(d.objects[a], d.objects[b]) })
	start := min(p.token.After+1, len(kept))
	end := min(start+p.top, len(kept))
	next.After = end - 1
	return kept[start:end], next, end < len(kept)
}

// open appends everything up to the first object.
func (p *pagePlan) open(dst []byte, count int, next pageToken, more bool) []byte {
	dst = append(dst, `{"@odata.context":`...)
	dst = appendString(dst, p.origin+"/v1.0/$metadata#"+p.context)
	if count >= 0 {
		dst = strconv.AppendInt(append(dst, `,"@odata.count":`...), int64(count), 10)
	}
	if more {
		dst = appendString(append(dst, `,"@odata.nextLink":`...), p.nextLink(next))
	}
	return append(dst, `,"value":[`...)
}

// one answers with a single object.
func (c *call) one(kind ObjectType, context string, find func(d *directory) (ref, error)) (*answer, error) {
	e, err := c.listEncoder(kind)
	if err != nil {
		return nil, err
	}
	expand, err := c.expansion(kind)
	if err != nil {
		return nil, err
	}
	a := newAnswer(200)
	c.tenant.readTruth(func(d *directory) {
		var r ref
		if r, err = find(d); err != nil {
			return
		}
		a.body = appendString(append(a.body, `{"@odata.context":`...), c.origin+"/v1.0/$metadata#"+context+"/$entity")
		at := len(a.body)
		a.body = append(expand.append(e.openObject(a.body, d.objects[r]), d, r), '}')
		a.body = spliceObject(a.body, at)
	})
	if err != nil {
		a.release()
		return nil, err
	}
	return a, nil
}

// spliceObject makes the object that starts at a place part of the one before.
func spliceObject(dst []byte, at int) []byte {
	if dst[at+1] == '}' { // nothing selected
		return append(dst[:at], '}')
	}
	dst[at] = ','
	return dst
}
