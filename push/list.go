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
	plan, err := b.planList(schema.User, q)
	if err != nil {
		return scim.Page{}, err
	}
	query := storeQuery(plan, matcher(b, schema.User, []string{"groups", "manager"}, func(u *store.ShownUser) map[string]any {
		return b.searchable(schema.User, u.ID, u.Attributes, meta(u.CreatedAt, u.UpdatedAt, u.Version))
	}))
	found, around, err := b.store.ListUsers(ctx, query, q.Want.Groups)
	if err != nil {
		return scim.Page{}, err
	}
	return plan.answer(userResources(found.Records, around), listed{found.Total, found.First, found.Last, found.More})
}

func (b *backend) listGroups(ctx context.Context, q scim.Query) (scim.Page, error) {
	if name, asked := nameAsked(q.Filter); b.client && asked {
		return b.listByName(ctx, q, name)
	}
	plan, err := b.planList(schema.Group, q)
	if err != nil {
		return scim.Page{}, err
	}
	found, err := b.findGroups(ctx, plan, false)
	if err != nil {
		return scim.Page{}, err
	}
	resources, err := b.groupResources(ctx, found.Records, q.Want)
	if err != nil {
		return scim.Page{}, err
	}
	return plan.answer(resources, listed{found.Total, found.First, found.Last, found.More})
}

func (b *backend) findGroups(ctx context.Context, plan listPlan, pushed bool) (store.Page[store.ShownGroup], error) {
	query := storeQuery(plan, matcher(b, schema.Group, []string{"members"}, func(g *store.ShownGroup) map[string]any {
		return b.searchable(schema.Group, g.ID, g.Attributes, meta(g.CreatedAt, g.UpdatedAt, g.Version))
	}))
	query.Pushed = pushed
	return b.store.ListGroups(ctx, query)
}

// sameName bounds how many groups of one name are looked at.
const sameName = 1000

// listByName is how the provisioning client matches a group. It gives up at two hits,
// but a pull may bring groups of one name: so it finds those for which push vouches, and
// of several the one to which push gave the name.
func (b *backend) listByName(ctx context.Context, q scim.Query, name string) (scim.Page, error) {
	all := q
	all.StartIndex, all.Count, all.ByCursor, all.Cursor = 1, sameName, false, ""
	plan, err := b.planList(schema.Group, all)
	if err != nil {
		return scim.Page{}, err
	}
	found, err := b.findGroups(ctx, plan, true)
	if err != nil {
		return scim.Page{}, err
	}
	groups := found.Records
	given := slices.DeleteFunc(slices.Clone(groups), func(g store.ShownGroup) bool {
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

// matcher asks in memory what SQL cannot decide. What neither can is refused, since a
// wrong hit would be worse: edges, in an or with something that only memory knows.
func matcher[T any](b *backend, t schema.ResourceType, edges []string, document func(*T) map[string]any) func(filter.Expression) (func(*T) bool, error) {
	return func(rest filter.Expression) (func(*T) bool, error) {
		if err := refuseUnanswerable(rest, edges...); err != nil {
			return nil, err
		}
		view := b.schemas.View(t)
		return func(record *T) bool { return filter.Match(rest, view, document(record)) }, nil
	}
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

// refuseUnanswerable answers an error for what neither SQL nor the document can tell.
func refuseUnanswerable(e filter.Expression, names ...string) error {
	for _, name := range append(names, "schemas") {
		if mentions(e, name) {
			return &models.InvalidError{Attribute: "filter",
				Reason: name + " cannot be combined with a comparison of a number or a date of an extension by or, or under not"}
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
