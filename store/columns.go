package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"scimbridge/migrations"
)

// columns are a model's.
type columns struct {
	all   []*schema.Field
	given []*schema.Field // but for those that the database numbers
	names string          // of all
	list  string          // of those that are given, as INSERT and COPY name them
}

// columnsKnown are the columns by the type of their model.
var columnsKnown sync.Map

// columnsOf reads a model's columns where GORM keeps them, once.
func columnsOf[T any](db *gorm.DB) (columns, error) {
	kind := reflect.TypeFor[T]()
	if known, is := columnsKnown.Load(kind); is {
		return known.(columns), nil
	}
	statement := gorm.Statement{DB: db}
	if err := statement.Parse(new(T)); err != nil {
		return columns{}, err
	}
	var found columns
	var names, given []string
	for _, name := range statement.Schema.DBNames {
		field, quoted := statement.Schema.FieldsByDBName[name], `"`+name+`"`
		found.all, names = append(found.all, field), append(names, quoted)
		if !field.AutoIncrement {
			found.given, given = append(found.given, field), append(given, quoted)
		}
	}
	found.names, found.list = strings.Join(names, ", "), "("+strings.Join(given, ", ")+")"
	columnsKnown.Store(kind, found)
	return found, nil
}

// valueIn is a column of a row, as a driver takes it.
func valueIn(ctx context.Context, field *schema.Field, row reflect.Value) (driver.Value, error) {
	held, _ := field.ValueOf(ctx, row)
	value, err := driver.DefaultParameterConverter.ConvertValue(held)
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", field.DBName, err)
	}
	return value, nil
}

// insertion is the INSERT of a few rows.
func insertion[T any](tx *Tx, table string, rows []T) (statement, error) {
	into, err := columnsOf[T](tx.db)
	if err != nil {
		return statement{}, err
	}
	args := make([]any, 0, len(rows)*len(into.given))
	for i := range rows {
		row := reflect.ValueOf(&rows[i]).Elem()
		for _, field := range into.given {
			value, err := valueIn(tx.Context(), field, row)
			if err != nil {
				return statement{}, err
			}
			args = append(args, value)
		}
	}
	return statement{insertInto(tx.store.dialect, table, into, len(rows)), args}, nil
}

// insertionOfOne is what the text of an INSERT of one row depends on. Nearly all of them are
// of one row.
type insertionOfOne struct {
	dialect migrations.Dialect
	table   string
}

var insertionsKnown sync.Map

func insertInto(dialect migrations.Dialect, table string, into columns, rows int) string {
	key := insertionOfOne{dialect, table}
	if known, is := insertionsKnown.Load(key); is && rows == 1 {
		return known.(string)
	}
	place := "(" + strings.Repeat("?, ", len(into.given)-1) + "?)"
	sql := "INSERT INTO " + table + " " + into.list + " VALUES " + place + strings.Repeat(", "+place, rows-1)
	if dialect == migrations.PostgreSQL {
		sql = numbered(sql)
	}
	if rows == 1 {
		insertionsKnown.Store(key, sql)
	}
	return sql
}
