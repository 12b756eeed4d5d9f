package push

import (
	"context"
	"maps"
	"slices"
	"time"

	"scimbridge/models"
	"scimbridge/scim"
	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
	"scimbridge/store"
)

func (b *backend) listUsers(ctx context.Context, q scim.Query) (scim.Page, error) {
	query, err := storeQuery[models.User](q)
	if err != nil {
		return scim.Page{}, err
	}
	query.Matcher = func(rest filter.Expression) (func(*models.User) bool, error) {
		if err := refuseUnanswerable(rest, "groups", "manager"); err != nil {
			return nil, err
		}
		view := b.schemas.View(schema.User)
		return func(u *models.User) bool {
			return filter.Match(rest, view, b.searchable(schema.User, u.ID, u.Attributes, meta(u.CreatedAt, u.UpdatedAt, u.Version)))
		}, nil
	}
	found, err := b.store.ListUsers(ctx, b.directory.ID, query)
	if err != nil {
		return scim.Page{}, err
	}
	page := scim.Page{Total: found.Total}
	if q.ByCursor && len(found.Records) == q.Count && q.Count > 0 {
		page.NextCursor = found.Records[len(found.Records)-1].ID
	}
	page.Resources, err = b.userResources(ctx, found.Records, q.Want)
	return page, err
}

func (b *backend) listGroups(ctx context.Context, q scim.Query) (scim.Page, error) {
	if name, asked := nameAsked(q.Filter); b.client && asked {
		return b.listByName(ctx, q, name)
	}
	found, err := b.findGroups(ctx, q, false)
	if err != nil {
		return scim.Page{}, err
	}
	page := scim.Page{Total: found.Total}
	if q.ByCursor && len(found.Records) == q.Count && q.Count > 0 {
		page.NextCursor = found.Records[len(found.Records)-1].ID
	}
	page.Resources, err = b.groupResources(ctx, found.Records, q.Want)
	return page, err
}

func (b *backend) findGroups(ctx context.Context, q scim.Query, pushed bool) (store.Page[models.Group], error) {
	query, err := storeQuery[models.Group](q)
	if err != nil {
		return store.Page[models.Group]{}, err
	}
	query.Pushed = pushed
	query.Matcher = func(rest filter.Expression) (func(*models.Group) bool, error) {
		if err := refuseUnanswerable(rest, "members"); err != nil {
			return nil, err
		}
		view := b.schemas.View(schema.Group)
		return func(g *models.Group) bool {
			return filter.Match(rest, view, b.searchable(schema.Group, g.ID, g.Attributes, meta(g.CreatedAt, g.UpdatedAt, g.Version)))
		}, nil
	}
	return b.store.ListGroups(ctx, b.directory.ID, query)
}

// sameName bounds how many groups of one name are looked at.
const sameName = 1000

// listByName is how the provisioning client matches a group. It gives up at two hits,
// but a pull may bring groups of one name: so it finds those for which push vouches, and
// of several the one to which push gave the name.
func (b *backend) listByName(ctx context.Context, q scim.Query, name string) (scim.Page, error) {
	all := q
	all.StartIndex, all.Count, all.ByCursor, all.Cursor = 1, sameName, false, ""
	found, err := b.findGroups(ctx, all, true)
	if err != nil {
		return scim.Page{}, err
	}
	groups := found.Records
	given := slices.DeleteFunc(slices.Clone(groups), func(g models.Group) bool {
		said, _ := g.PushWords["displayName"].Value.(string)
		return models.Fold(said) != models.Fold(name)
	})
	if len(given) > 0 {
		groups = given
	}
	start := min(max(q.StartIndex-1, 0), len(groups))
	if q.ByCursor {
		start = 0
	}
	page := scim.Page{Total: len(groups)}
	page.Resources, err = b.groupResources(ctx, groups[start:min(start+q.Count, len(groups))], q.Want)
	return page, err
}

// nameAsked is the displayName that a filter demands.
func nameAsked(e filter.Expression) (string, bool) {
	switch e := e.(type) {
	case filter.And:
		for _, term := range e.Terms {
			if name, asked := nameAsked(term); asked {
				return name, true
			}
		}
	case filter.Compare:
		name, isText := e.Value.(string)
		return name, isText && e.Op == filter.Equal && e.Path == filter.AttributePath{Name: "displayName"}
	}
	return "", false
}

func storeQuery[T any](q scim.Query) (store.Query[T], error) {
	if q.SortBy != nil {
		return store.Query[T]{}, &models.InvalidError{Attribute: "sortBy", Reason: "sorting is not supported yet; ServiceProviderConfig says so"}
	}
	if err := checkFilterText(q.Filter); err != nil {
		return store.Query[T]{}, err
	}
	query := store.Query[T]{Filter: q.Filter, Start: max(q.StartIndex-1, 0), Limit: q.Count}
	if q.ByCursor {
		query.Start = 0
		query.After = q.Cursor
		if _, ok := models.ObjectID(q.Cursor); q.Cursor != "" && !ok {
			return query, &models.InvalidError{Attribute: "cursor", Reason: "it is not one that this server has given"}
		}
	}
	return query, nil
}

// searchable is a resource's document as filters see it.
func (b *backend) searchable(t schema.ResourceType, id string, attributes models.Attributes, m scim.Meta) map[string]any {
	document := maps.Clone(attributes)
	if document == nil {
		document = make(models.Attributes)
	}
	document["id"] = id
	document["meta"] = map[string]any{
		"resourceType": t.Name,
		"created":      m.Created.Format(time.RFC3339Nano),
		"lastModified": m.LastModified.Format(time.RFC3339Nano),
		"version":      `W/"` + m.Version + `"`,
		"location":     b.baseURL + t.Endpoint + "/" + id,
	}
	return document
}

// refuseUnanswerable answers an error for what neither SQL nor the document can tell:
// a wrong hit would be worse.
func refuseUnanswerable(e filter.Expression, names ...string) error {
	for _, name := range names {
		if mentions(e, name) {
			return &models.InvalidError{Attribute: "filter",
				Reason: name + " can be compared with eq only, and combined with and"}
		}
	}
	if mentions(e, "schemas") {
		return &models.InvalidError{Attribute: "filter", Reason: "schemas cannot be searched; ask for an attribute of the extension"}
	}
	return nil
}

// mentions tells whether a filter asks for an attribute.
func mentions(e filter.Expression, name string) bool {
	switch e := e.(type) {
	case filter.And:
		return anyMentions(e.Terms, name)
	case filter.Or:
		return anyMentions(e.Terms, name)
	case filter.Not:
		return mentions(e.Term, name)
	case filter.Compare:
		return e.Path.Name == name // bound, so in the schema's spelling
	case filter.Present:
		return e.Path.Name == name
	case filter.ValuePath:
		return e.Path.Name == name
	}
	return false
}

func anyMentions(terms []filter.Expression, name string) bool {
	return slices.ContainsFunc(terms, func(term filter.Expression) bool { return mentions(term, name) })
}
