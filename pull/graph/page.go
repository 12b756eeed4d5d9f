package graph

import (
	"errors"
	"unicode/utf8"
)

// answer is one page as Graph sends it: the envelope around value.
type answer[T any] struct {
	items []T
	next  string // @odata.nextLink
	delta string // @odata.deltaLink
}

var (
	errNoValue = errors.New("the answer has no value, so it is not a page")
	errNotUTF8 = errors.New("the answer is not UTF-8")
	errNoLink  = errors.New("a page of a delta round has neither a next link nor a delta link")
	errTwoEnds = errors.New("a page of a delta round has both a next link and a delta link")
)

// decodePage reads a whole page. It returns nothing unless all of it was sound: what
// was read before a cut would otherwise pass for a short page.
func decodePage[T any](data []byte, item func(*scanner) (T, error)) (answer[T], error) {
	if !utf8.Valid(data) {
		return answer[T]{}, errNotUTF8
	}
	var page answer[T]
	hasValue := false
	s := &scanner{data: data}
	err := s.object(func(name []byte) (err error) {
		switch string(name) {
		case "value":
			hasValue = s.peek() == '['
			return s.array(func() error {
				one, err := item(s)
				page.items = append(page.items, one)
				return err
			})
		case "@odata.nextLink":
			page.next, err = s.text()
		case "@odata.deltaLink":
			page.delta, err = s.text()
		default:
			err = s.skip()
		}
		return err
	})
	if err == nil {
		err = s.end()
	}
	if err == nil && !hasValue {
		err = errNoValue
	}
	if err != nil {
		return answer[T]{}, err
	}
	return page, nil
}

// oneEnd checks what section 2.1 promises of every page of a delta round.
func (a answer[T]) oneEnd() error {
	switch {
	case a.next == "" && a.delta == "":
		return errNoLink
	case a.next != "" && a.delta != "":
		return errTwoEnds
	}
	return nil
}
