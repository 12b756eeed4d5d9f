package scim

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
)

// Lists: of one type, and at the root of all types (RFC 7644 sections 3.4.2 and
// 3.4.3).

func (c *call) listOne(ctx context.Context) (answer, error) {
	s, err := c.searchFromQuery()
	if err != nil {
		return answer{}, err
	}
	return c.list(ctx, s, []schema.ResourceType{c.resource})
}

func (c *call) searchOne(ctx context.Context) (answer, error) {
	return c.search(ctx, []schema.ResourceType{c.resource})
}

func (c *call) listAll(ctx context.Context) (answer, error) {
	s, err := c.searchFromQuery()
	if err != nil {
		return answer{}, err
	}
	return c.list(ctx, s, c.session.Schemas.Types())
}

func (c *call) searchAll(ctx context.Context) (answer, error) {
	return c.search(ctx, c.session.Schemas.Types())
}

func (c *call) search(ctx context.Context, types []schema.ResourceType) (answer, error) {
	message, err := parseObject(c.body)
	if err != nil {
		return answer{}, err
	}
	s, err := searchFromBody(message)
	if err != nil {
		return answer{}, err
	}
	return c.list(ctx, s, types)
}

// source is one type that a list reads from.
type source struct {
	resource schema.ResourceType
	query    Query
	renderer *Renderer
}

// page is what a list answers with.
type page struct {
	total, start, items int
	byCursor            bool
	next, previous      string
	resources           []byte // the elements of Resources
}

func (c *call) list(ctx context.Context, s search, types []schema.ResourceType) (answer, error) {
	c.did.verb, c.did.many = "searched", true
	sources, err := c.sources(s, types)
	if err != nil {
		return answer{}, err
	}
	p := page{start: 1}
	if len(sources) > 0 {
		p.start, p.byCursor = sources[0].query.StartIndex, sources[0].query.ByCursor
		switch {
		case len(types) > 1 && p.byCursor:
			err = c.readByCursor(ctx, sources, &p)
		default:
			err = c.readByIndex(ctx, sources, &p)
		}
		if err != nil {
			return answer{}, err
		}
	}
	c.did.verb = "searched: " + strconv.Itoa(p.total) + " found"
	return answer{status: http.StatusOK, body: p.encode()}, nil
}

// sources plans the search for every type that can have a match. An attribute that
// no type knows is a mistake; one that some know is absent elsewhere (demand 78).
func (c *call) sources(s search, types []schema.ResourceType) ([]source, error) {
	if len(types) > 1 && s.filter != nil {
		if err := c.knownSomewhere(*s.filter, types); err != nil {
			return nil, err
		}
	}
	var out []source
	for _, t := range types {
		q, show, possible, err := c.plan(s, t, len(types) > 1)
		if err != nil {
			return nil, err
		}
		if possible {
			out = append(out, source{t, q, c.renderer(t, show)})
		}
	}
	return out, nil
}

func (c *call) knownSomewhere(text string, types []schema.ResourceType) error {
	parsed, err := filter.Parse(text)
	if err != nil {
		return err
	}
	views := make(anyOf, len(types))
	for i, t := range types {
		views[i] = c.session.Schemas.View(t)
	}
	_, err = filter.Bind(parsed, views)
	return err
}

// anyOf is the schema of several types together.
type anyOf []filter.Schema

func (s anyOf) Find(p filter.AttributePath) (filter.Characteristics, bool) {
	for _, one := range s {
		if c, ok := one.Find(p); ok {
			return c, true
		}
	}
	return filter.Characteristics{}, false
}

// readByIndex reads a page across the sources as if they stood one behind the
// other. With one source it is also the page by cursor, which the backend makes.
func (c *call) readByIndex(ctx context.Context, sources []source, p *page) error {
	skip, room := sources[0].query.StartIndex-1, sources[0].query.Count
	for _, s := range sources {
		q := s.query
		q.StartIndex, q.Count = skip+1, room
		found, err := c.session.Backend.List(ctx, s.resource, q)
		if err != nil {
			return err
		}
		p.total += found.Total
		p.next, p.previous = found.NextCursor, found.PreviousCursor
		c.take(s, found.Resources, p)
		skip = max(0, skip-found.Total)
		room = max(0, room-len(found.Resources))
	}
	return nil
}

// readByCursor goes through one type after the other. Its cursors name the type
// in front of the backend's own.
func (c *call) readByCursor(ctx context.Context, sources []source, p *page) error {
	at, cursor := 0, ""
	if given := sources[0].query.Cursor; given != "" {
		name, rest, ok := strings.Cut(given, ".")
		n, err := strconv.Atoi(name)
		if !ok || err != nil || n < 0 || n >= len(sources) {
			return ErrInvalidCursor
		}
		at, cursor = n, rest
	}
	for i, s := range sources {
		q := s.query
		q.Cursor = cursor
		if i != at {
			q.Cursor, q.Count = "", 0
		}
		found, err := c.session.Backend.List(ctx, s.resource, q)
		if err != nil {
			return err
		}
		p.total += found.Total
		if i != at || q.Count == 0 {
			continue
		}
		c.take(s, found.Resources, p)
		switch {
		case found.NextCursor != "":
			p.next = strconv.Itoa(i) + "." + found.NextCursor
		case i+1 < len(sources):
			p.next = strconv.Itoa(i+1) + "."
		}
	}
	return nil
}

func (c *call) take(s source, resources []Resource, p *page) {
	for i, r := range resources {
		if i == 1 { // the first tells how much room the others are likely to need
			p.resources = slices.Grow(p.resources, len(p.resources)/p.items*(len(resources)+1))
		}
		if p.items > 0 {
			p.resources = append(p.resources, ',')
		}
		if !c.features.ETag {
			r.Meta.Version = ""
		}
		p.resources = s.renderer.Append(p.resources, r)
		p.items++
	}
}

const listURN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

// encode writes the envelope (demands 76, 94 and 99). Resources is there even
// when it is empty: clients look for it (fact sheet 2).
func (p page) encode() []byte {
	b := make([]byte, 0, len(p.resources)+256)
	b = append(b, `{"schemas":["`+listURN+`"],"totalResults":`...)
	b = strconv.AppendInt(b, int64(p.total), 10)
	if !p.byCursor {
		b = strconv.AppendInt(append(b, `,"startIndex":`...), int64(p.start), 10)
	}
	b = strconv.AppendInt(append(b, `,"itemsPerPage":`...), int64(p.items), 10)
	if p.next != "" {
		b = appendString(append(b, `,"nextCursor":`...), p.next)
	}
	if p.previous != "" {
		b = appendString(append(b, `,"previousCursor":`...), p.previous)
	}
	b = append(b, `,"Resources":[`...)
	b = append(b, p.resources...)
	return append(b, ']', '}')
}

// schemas, resourceTypes and config are in discovery.go; what they share with the
// lists is the envelope.
func encodeList(items []any) ([]byte, error) {
	p := page{total: len(items), start: 1, items: len(items)}
	for i, item := range items {
		text, err := marshal(item)
		if err != nil {
			return nil, errors.Join(errors.New("encode a list"), err)
		}
		if i > 0 {
			p.resources = append(p.resources, ',')
		}
		p.resources = append(p.resources, text...)
	}
	return p.encode(), nil
}
