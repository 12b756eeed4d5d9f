package admin

import (
	"encoding/base64"
	"strconv"

	"github.com/google/uuid"

	"scimbridge/models"
)

const (
	defaultPage = 50
	maxPage     = 200
)

// pageRequest asks for the entries after one, by the key that the list is sorted by.
type pageRequest struct {
	after string
	limit int
}

func readPage(cursor *PageCursor, limit *PageLimit) (pageRequest, error) {
	p := pageRequest{limit: defaultPage}
	if limit != nil {
		p.limit = *limit // its bounds were checked at the door
	}
	if cursor == nil || *cursor == "" {
		return p, nil
	}
	key, err := base64.RawURLEncoding.Strict().DecodeString(*cursor)
	p.after = string(key)
	if err != nil || p.after == "" {
		return p, badCursor()
	}
	return p, nil
}

// afterID is the key of a list that is sorted by id.
func (p pageRequest) afterID() (string, error) {
	if p.after != "" && uuid.Validate(p.after) != nil {
		return "", badCursor()
	}
	return p.after, nil
}

// afterSeq is the key of a list that is sorted by number.
func (p pageRequest) afterSeq() (int64, error) {
	if p.after == "" {
		return 0, nil
	}
	seq, err := strconv.ParseInt(p.after, 10, 64)
	if err != nil || seq < 0 {
		return 0, badCursor()
	}
	return seq, nil
}

func badCursor() error {
	return &models.InvalidError{Attribute: "cursor", Reason: "is none that this list has given; begin without one"}
}

// cut takes a page off rows, of which one more was read than the page has, so that the
// last page is known to be the last.
func cut[Row, Entry any](p pageRequest, rows []Row, key func(Row) string, show func(Row) Entry) ([]Entry, *NextCursor) {
	var next *NextCursor
	if len(rows) > p.limit {
		rows = rows[:p.limit]
		cursor := base64.RawURLEncoding.EncodeToString([]byte(key(rows[p.limit-1])))
		next = &cursor
	}
	entries := make([]Entry, len(rows)) // never nil, which JSON would show as null
	for i, row := range rows {
		entries[i] = show(row)
	}
	return entries, next
}

// listByID reads a page of a list that is sorted by id.
func listByID[Row, Entry any](cursor *PageCursor, limit *PageLimit, read func(after string, limit int) ([]Row, error), id func(Row) string, show func(Row) Entry) ([]Entry, *NextCursor, error) {
	page, err := readPage(cursor, limit)
	if err != nil {
		return nil, nil, err
	}
	after, err := page.afterID()
	if err != nil {
		return nil, nil, err
	}
	rows, err := read(after, page.limit+1)
	if err != nil {
		return nil, nil, err
	}
	entries, next := cut(page, rows, id, show)
	return entries, next, nil
}

// listBySeq reads a page of a list that is sorted by number.
func listBySeq[Row, Entry any](cursor *PageCursor, limit *PageLimit, read func(after int64, limit int) ([]Row, error), seq func(Row) int64, show func(Row) Entry) ([]Entry, *NextCursor, error) {
	page, err := readPage(cursor, limit)
	if err != nil {
		return nil, nil, err
	}
	after, err := page.afterSeq()
	if err != nil {
		return nil, nil, err
	}
	rows, err := read(after, page.limit+1)
	if err != nil {
		return nil, nil, err
	}
	entries, next := cut(page, rows, func(row Row) string { return strconv.FormatInt(seq(row), 10) }, show)
	return entries, next, nil
}
