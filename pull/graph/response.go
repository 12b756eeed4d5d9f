package graph

import (
	"net/http"
	"strconv"
)

// response is one part of a batch's answer. Parts come in any order.
type response struct {
	id     string
	status int
	header http.Header
	body   []byte // JSON, within the batch's body
}

func scanResponses(body []byte) ([]response, error) {
	var responses []response
	s := &scanner{data: body}
	err := s.object(func(name []byte) error {
		if string(name) != "responses" {
			return s.skip()
		}
		return s.array(func() error {
			r, err := s.response()
			responses = append(responses, r)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return responses, s.end()
}

func (s *scanner) response() (response, error) {
	r := response{header: make(http.Header)}
	err := s.object(func(name []byte) (err error) {
		switch string(name) {
		case "id":
			r.id, err = s.text()
		case "status":
			r.status, err = s.integer()
		case "headers":
			err = s.headers(r.header)
		case "body":
			r.body, err = s.raw()
		default:
			err = s.skip()
		}
		return err
	})
	return r, err
}

func (s *scanner) headers(header http.Header) error {
	return s.object(func(name []byte) error {
		key := string(name)
		value, err := s.text()
		header.Set(key, value)
		return err
	})
}

// raw consumes a value and returns its text.
func (s *scanner) raw() ([]byte, error) {
	s.peek()
	start := s.at
	err := s.skip()
	return s.data[start:s.at], err
}

func (s *scanner) integer() (int, error) {
	text, err := s.raw()
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(text))
}

// idIn finds the id of an object.
func idIn(body []byte) (id string, err error) {
	s := &scanner{data: body}
	err = s.object(func(name []byte) (err error) {
		if string(name) == "id" {
			id, err = s.objectID()
			return err
		}
		return s.skip()
	})
	return id, err
}
