package push

import (
	"scimbridge/scim"
	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
	"scimbridge/store"
)

// listPlan is a list request, understood.
type listPlan struct {
	backend *backend
	query   scim.Query
	run     string // what all pages of one list by cursor have in common
	cursor  *cursor
	search  store.Searchable
}

func (b *backend) planList(t schema.ResourceType, q scim.Query) (listPlan, error) {
	plan := listPlan{backend: b, query: q, search: store.Searchable{
		DirectoryID: b.directory.ID, BaseURL: b.baseURL, Schema: b.schemas.View(t),
	}}
	if err := checkFilterText(q.Filter); err != nil {
		return plan, err
	}
	if !q.ByCursor {
		return plan, nil
	}
	plan.run = b.runOf(t, q)
	if q.Cursor == "" {
		return plan, nil
	}
	given, err := b.openCursor(q.Cursor, plan.run)
	if err == nil && given.Count != q.Count {
		err = scim.ErrChangedCount
	}
	plan.cursor = &given
	return plan, err
}

// storeQuery is a list request as the store takes it.
func storeQuery[T any](plan listPlan, matcher func(filter.Expression) (func(*T) bool, error)) store.Query[T] {
	q := plan.query
	query := store.Query[T]{
		Searchable: plan.search, Filter: q.Filter, Matcher: matcher,
		Start: max(q.StartIndex-1, 0), Limit: q.Count, ByCursor: q.ByCursor,
	}
	if q.SortBy != nil {
		query.Order = &store.Order{Path: *q.SortBy, Descending: q.Descending}
	}
	if c := plan.cursor; c != nil {
		query.From, query.Back, query.Total = &c.At, c.Back, c.Total
	}
	return query
}

// listed is what the store found, whatever it was.
type listed struct {
	total       int
	first, last store.Position
	more        bool
}

// answer gives the page its cursors: onward on all but the last page, back on all but the
// first (RFC 9865 section 2).
func (p listPlan) answer(resources []scim.Resource, found listed) (scim.Page, error) {
	page := scim.Page{Total: found.total, Resources: resources}
	if !p.query.ByCursor || len(resources) == 0 {
		return page, nil
	}
	came := p.cursor
	onward := found.more || came != nil && came.Back
	back := came != nil && (!came.Back || found.more)
	var err error
	if onward {
		page.NextCursor, err = p.backend.sealCursor(cursor{Run: p.run, Count: p.query.Count, Total: found.total, At: found.last})
	}
	if back && err == nil {
		page.PreviousCursor, err = p.backend.sealCursor(cursor{Run: p.run, Count: p.query.Count, Total: found.total, At: found.first, Back: true})
	}
	return page, err
}
