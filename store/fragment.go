package store

import (
	"database/sql/driver"
	"fmt"
	"strings"
)

// fragment is a piece of SQL with the arguments for its placeholders, in order.
type fragment struct {
	sql  string
	args []any
}

// sqlf puts fragments into the %s of a format.
func sqlf(format string, parts ...fragment) fragment {
	var all fragment
	texts := make([]any, len(parts))
	for i, p := range parts {
		texts[i] = p.sql
		all.args = append(all.args, p.args...)
	}
	all.sql = fmt.Sprintf(format, texts...)
	return all
}

func raw(sql string) fragment { return fragment{sql: sql} }

// argument is a value's placeholder, and the value as a driver takes it: pgx finds out
// that it must ask a driver.Valuer by failing first.
func argument(value any) fragment {
	if valuer, is := value.(driver.Valuer); is {
		if plain, err := valuer.Value(); err == nil {
			value = plain
		}
	}
	return fragment{sql: "?", args: []any{value}}
}

var (
	always = raw("1 = 1")
	never  = raw("1 = 0")
	// nothing is how many rows before a page are skipped, mostly.
	nothing = raw("0")
)

func not(f fragment) fragment { return sqlf("NOT (%s)", f) }

// joined puts an operator between fragments, as a tree that is as flat as can be: SQLite
// refuses expressions deeper than 1,000.
func joined(operator string, all []fragment) fragment {
	if len(all) == 1 {
		return all[0]
	}
	half := len(all) / 2
	return sqlf("(%s "+operator+" %s)", joined(operator, all[:half]), joined(operator, all[half:]))
}

// unionOf puts the answers of one or two statements together.
func unionOf(all []fragment) fragment {
	if len(all) == 1 {
		return all[0]
	}
	return sqlf("%s UNION ALL %s", all...)
}

// plain tells whether a schema's name can stand in SQL as it is.
func plain(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:$") == ""
}
