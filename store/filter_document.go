package store

import (
	"scimbridge/migrations"
	"scimbridge/scim/filter"
)

// document is the JSON of a record's attributes in SQL.
type document struct {
	// at is the path to a value, as text; "" if there is no such path.
	at func(path filter.AttributePath) fragment
	// entries of a list, as rows of an alias e.
	rows func(path filter.AttributePath) fragment
	// sub is a sub-attribute of the row e; "" for the entry itself.
	sub func(name string) fragment
	// keys are the members of the document, as rows of an alias k with a column key.
	keys fragment
}

func newDocument(dialect migrations.Dialect) document {
	if dialect == migrations.SQLite {
		return sqliteDocument
	}
	return postgresDocument
}

var postgresDocument = document{
	at: func(p filter.AttributePath) fragment {
		if p.Sub != "" {
			return raw("(" + postgresPath(p) + " ->> '" + p.Sub + "')")
		}
		return raw("(" + postgresPath(p) + " #>> '{}')")
	},
	rows: func(p filter.AttributePath) fragment {
		path := postgresPath(p)
		return raw("jsonb_array_elements(CASE WHEN jsonb_typeof(" + path + ") = 'array' THEN " + path + " ELSE '[]' END) AS e(v)")
	},
	sub: func(name string) fragment {
		if name == "" {
			return raw("(e.v #>> '{}')")
		}
		return raw("(e.v ->> '" + name + "')")
	},
	keys: raw("jsonb_object_keys(attributes) AS k(key)"),
}

func postgresPath(p filter.AttributePath) string {
	if p.URN != "" {
		return "attributes -> '" + p.URN + "' -> '" + p.Name + "'"
	}
	return "attributes -> '" + p.Name + "'"
}

// sqliteDocument gives booleans as text too, as PostgreSQL does.
var sqliteDocument = document{
	at: func(p filter.AttributePath) fragment {
		path := sqlitePath(p)
		if p.Sub != "" {
			path += `."` + p.Sub + `"`
		}
		return sqliteText("attributes", path)
	},
	rows: func(p filter.AttributePath) fragment {
		return raw("json_each(attributes, '" + sqlitePath(p) + "') AS e")
	},
	sub: func(name string) fragment {
		if name == "" {
			return raw("CASE e.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE e.value END")
		}
		return sqliteText("e.value", `$."`+name+`"`)
	},
	keys: raw("json_each(attributes) AS k"),
}

func sqlitePath(p filter.AttributePath) string {
	if p.URN != "" {
		return `$."` + p.URN + `"."` + p.Name + `"`
	}
	return `$."` + p.Name + `"`
}

func sqliteText(json, path string) fragment {
	return raw("CASE json_type(" + json + ", '" + path + "') WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE json_extract(" + json + ", '" + path + "') END")
}

// value is a single-valued attribute of the document.
func (d document) value(path filter.AttributePath) (operand, bool) {
	if !plainPath(path) {
		return operand{}, false
	}
	return operand{text: d.at(path)}, true
}

// entries are a multi-valued attribute of the document.
func (d document) entries(path filter.AttributePath) (list, bool) {
	if !plainPath(path) {
		return list{}, false
	}
	return list{
		from:  d.rows(path),
		where: always,
		sub: func(name string) (operand, bool) {
			if name != "" && !plain(name) {
				return operand{}, false
			}
			return operand{text: d.sub(name)}, true
		},
	}, true
}

func plainPath(p filter.AttributePath) bool {
	return plain(p.Name) && (p.URN == "" || plain(p.URN)) && (p.Sub == "" || plain(p.Sub))
}
