package scim

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	scimerrors "github.com/elimity-com/scim/errors"
)

// maxNesting is far deeper than any SCIM message: a bulk request with a PATCH
// that holds an extension has eight levels.
const maxNesting = 32

// parseDocument reads a JSON text into string, bool, json.Number, nil,
// map[string]any and []any. It exists because encoding/json lets through what
// could be read in two ways: of two equal keys it takes the last, and it mends
// invalid UTF-8. Both are refused here, as is nesting without end.
func parseDocument(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, syntaxError("the body is not valid UTF-8")
	}
	p := document{text: text}
	if len(text) >= 3 && string(text[:3]) == "\ufeff" {
		p.pos = 3 // a byte order mark, which RFC 8259 section 8.1 allows to ignore
	}
	p.space()
	if p.pos == len(text) {
		return nil, syntaxError("the body is empty; send a JSON object")
	}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.pos < len(text) {
		return nil, p.unexpected("the end of the body")
	}
	return v, nil
}

// parseObject is parseDocument for the messages of SCIM, which are all objects.
func parseObject(text []byte) (map[string]any, error) {
	v, err := parseDocument(text)
	if err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, syntaxError("the body must be a JSON object")
	}
	return object, nil
}

func syntaxError(format string, args ...any) error {
	return badRequest(scimerrors.ScimTypeInvalidSyntax, format, args...)
}

type document struct {
	text []byte
	pos  int
}

func (p *document) unexpected(want string) error {
	found := "its end"
	if p.pos < len(p.text) {
		r, _ := utf8.DecodeRune(p.text[p.pos:])
		found = strconv.QuoteRune(r)
	}
	return syntaxError("the body is not valid JSON: byte %d: expected %s, found %s", p.pos+1, want, found)
}

func (p *document) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *document) space() {
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case ' ', '\t', '\r', '\n':
			p.pos++
		default:
			return
		}
	}
}

func (p *document) value(depth int) (any, error) {
	if depth > maxNesting {
		return nil, syntaxError("the body is nested deeper than %d levels", maxNesting)
	}
	p.space()
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return p.str()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for word, v := range literals {
		if end := p.pos + len(word); end <= len(p.text) && string(p.text[p.pos:end]) == word {
			p.pos = end
			return v, nil
		}
	}
	return nil, p.unexpected("a value")
}

var literals = map[string]any{"true": true, "false": false, "null": nil}

func (p *document) object(depth int) (any, error) {
	object := map[string]any{}
	p.pos++
	if p.space(); p.peek() == '}' {
		p.pos++
		return object, nil
	}
	for {
		p.space()
		if p.peek() != '"' {
			return nil, p.unexpected("a name in double quotes")
		}
		name, err := p.str()
		if err != nil {
			return nil, err
		}
		if _, twice := object[name]; twice {
			return nil, syntaxError("the body names %q twice in one object", name)
		}
		if p.space(); p.peek() != ':' {
			return nil, p.unexpected(`":"`)
		}
		p.pos++
		if object[name], err = p.value(depth + 1); err != nil {
			return nil, err
		}
		if more, err := p.more('}'); !more {
			return object, err
		}
	}
}

func (p *document) array(depth int) (any, error) {
	array := []any{}
	p.pos++
	if p.space(); p.peek() == ']' {
		p.pos++
		return array, nil
	}
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
		if more, err := p.more(']'); !more {
			return array, err
		}
	}
}

// more reads what stands between two members.
func (p *document) more(end byte) (bool, error) {
	p.space()
	switch p.peek() {
	case ',':
		p.pos++
		return true, nil
	case end:
		p.pos++
		return false, nil
	}
	return false, p.unexpected(fmt.Sprintf(`"," or "%c"`, end))
}

func (p *document) str() (string, error) {
	start := p.pos
	escaped := false
	for i := start + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			p.pos = i
			return "", p.unexpected("an escape instead of a control character")
		case c == '"':
			p.pos = i + 1
			if !escaped {
				return string(p.text[start+1 : i]), nil
			}
			var s string
			if err := json.Unmarshal(p.text[start:p.pos], &s); err != nil {
				return "", syntaxError("the body is not valid JSON: byte %d: %v", start+1, err)
			}
			return s, nil
		}
	}
	p.pos = len(p.text)
	return "", p.unexpected("a closing quote")
}

func (p *document) number() (any, error) {
	start := p.pos
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
			p.pos++
			continue
		}
		break
	}
	n := p.text[start:p.pos]
	if !json.Valid(n) {
		p.pos = start
		return nil, p.unexpected("a number")
	}
	return json.Number(n), nil
}
