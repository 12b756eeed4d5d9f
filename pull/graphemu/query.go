package graphemu

import (
	"net/url"
	"strings"
)

// query are the parameters of a request, system options without their dollar.
//
// net/url would drop a parameter that holds a raw semicolon, as in
// $expand=manager($levels=max;$select=id), without a word.
type query struct {
	options map[string]string
	raw     string
}

// systemOptions are the OData options that Graph knows; the dollar is optional.
//
// Source: https://learn.microsoft.com/graph/query-parameters
var systemOptions = map[string]bool{
	"select": true, "top": true, "filter": true, "search": true, "count": true, "orderby": true,
	"expand": true, "skiptoken": true, "deltatoken": true, "format": true, "skip": true,
}

func parseQuery(raw string) (query, error) {
	q := query{options: map[string]string{}, raw: raw}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return q, badRequest("The query parameter name '%s' is malformed.", rawName)
		}
		value, err := url.QueryUnescape(rawValue)
		if err != nil {
			return q, badRequest("The value of the query parameter '%s' is malformed.", name)
		}
		if err := q.add(name, value); err != nil {
			return q, err
		}
	}
	return q, nil
}

func (q query) add(name, value string) error {
	option := strings.ToLower(strings.TrimPrefix(name, "$"))
	if !systemOptions[option] {
		if strings.HasPrefix(name, "$") {
			return badRequest("The query parameter '%s' is not supported.", name)
		}
		return nil // custom parameters are nobody's business
	}
	if _, twice := q.options[option]; twice {
		return badRequest("Query option '%s' was specified more than once, but it must be specified at most once.", name)
	}
	q.options[option] = value
	return nil
}

func (q query) has(option string) bool {
	_, has := q.options[option]
	return has
}

func (q query) get(option string) string { return q.options[option] }

// rawWithout returns the query as it came, less one option.
func (q query) rawWithout(option string) string {
	var kept []string
	for pair := range strings.SplitSeq(q.raw, "&") {
		rawName, _, _ := strings.Cut(pair, "=")
		name, _ := url.QueryUnescape(rawName)
		if pair != "" && !strings.EqualFold(strings.TrimPrefix(name, "$"), option) {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}
