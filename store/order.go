package store

import (
	"database/sql"
	"strconv"

	"scimbridge/migrations"
	"scimbridge/scim/filter"
)

// Order is what a list is sorted by (RFC 7644 section 3.4.2.3). Equal values, and records
// without one, stand in the order of their ids, so that every order is total.
type Order struct {
	Path       filter.AttributePath // bound
	Descending bool
}

// Position is the place of one record in an ordered list. It stays good when records come
// and go: what stands behind it is a condition, not a count.
type Position struct {
	ID   string `json:"id"`
	Key  string `json:"key,omitempty"` // the value sorted by
	None bool   `json:"none,omitempty"`
}

// sorting is an Order in SQL.
type sorting struct {
	key        fragment // "" sorts by id alone
	kind       filter.Kind
	id         string
	descending bool
}

// sorting of a list; no order, and one that SQL does not know, is that of the ids.
func (r records) sorting(o *Order) sorting {
	s := sorting{id: r.table + ".id"}
	if o == nil {
		return s
	}
	what, known := r.schema.Find(o.Path)
	if !known {
		return s
	}
	value, ok := r.sortValue(what)
	if !ok {
		return s
	}
	s.kind, s.descending = what.Kind, o.Descending
	switch {
	case value.micros.sql != "":
		s.key = value.micros
		return s
	case what.Kind == filter.Number:
		s.key = sqlf("CAST(%s AS double precision)", value.text)
		return s
	}
	s.kind, s.key = filter.Text, value.text
	if what.Kind == filter.Text && !what.CaseExact && !value.folded {
		s.key = sqlf("scim_fold(%s)", value.text)
	}
	s.key = sqlf("(%s"+r.scope().byBytes+")", s.key)
	return s
}

// sortValue of a multi-valued attribute is that of its first entry. Documents put the
// primary one first (models.Assemble), as the RFC wants it.
func (r records) sortValue(what filter.Characteristics) (operand, bool) {
	if !what.MultiValued {
		return r.one(what.Path)
	}
	if _, edges := r.lists[what.Path.Name]; edges && what.Path.URN == "" || !plainPath(what.Path) {
		return operand{}, false
	}
	return operand{text: r.first(what.Path)}, true
}

func (r records) first(p filter.AttributePath) fragment {
	if r.dialect == migrations.SQLite {
		path := sqlitePath(filter.AttributePath{URN: p.URN, Name: p.Name}) + "[0]"
		if p.Sub != "" {
			path += `."` + p.Sub + `"`
		}
		return sqliteText("attributes", path)
	}
	path := postgresPath(filter.AttributePath{URN: p.URN, Name: p.Name})
	if p.Sub != "" {
		return raw("(" + path + " -> 0 ->> '" + p.Sub + "')")
	}
	return raw("(" + path + " ->> 0)")
}

// selected is the column by which rows are ordered.
func (s sorting) selected() fragment {
	if s.key.sql == "" {
		return raw("NULL AS sort_key")
	}
	return sqlf("%s AS sort_key", s.key)
}

// by is the ORDER BY. Nothing is more than anything: last when ascending, first when
// descending (demand 91).
func (s sorting) by(back bool) string {
	ids := s.id
	if back {
		ids += " DESC"
	}
	if s.key.sql == "" {
		return ids
	}
	if s.descending != back {
		return "sort_key DESC NULLS FIRST, " + ids
	}
	return "sort_key ASC NULLS LAST, " + ids
}

// beyond is the condition that a row stands behind a position, or before it.
func (s sorting) beyond(p Position, back bool) fragment {
	sign := " > "
	if back {
		sign = " < "
	}
	ids := sqlf(s.id+sign+"%s", argument(p.ID))
	if s.key.sql == "" {
		return ids
	}
	up := s.descending == back
	switch {
	case p.None && up:
		return sqlf("(%s IS NULL AND %s)", s.key, ids)
	case p.None:
		return sqlf("(%s IS NOT NULL OR %s)", s.key, ids)
	case up:
		return sqlf("(%s > %s OR %s = %s AND %s OR %s IS NULL)", s.key, s.value(p), s.key, s.value(p), ids, s.key)
	}
	return sqlf("(%s < %s OR %s = %s AND %s)", s.key, s.value(p), s.key, s.value(p), ids)
}

// value is a position's key as an argument of the column's type.
func (s sorting) value(p Position) fragment {
	switch s.kind {
	case filter.DateTime:
		micros, _ := strconv.ParseInt(p.Key, 10, 64)
		return argument(micros)
	case filter.Number:
		number, _ := strconv.ParseFloat(p.Key, 64)
		return sqlf("CAST(%s AS double precision)", argument(number))
	}
	return argument(p.Key)
}

func (s sorting) position(id string, key sql.NullString) Position {
	return Position{ID: id, Key: key.String, None: s.key.sql != "" && !key.Valid}
}
