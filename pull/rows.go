package pull

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"scimbridge/models"
)

// rows are the planned records of one kind: what every step asks for in memory, the
// rest in a file.
type rows[T any] struct {
	file *os.File
	size int64
	byID map[string]*row
	// of and named are the records' ids by object id and by folded name.
	of    map[string]string
	named map[string][]string

	note  func(undo func())
	rowOf func(*T) row
}

// row is what is kept in memory of a planned record.
type row struct {
	end         models.End
	key         string // the folded name
	hash        int64
	membersHash int64
	waiting     bool
	held        bool
	isNew       bool

	offset int64
	length int
}

func newRows[T any](dir string, note func(undo func()), rowOf func(*T) row) (*rows[T], error) {
	file, err := os.CreateTemp(dir, "scimbridge-plan-*")
	if err != nil {
		return nil, fmt.Errorf("keep the plan in a temporary file: %w", err)
	}
	return &rows[T]{
		file: file, byID: make(map[string]*row), of: make(map[string]string), named: make(map[string][]string),
		note: note, rowOf: rowOf,
	}, nil
}

// Close removes the file.
func (r *rows[T]) Close() error {
	if r == nil {
		return nil
	}
	return errors.Join(r.file.Close(), os.Remove(r.file.Name()))
}

func (r *rows[T]) row(id string) (row, bool) {
	if found := r.byID[id]; found != nil {
		return *found, true
	}
	return row{}, false
}

func (r *rows[T]) byObjectID(objectID string) (row, bool) {
	id, is := r.of[objectID]
	if !is {
		return row{}, false
	}
	return r.row(id)
}

// put writes a planned record.
func (r *rows[T]) put(record *T, isNew bool) error {
	text, err := json.Marshal(record)
	if err != nil {
		return err
	}
	if _, err := r.file.WriteAt(text, r.size); err != nil {
		return fmt.Errorf("keep the plan: %w", err)
	}
	planned := r.rowOf(record)
	planned.offset, planned.length = r.size, len(text)
	r.size += int64(len(text))
	id := planned.end.ID
	before := r.byID[id]
	planned.isNew = isNew || before != nil && before.isNew
	r.note(func() { r.index(id, &planned, before) })
	r.index(id, before, &planned)
	return nil
}

// index replaces what is known of a record; nil is nothing.
func (r *rows[T]) index(id string, from, to *row) {
	if from != nil {
		if objectID := string(from.end.ObjectID); r.of[objectID] == id {
			delete(r.of, objectID)
		}
		if from.key != "" {
			r.named[from.key] = slices.DeleteFunc(r.named[from.key], func(other string) bool { return other == id })
			if len(r.named[from.key]) == 0 {
				delete(r.named, from.key)
			}
		}
	}
	if to == nil {
		delete(r.byID, id)
		return
	}
	r.byID[id] = to
	if to.end.ObjectID != "" {
		r.of[string(to.end.ObjectID)] = id
	}
	if to.key != "" {
		r.named[to.key] = append(r.named[to.key], id)
	}
}

// load reads a planned record back.
func (r *rows[T]) load(id string) (record T, err error) {
	at := r.byID[id]
	text := make([]byte, at.length)
	if _, err := r.file.ReadAt(text, at.offset); err != nil {
		return record, fmt.Errorf("read the plan: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return record, decoder.Decode(&record)
}

// asPlanned puts planned records in the place of stored ones.
func (r *rows[T]) asPlanned(stored []T) ([]T, error) {
	for i := range stored {
		id := r.rowOf(&stored[i]).end.ID
		if _, is := r.byID[id]; !is {
			continue
		}
		var err error
		if stored[i], err = r.load(id); err != nil {
			return nil, err
		}
	}
	return stored, nil
}

// candidates are the records with one of the object ids or names, of the stored and of
// the planned ones.
func (r *rows[T]) candidates(stored []T, objectIDs, names []string) ([]T, error) {
	found, err := r.asPlanned(stored)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(record T) bool {
		row := r.rowOf(&record)
		return !slices.Contains(objectIDs, string(row.end.ObjectID)) && !slices.Contains(names, row.key)
	})
	has := make(map[string]bool, len(found))
	for i := range found {
		has[r.rowOf(&found[i]).end.ID] = true
	}
	var ids []string
	for _, objectID := range objectIDs {
		if id, is := r.of[objectID]; is {
			ids = append(ids, id)
		}
	}
	for _, name := range names {
		ids = append(ids, r.named[name]...)
	}
	for _, id := range ids {
		if has[id] {
			continue
		}
		has[id] = true
		record, err := r.load(id)
		if err != nil {
			return nil, err
		}
		found = append(found, record)
	}
	return found, nil
}
