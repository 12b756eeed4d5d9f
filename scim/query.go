package scim

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
)

// parseQuery reads a query string; names come out in lower case, since Microsoft's
// examples write startindex (fact sheet 3.7). net/url would drop a parameter that
// it cannot decode, and a filter that is dropped is a filter that finds everyone.
func parseQuery(raw string) (url.Values, error) {
	out := url.Values{}
	for _, pair := range strings.Split(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err == nil {
			value, err = url.QueryUnescape(value)
		}
		if err != nil {
			return nil, badRequest(scimerrors.ScimTypeInvalidValue, "the query parameter %q is not percent-encoded as it should be", name)
		}
		name = strings.ToLower(name)
		out[name] = append(out[name], value)
	}
	return out, nil
}

// search is what a list asks for, from a query string or from the body of
// /.search (demand 96). nil stands for what was not said.
type search struct {
	attributes, excluded      []string
	filter, sortBy, sortOrder *string
	startIndex, count         *int
	cursor                    *string
}

func (c *call) searchFromQuery() (search, error) {
	s := search{attributes: c.query["attributes"], excluded: c.query["excludedattributes"]}
	for name, to := range map[string]**string{"filter": &s.filter, "sortby": &s.sortBy, "sortorder": &s.sortOrder, "cursor": &s.cursor} {
		switch values := c.query[name]; len(values) {
		case 0:
		case 1:
			*to = &values[0]
		default:
			return search{}, valueError(name, "is given more than once")
		}
	}
	for name, to := range map[string]**int{"startindex": &s.startIndex, "count": &s.count} {
		values := c.query[name]
		if len(values) == 0 || values[0] == "" {
			continue
		}
		n, err := wholeNumber(name, values[0])
		if err != nil {
			return search{}, s.countError(name, err)
		}
		*to = &n
	}
	return s, nil
}

const searchURN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

func searchFromBody(message map[string]any) (search, error) {
	var s search
	if schemas, ok := member(message, "schemas").([]any); ok && len(schemas) > 0 && !containsFold(schemas, searchURN) {
		return s, syntaxError("schemas must name %s", searchURN)
	}
	for name, to := range map[string]*[]string{"attributes": &s.attributes, "excludedAttributes": &s.excluded} {
		list, err := stringList(name, member(message, name))
		if err != nil {
			return search{}, err
		}
		*to = list
	}
	for name, to := range map[string]**string{"filter": &s.filter, "sortBy": &s.sortBy, "sortOrder": &s.sortOrder, "cursor": &s.cursor} {
		switch v := member(message, name).(type) {
		case nil:
		case string:
			*to = &v
		default:
			return search{}, valueError(name, "must be a string")
		}
	}
	for name, to := range map[string]**int{"startIndex": &s.startIndex, "count": &s.count} {
		v := member(message, name)
		if v == nil {
			continue
		}
		number, ok := v.(json.Number)
		if !ok {
			return search{}, s.countError(name, valueError(name, "must be a whole number"))
		}
		n, err := wholeNumber(name, number.String())
		if err != nil {
			return search{}, s.countError(name, err)
		}
		*to = &n
	}
	return s, nil
}

func stringList(name string, v any) ([]string, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case []any:
		var out []string
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, valueError(name, "must be a list of strings")
			}
			out = append(out, s)
		}
		return out, nil
	}
	return nil, valueError(name, "must be a list of strings")
}

func wholeNumber(name, text string) (int, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, valueError(name, "%q is not a whole number that can be counted to", text)
	}
	return int(n), nil
}

// countError is RFC 9865's own type of error if a page by cursor was asked for
// (demand 103).
func (s search) countError(name string, err error) error {
	if s.cursor != nil && strings.EqualFold(name, "count") {
		return badRequest(invalidCount, "%s", err)
	}
	return err
}

// plan turns a search into the Query for one type. tolerant is for searches over
// several types, in which a type may lack an attribute; possible is false if no
// resource of this type can be found then.
func (c *call) plan(s search, t schema.ResourceType, tolerant bool) (q Query, show Projection, possible bool, err error) {
	show, err = NewProjection(c.session.Schemas, t, s.attributes, s.excluded)
	if err != nil {
		return q, show, false, err
	}
	q = Query{StartIndex: 1, Count: c.limits.DefaultPage, Want: show.Want(c.session.Schemas, t)}
	if s.startIndex != nil {
		q.StartIndex = max(1, *s.startIndex) // demand 93
	}
	if s.count != nil {
		q.Count = min(max(0, *s.count), c.limits.MaxPage)
	}
	q.Count = min(q.Count, c.limits.MaxPage)
	if s.cursor != nil && c.features.Cursor {
		if s.count != nil && *s.count > c.limits.MaxPage {
			return q, show, false, badRequest(invalidCount, "count is %d; a page by cursor has at most %d", *s.count, c.limits.MaxPage) // demand 103
		}
		q.Cursor, q.ByCursor = *s.cursor, true
	}
	possible, err = c.filter(&q, s, t, tolerant)
	if err == nil && possible {
		err = c.sort(&q, s, t, tolerant)
	}
	return q, show, possible, err
}

func (c *call) filter(q *Query, s search, t schema.ResourceType, tolerant bool) (possible bool, err error) {
	if s.filter == nil {
		return true, nil
	}
	parsed, err := filter.Parse(*s.filter)
	if err != nil {
		return false, err
	}
	view := c.session.Schemas.View(t)
	if tolerant {
		q.Filter, possible, err = filter.BindAbsent(parsed, view)
		return possible, err
	}
	q.Filter, err = filter.Bind(parsed, view)
	return err == nil, err
}

// sort resolves sortBy (demands 91 and 92). A complex attribute sorts by its
// value; one without is refused.
func (c *call) sort(q *Query, s search, t schema.ResourceType, tolerant bool) error {
	if s.sortBy == nil || *s.sortBy == "" || !c.features.Sort {
		return nil
	}
	ref, ok := c.session.Schemas.Lookup(t, *s.sortBy)
	if !ok || ref.Attribute == nil || ref.Leaf().Returned == schema.Never {
		if tolerant {
			return nil
		}
		return valueError("sortBy", "%q is no attribute of a %s", *s.sortBy, t.Name)
	}
	if ref.Leaf().Type == schema.Complex {
		if ref.Sub, ok = ref.Attribute.Sub("value"); !ok {
			return valueError("sortBy", "%q is complex; name one of its sub-attributes", *s.sortBy)
		}
	}
	path := ref.Path()
	q.SortBy = &path
	if s.sortOrder == nil || *s.sortOrder == "" || strings.EqualFold(*s.sortOrder, "ascending") {
		return nil
	}
	if !strings.EqualFold(*s.sortOrder, "descending") {
		return valueError("sortOrder", "%q is unknown; use ascending or descending", *s.sortOrder)
	}
	q.Descending = true
	return nil
}
