package store

import (
	"context"
	"reflect"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// rows reads whole rows of a model in questions: by the columns that GORM knows of it.
type rows[T any] struct {
	names  string
	fields []*schema.Field
}

func rowsOf[T any](s *Store) (rows[T], error) {
	var model T
	statement := &gorm.Statement{DB: s.db}
	if err := statement.Parse(&model); err != nil {
		return rows[T]{}, err
	}
	var r rows[T]
	for _, f := range statement.Schema.Fields {
		if f.DBName != "" {
			r.fields = append(r.fields, f)
		}
	}
	names := make([]string, len(r.fields))
	for i, f := range r.fields {
		names[i] = f.DBName
	}
	r.names = strings.Join(names, ", ")
	return r, nil
}

// ask asks for rows; from is all that follows FROM.
func (r rows[T]) ask(from fragment, into *[]T) question {
	return question{sqlf("SELECT "+r.names+" FROM %s", from), func(scan func(...any) error) error {
		var row T
		value := reflect.ValueOf(&row).Elem()
		places := make([]any, len(r.fields))
		for i, f := range r.fields {
			places[i] = f.ReflectValueOf(context.Background(), value).Addr().Interface()
		}
		err := scan(places...)
		*into = append(*into, row)
		return err
	}}
}
