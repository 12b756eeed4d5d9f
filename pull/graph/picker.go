package graph

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"scimbridge/models"
	"scimbridge/pull"
)

var _ pull.Picker = (*Dialer)(nil)

// choicesPerPage is one batch of counts.
const choicesPerPage = "20"

// FindGroups answers an admin who types, with the short patience of a connection test.
func (d *Dialer) FindGroups(ctx context.Context, c pull.Connection, search, cursor string) ([]models.GroupChoice, string, error) {
	client, err := d.client(c, d.Limits.forTest())
	if err != nil {
		return nil, "", err
	}
	search = strings.TrimSpace(search)
	if isGUID(search) && cursor == "" {
		found, err := client.groupByID(ctx, strings.ToLower(search))
		return found, "", err
	}
	query, ok := openCursor(cursor)
	if !ok {
		return nil, "", &models.InvalidError{Attribute: "cursor", Reason: "is none that this list has given; begin without one"}
	}
	if query == "" {
		query = searchQuery(search)
	}
	found, next, err := client.findGroups(ctx, query)
	if f, is := asFault(err); is && f.status == http.StatusBadRequest && cursor == "" && search != "" {
		found, next, err = client.findGroups(ctx, startsWithQuery(search)) // where $search is not supported
	}
	return found, next, err
}

// choiceProperties are what an admin is shown of a group, whatever the directory stores.
var choiceProperties = []string{
	"id", "displayName", "description", "mail", "mailEnabled", "securityEnabled", "groupTypes",
}

// searchQuery finds words of name and mail by their beginnings.
func searchQuery(search string) string {
	query := url.Values{"$select": {strings.Join(choiceProperties, ",")}, "$top": {choicesPerPage}, "$count": {"true"}}
	if search == "" {
		query.Set("$orderby", "displayName")
		return query.Encode()
	}
	word := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(search)
	query.Set("$search", `"displayName:`+word+`" OR "mail:`+word+`"`)
	return query.Encode()
}

func startsWithQuery(search string) string {
	return url.Values{"$select": {strings.Join(choiceProperties, ",")}, "$top": {choicesPerPage},
		"$filter": {"startswith(displayName,'" + strings.ReplaceAll(search, "'", "''") + "')"}}.Encode()
}

// A cursor is the query of the next page alone: whoever hands in another cannot make
// it lead to another host, nor to anything but groups.

func cursorOf(link string) string {
	next, err := url.Parse(link)
	if err != nil || link == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(next.RawQuery))
}

func openCursor(cursor string) (query string, ok bool) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || strings.ContainsAny(string(text), "#\r\n") {
		return "", false
	}
	return string(text), true
}

func (c *client) findGroups(ctx context.Context, query string) ([]models.GroupChoice, string, error) {
	// The header is not part of a link: it goes with every page (section 1.2).
	send := c.get(c.tenant.baseURL()+"/groups?"+query, eventually)
	page, err := readList(ctx, c, "", reading{"groups by name", []permission{readGroups}, send}, scanGroup)
	if err != nil {
		return nil, "", err
	}
	return c.choices(ctx, page.Items), cursorOf(page.Next), nil
}

func (c *client) groupByID(ctx context.Context, id string) ([]models.GroupChoice, error) {
	var groups []graphGroup
	l := lookup{name: "a group by id", needs: readGroups, url: objectURL("/groups/", "?$select="+strings.Join(choiceProperties, ","))}
	_, _, err := c.lookUp(ctx, l, []string{id}, object(func(_ string, s *scanner) error {
		group, err := scanGroup(s)
		groups = []graphGroup{group}
		return err
	}))
	if err != nil {
		return nil, err
	}
	return c.choices(ctx, groups), nil
}

// choices adds how many members each group has. That is a courtesy: without it the
// groups are shown all the same.
func (c *client) choices(ctx context.Context, groups []graphGroup) []models.GroupChoice {
	ids := make([]string, len(groups))
	for i, g := range groups {
		ids[i] = g.id
	}
	counts := make(map[string]int, len(groups))
	l := lookup{name: "counts of members", needs: readGroups, header: eventually, url: objectURL("/groups/", "/members/$count")}
	_, _, _ = c.lookUp(ctx, l, ids, func(key string, f found) (err error) {
		counts[key], err = readCount(f.body)
		return err
	})
	choices := make([]models.GroupChoice, len(groups))
	for i, g := range groups {
		choices[i] = g.choice()
		if n, known := counts[g.id]; known {
			choices[i].Members = n
		}
	}
	return choices
}

func (g *graphGroup) choice() models.GroupChoice {
	kind, _ := g.kind().(string)
	return models.GroupChoice{ObjectID: g.id, DisplayName: g.display, Description: g.description, Mail: g.mail,
		Kind: kind, Dynamic: g.isDynamic, Members: -1}
}
