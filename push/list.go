package push

import (
	"context"
	"maps"
	"strings"
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
			return filter.Match(rest, view, searchable(u.Attributes, u.ID, u.CreatedAt, u.UpdatedAt))
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
	query, err := storeQuery[models.Group](q)
	if err != nil {
		return scim.Page{}, err
	}
	query.Matcher = func(rest filter.Expression) (func(*models.Group) bool, error) {
		if err := refuseUnanswerable(rest, "members"); err != nil {
			return nil, err
		}
		view := b.schemas.View(schema.Group)
		return func(g *models.Group) bool {
			return filter.Match(rest, view, searchable(g.Attributes, g.ID, g.CreatedAt, g.UpdatedAt))
		}, nil
	}
	// A pull may bring groups of one name. The provisioning client matches by name and
	// gives up at two hits, so it finds those that it knows (docs/design.md, section 3).
	query.Pushed = b.client && mentions(q.Filter, "displayName")
	found, err := b.store.ListGroups(ctx, b.directory.ID, query)
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

func storeQuery[T any](q scim.Query) (store.Query[T], error) {
	if q.SortBy != nil {
		return store.Query[T]{}, &models.InvalidError{Attribute: "sortBy", Reason: "sorting is not supported yet; ServiceProviderConfig says so"}
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
func searchable(attributes models.Attributes, id string, created, updated models.Instant) map[string]any {
	document := maps.Clone(attributes)
	if document == nil {
		document = make(models.Attributes)
	}
	document["id"] = id
	document["meta"] = map[string]any{
		"created":      created.Time().Format(time.RFC3339Nano),
		"lastModified": updated.Time().Format(time.RFC3339Nano),
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
		return strings.EqualFold(e.Path.Name, name)
	case filter.Present:
		return strings.EqualFold(e.Path.Name, name)
	case filter.ValuePath:
		return strings.EqualFold(e.Path.Name, name)
	}
	return false
}

func anyMentions(terms []filter.Expression, name string) bool {
	for _, term := range terms {
		if mentions(term, name) {
			return true
		}
	}
	return false
}
