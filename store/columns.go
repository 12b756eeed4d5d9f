package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"reflect"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"scimbridge/migrations"
)

// columns are a model's, but for those that the database numbers.
type columns []*schema.Field

// columnsOf reads them where GORM keeps them.
func columnsOf[T any](db *gorm.DB) (columns, error) {
	var row T
	statement := gorm.Statement{DB: db}
	if err := statement.Parse(&row); err != nil {
		return nil, err
	}
	var all columns
	for _, name := range statement.Schema.DBNames {
		if field := statement.Schema.FieldsByDBName[name]; !field.AutoIncrement {
			all = append(all, field)
		}
	}
	return all, nil
}

// list names them as INSERT and COPY do.
func (c columns) list() string {
	names := make([]string, len(c))
	for i, field := range c {
		names[i] = `"` + field.DBName + `"`
	}
	return "(" + strings.Join(names, ", ") + ")"
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
	all, err := columnsOf[T](tx.db)
	if err != nil {
		return statement{}, err
	}
	args := make([]any, 0, len(rows)*len(all))
	for i := range rows {
		row := reflect.ValueOf(&rows[i]).Elem()
		for _, field := range all {
			value, err := valueIn(tx.Context(), field, row)
			if err != nil {
				return statement{}, err
			}
			args = append(args, value)
		}
	}
	place := "(" + strings.Repeat("?, ", len(all)-1) + "?)"
	sql := "INSERT INTO " + table + " " + all.list() + " VALUES " + place + strings.Repeat(", "+place, len(rows)-1)
	if tx.store.dialect == migrations.PostgreSQL {
		sql = numbered(sql)
	}
	return statement{sql, args}, nil
}
