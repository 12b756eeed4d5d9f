package store

import (
	"context"
	"reflect"
)

// rows reads whole rows of a model in questions: by the columns that GORM knows of it.
type rows[T any] struct{ columns }

func rowsOf[T any](s *Store) (rows[T], error) {
	of, err := columnsOf[T](s.db)
	return rows[T]{of}, err
}

// ask asks for rows; from is all that follows FROM.
func (r rows[T]) ask(from fragment, into *[]T) question {
	return question{sqlf("SELECT "+r.names+" FROM %s", from), func(scan func(...any) error) error {
		var row T
		value := reflect.ValueOf(&row).Elem()
		places := make([]any, len(r.all))
		for i, f := range r.all {
			places[i] = f.ReflectValueOf(context.Background(), value).Addr().Interface()
		}
		err := scan(places...)
		*into = append(*into, row)
		return err
	}}
}
