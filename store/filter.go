package store

import (
	"strings"

	"scimbridge/models"
	"scimbridge/scim/filter"
)

// condition is a filter, or the part of it that SQL answers by columns and indexes.
// It is never NULL, so that NOT means what the filter means by it.
type condition struct {
	sql  string
	args []any
	// rest is the part that SQL cannot decide: rows that the condition lets through
	// must be asked once more. nil if there is none.
	rest filter.Expression
}

func (c condition) exact() bool { return c.rest == nil }

// undecided lets every row through to be asked for e.
func undecided(e filter.Expression) condition { return condition{sql: "1 = 1", rest: e} }

// column is how an attribute is compared in SQL.
type column struct {
	// equal is the condition that the attribute equals the one argument.
	equal string
	// present is the condition that the attribute has a value.
	present string
	// convert makes the argument from the filter's literal; ok is false if no stored
	// value can be equal to it.
	convert func(literal string) (argument any, ok bool)
}

// userColumns are the attributes of a user that SQL knows. userName is found while it
// is occupied only: a soft-deleted user is found by id and object id.
var userColumns = map[filter.AttributePath]column{
	{Name: "id"}:         {equal: "id = ?", present: "1 = 1", convert: idLiteral},
	{Name: "userName"}:   {equal: "(user_name_key IS NOT NULL AND user_name_key = ?)", present: "1 = 1", convert: folded},
	{Name: "externalId"}: {equal: "(external_id IS NOT NULL AND external_id = ?)", present: "external_id IS NOT NULL", convert: verbatim},
	{URN: models.EnterpriseURN, Name: "manager", Sub: "value"}: {
		equal: `(manager_id IS NOT NULL AND manager_id = ? OR manager_object_id IS NOT NULL AND manager_object_id IN
			(SELECT CAST(b.entra_object_id AS text) FROM users b WHERE b.directory_id = users.directory_id AND CAST(b.id AS text) = ?))`,
		present: "(manager_id IS NOT NULL OR manager_object_id IS NOT NULL)",
		convert: verbatim,
	},
}

// groupColumns are the attributes of a group that SQL knows.
var groupColumns = map[filter.AttributePath]column{
	{Name: "id"}:          {equal: "id = ?", present: "1 = 1", convert: idLiteral},
	{Name: "displayName"}: {equal: "display_name_key = ?", present: "1 = 1", convert: folded},
	{Name: "externalId"}:  {equal: "(external_id IS NOT NULL AND external_id = ?)", present: "external_id IS NOT NULL", convert: verbatim},
	{Name: "members", Sub: "value"}: {
		equal: `EXISTS (SELECT 1 FROM memberships m WHERE m.directory_id = groups.directory_id AND m.group_id = groups.id
			AND m.member_id = ? AND ` + visibleMember + `)`,
		present: `EXISTS (SELECT 1 FROM memberships m WHERE m.directory_id = groups.directory_id AND m.group_id = groups.id
			AND ` + visibleMember + `)`,
		convert: idLiteral,
	},
}

func verbatim(literal string) (any, bool) { return literal, true }
func folded(literal string) (any, bool)   { return models.Fold(literal), true }
func idLiteral(literal string) (any, bool) {
	return strings.ToLower(literal), isID(literal)
}

// compile turns a bound filter into the condition that SQL can check.
func compile(e filter.Expression, columns map[filter.AttributePath]column) condition {
	switch e := e.(type) {
	case nil:
		return condition{sql: "1 = 1"}
	case filter.And:
		return both(e, columns)
	case filter.Or:
		return either(e, columns)
	case filter.Not:
		inner := compile(e.Term, columns)
		if !inner.exact() {
			return undecided(e)
		}
		return condition{sql: "NOT (" + inner.sql + ")", args: inner.args}
	case filter.Compare:
		return compare(e, columns)
	case filter.Present:
		if column, known := columns[e.Path]; known {
			return condition{sql: column.present}
		}
	}
	return undecided(e)
}

// both leaves the terms that SQL cannot decide for later.
func both(e filter.And, columns map[filter.AttributePath]column) condition {
	var joined condition
	var parts []string
	var rest []filter.Expression
	for _, term := range e.Terms {
		c := compile(term, columns)
		parts, joined.args = append(parts, c.sql), append(joined.args, c.args...)
		if !c.exact() {
			rest = append(rest, c.rest)
		}
	}
	joined.sql = "(" + strings.Join(parts, " AND ") + ")"
	switch len(rest) {
	case 0:
	case 1:
		joined.rest = rest[0]
	default:
		joined.rest = filter.And{Terms: rest}
	}
	return joined
}

// either must know all terms: an unknown one may hold for any row.
func either(e filter.Or, columns map[filter.AttributePath]column) condition {
	var joined condition
	var parts []string
	for _, term := range e.Terms {
		c := compile(term, columns)
		if !c.exact() {
			return undecided(e)
		}
		parts, joined.args = append(parts, c.sql), append(joined.args, c.args...)
	}
	joined.sql = "(" + strings.Join(parts, " OR ") + ")"
	return joined
}

// compare knows equality; the other operators are for the evaluator.
func compare(e filter.Compare, columns map[filter.AttributePath]column) condition {
	column, known := columns[e.Path]
	literal, isText := e.Value.(string)
	if !known || !isText || e.Op != filter.Equal {
		return undecided(e)
	}
	argument, possible := column.convert(literal)
	if !possible {
		return condition{sql: "1 = 0"}
	}
	args := make([]any, strings.Count(column.equal, "?"))
	for i := range args {
		args[i] = argument
	}
	return condition{sql: column.equal, args: args}
}
