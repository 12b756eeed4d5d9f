package store

import (
	"scimbridge/migrations"
	"scimbridge/models"
	"scimbridge/scim/filter"
)

// records are users or groups as filters and orders see them.
type records struct {
	document    // what has no column of its own
	dialect     migrations.Dialect
	schema      filter.Schema
	directoryID string
	baseURL     string // of the directory's SCIM endpoint, without trailing slash
	table       string // "users" or "groups"
	resource    string // "User" or "Group"
	endpoint    string // "/Users" or "/Groups"
	core        string // URN of the core schema

	columns map[filter.AttributePath]operand
	lists   map[string]list // of core attributes, by name
	// equal is a comparison for which this kind of record has an index, beside those
	// that both kinds have.
	equal func(path filter.AttributePath, value any) (fragment, bool)
}

// Searchable is what must be known of a directory to search it.
type Searchable struct {
	DirectoryID string
	BaseURL     string // of its SCIM endpoint, without trailing slash
	Schema      filter.Schema
}

func newRecords(dialect migrations.Dialect, in Searchable, table, resource, endpoint, core string) records {
	r := records{
		dialect: dialect, schema: in.Schema, directoryID: in.DirectoryID, baseURL: in.BaseURL,
		table: table, resource: resource, endpoint: endpoint, core: core, document: newDocument(dialect),
	}
	meta := func(sub string) filter.AttributePath { return filter.AttributePath{Name: "meta", Sub: sub} }
	r.columns = map[filter.AttributePath]operand{
		{Name: "id"}:         {text: raw("CAST(" + table + ".id AS text)")},
		{Name: "externalId"}: {text: raw("external_id")},
		{Name: "meta"}:       {text: raw("'meta'")},
		meta("resourceType"): {text: raw("'" + resource + "'")},
		meta("created"):      {micros: raw(table + ".created_at")},
		meta("lastModified"): {micros: raw(table + ".updated_at")},
		meta("version"):      {text: raw(`'W/"' || ` + table + `.version || '"'`)},
		meta("location"):     {text: sqlf("%s || CAST("+table+".id AS text)", r.text(in.BaseURL+endpoint+"/"))},
	}
	return r
}

// text is an argument that is text in every context.
func (r records) text(value string) fragment { return sqlf("CAST(%s AS text)", argument(value)) }

// scope is where filters on these records look paths up.
func (r records) scope() scope {
	s := scope{schema: r.schema, one: r.one, many: r.many, equal: r.indexed}
	if r.dialect == migrations.PostgreSQL {
		s.byBytes = ` COLLATE "C"`
	}
	return s
}

func (r records) one(path filter.AttributePath) (operand, bool) {
	if o, known := r.columns[path]; known {
		return o, true
	}
	return r.value(path)
}

func (r records) many(path filter.AttributePath) (list, bool) {
	if path.URN == "" {
		if l, known := r.lists[path.Name]; known {
			return l, true
		}
	}
	return r.entries(path)
}

// indexed compares with what there is an index for. Each form is one look-up.
func (r records) indexed(e filter.Compare) (fragment, bool) {
	if e.Op != filter.Equal {
		return fragment{}, false
	}
	if is, ok := e.Value.(bool); ok && r.table == "users" && e.Path == (filter.AttributePath{Name: "active"}) {
		if is {
			return raw("active"), true
		}
		return raw("NOT active"), true
	}
	text, ok := e.Value.(string)
	if !ok {
		return fragment{}, false
	}
	switch e.Path {
	case filter.AttributePath{Name: "id"}:
		return r.hasID(table(r.table, "id"), text), true
	case filter.AttributePath{Name: "externalId"}:
		return sqlf("(external_id IS NOT NULL AND external_id = %s)", argument(text)), true
	case filter.AttributePath{Name: "displayName"}:
		return sqlf("display_name_key = %s", argument(models.Fold(text))), true
	}
	return r.equal(e.Path, e.Value)
}

func table(name, column string) string { return name + "." + column }

// hasID compares a column of ids with a text, which may be in capitals: Microsoft's
// tools now and then write GUIDs so.
func (r records) hasID(column, text string) fragment {
	id, ok := models.ObjectID(text)
	if !ok {
		return never
	}
	return sqlf(column+" = %s", argument(id))
}

// schemas are the URNs of a record: its core schema, and the extensions with data.
func (r records) schemas(keys, alsoEnterprise fragment) list {
	return list{
		from: sqlf(`(SELECT %s AS urn UNION ALL SELECT k.key FROM %s WHERE k.key LIKE 'urn:%%'
			UNION ALL SELECT %s WHERE %s) s`, r.text(r.core), keys, r.text(models.EnterpriseURN), alsoEnterprise),
		where: always,
		sub:   func(string) (operand, bool) { return operand{text: raw("s.urn")}, true },
	}
}
