package filter

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of one filter or path. They are far above what clients send: the
// largest are or-lists of member ids.
const (
	MaxLength = 64 << 10 // bytes
	MaxDepth  = 32       // brackets within brackets
	MaxNodes  = 1000
)

// Error says what is wrong with a filter or path, and where.
type Error struct {
	Position int // counted in characters from 1; 0 if it is not about one place
	Reason   string
}

func (e *Error) Error() string {
	if e.Position == 0 {
		return e.Reason
	}
	return fmt.Sprintf("at character %d: %s", e.Position, e.Reason)
}

// Parse reads a filter (RFC 7644 Figure 1).
func Parse(text string) (Expression, error) {
	p, err := newParser(text)
	if err != nil {
		return nil, err
	}
	e := p.or(0)
	p.space()
	if p.err == nil && p.pos < len(p.text) {
		p.fail(p.pos, "unexpected %s; join terms with \"and\" or \"or\"", p.next())
	}
	if p.err != nil {
		return nil, p.err
	}
	return e, nil
}

// ParsePath reads the path of a PATCH operation (RFC 7644 Figure 7).
func ParsePath(text string) (Path, error) {
	p, err := newParser(text)
	if err != nil {
		return Path{}, err
	}
	var path Path
	p.space()
	path.Attribute = p.attribute()
	if p.err == nil && p.peek() == '[' {
		path.Filter = p.valueFilter(path.Attribute, 0)
		path.Sub = p.subAttribute()
	}
	p.space()
	if p.err == nil && p.pos < len(p.text) {
		p.fail(p.pos, "unexpected %s after the path", p.next())
	}
	if p.err != nil {
		return Path{}, p.err
	}
	return path, nil
}

// parser is a recursive descent over text; the first error ends it.
type parser struct {
	text  string
	pos   int
	nodes int
	err   *Error
}

func newParser(text string) (*parser, error) {
	if len(text) > MaxLength {
		return nil, &Error{Reason: fmt.Sprintf("longer than the limit of %d bytes", MaxLength)}
	}
	if !utf8.ValidString(text) {
		return nil, &Error{Reason: "not valid UTF-8"}
	}
	p := &parser{text: text}
	return p, nil
}

func (p *parser) fail(pos int, format string, args ...any) {
	if p.err == nil {
		p.err = &Error{Position: utf8.RuneCountInString(p.text[:pos]) + 1, Reason: fmt.Sprintf(format, args...)}
		p.pos = len(p.text)
	}
}

// count admits one more node.
func (p *parser) count() {
	p.nodes++
	if p.nodes > MaxNodes {
		p.fail(p.pos, "more than %d conditions", MaxNodes)
	}
}

func (p *parser) or(depth int) Expression {
	return p.chain("or", depth, p.and, func(terms []Expression) Expression { return Or{Terms: terms} }, flattenOr)
}

func (p *parser) and(depth int) Expression {
	return p.chain("and", depth, p.term, func(terms []Expression) Expression { return And{Terms: terms} }, flattenAnd)
}

func flattenOr(e Expression) []Expression {
	if o, ok := e.(Or); ok {
		return o.Terms
	}
	return []Expression{e}
}

func flattenAnd(e Expression) []Expression {
	if a, ok := e.(And); ok {
		return a.Terms
	}
	return []Expression{e}
}

// chain reads terms joined by one word. Brackets around an equal chain vanish, so
// that every tree has one written form.
func (p *parser) chain(word string, depth int, next func(int) Expression,
	make func([]Expression) Expression, flatten func(Expression) []Expression) Expression {
	first := next(depth)
	if p.err != nil || !p.word(word) {
		return first
	}
	terms := append([]Expression(nil), flatten(first)...)
	for {
		e := next(depth)
		if p.err != nil {
			return nil
		}
		terms = append(terms, flatten(e)...)
		if !p.word(word) {
			return make(terms)
		}
	}
}

// term is one condition, a negation or a group.
func (p *parser) term(depth int) Expression {
	p.space()
	if depth > MaxDepth {
		p.fail(p.pos, "brackets nested deeper than %d", MaxDepth)
		return nil
	}
	if p.peek() == '(' {
		return p.group(depth)
	}
	start := p.pos
	if p.word("not") {
		p.space()
		if p.peek() == '(' {
			p.count()
			if e := p.group(depth); p.err == nil {
				return Not{Term: e}
			}
			return nil
		}
		p.pos = start // an attribute may be called "not"
	}
	return p.condition(depth)
}

func (p *parser) group(depth int) Expression {
	open := p.pos
	p.pos++
	e := p.or(depth + 1)
	p.space()
	if p.err == nil && p.peek() != ')' {
		p.fail(p.pos, "missing \")\" for the \"(\" at character %d", utf8.RuneCountInString(p.text[:open])+1)
	}
	if p.err == nil {
		p.pos++
	}
	return e
}

// condition is attrExp or valuePath, with Entra's sub-attribute behind the latter.
func (p *parser) condition(depth int) Expression {
	p.count()
	start := p.pos
	path := p.attribute()
	if p.err != nil {
		return nil
	}
	if p.peek() != '[' {
		return p.comparison(path)
	}
	if path.Sub != "" && path.URN == "" {
		p.fail(start, "%s: a value filter belongs behind the attribute, not behind its sub-attribute", path)
		return nil
	}
	inner := p.valueFilter(path, depth)
	sub := p.subAttribute()
	if p.err == nil && sub != "" {
		p.count()
		if last := p.comparison(AttributePath{Name: sub}); p.err == nil {
			inner = And{Terms: append(append([]Expression(nil), flattenAnd(inner)...), last)}
		}
	}
	if p.err != nil {
		return nil
	}
	return ValuePath{Path: path, Filter: inner}
}

// valueFilter reads "[…]".
func (p *parser) valueFilter(of AttributePath, depth int) Expression {
	open := p.pos
	p.pos++
	if depth > MaxDepth {
		p.fail(open, "brackets nested deeper than %d", MaxDepth)
		return nil
	}
	e := p.or(depth + 1)
	p.space()
	switch {
	case p.err != nil:
		return nil
	case p.peek() != ']':
		p.fail(p.pos, "missing \"]\" for the \"[\" at character %d", utf8.RuneCountInString(p.text[:open])+1)
		return nil
	}
	p.pos++
	if inner := nested(e); inner != nil {
		p.fail(open, "%s: a value filter cannot contain another one (%s)", of, inner)
	}
	return e
}

// nested finds a value path, which RFC 7644 does not allow inside another.
func nested(e Expression) Expression {
	switch e := e.(type) {
	case And:
		return nestedIn(e.Terms)
	case Or:
		return nestedIn(e.Terms)
	case Not:
		return nested(e.Term)
	case ValuePath:
		return e
	}
	return nil
}

func nestedIn(terms []Expression) Expression {
	for _, t := range terms {
		if found := nested(t); found != nil {
			return found
		}
	}
	return nil
}

// subAttribute reads ".name" behind "]".
func (p *parser) subAttribute() string {
	if p.err != nil || p.peek() != '.' {
		return ""
	}
	p.pos++
	start := p.pos
	name := p.run()
	if !isName(name) {
		p.fail(start, "%q is not a sub-attribute name", name)
	}
	return name
}

func (p *parser) attribute() AttributePath {
	start := p.pos
	text := p.run()
	if text == "" {
		p.fail(start, "an attribute name is missing before %s", p.next())
		return AttributePath{}
	}
	path, ok := attributePath(text)
	if !ok {
		p.fail(start, "%q is not an attribute name", text)
	}
	return path
}

// comparison reads the operator and value behind an attribute.
func (p *parser) comparison(path AttributePath) Expression {
	p.space()
	start := p.pos
	op := Operator(strings.ToLower(p.run()))
	switch op {
	case "pr":
		return Present{Path: path}
	case Equal, NotEqual, Contains, StartsWith, EndsWith, Greater, GreaterOrEqual, Less, LessOrEqual:
		p.space()
		return Compare{Path: path, Op: op, Value: p.value()}
	case "":
		p.fail(start, "%s: an operator is missing; use eq, ne, co, sw, ew, gt, ge, lt, le or pr", path)
	default:
		p.fail(start, "unknown operator %q; use eq, ne, co, sw, ew, gt, ge, lt, le or pr", p.text[start:p.pos])
	}
	return nil
}

// value reads a JSON literal, or a bare GUID: Entra's reference checks may send
// ids without quotes (Q23).
func (p *parser) value() any {
	start := p.pos
	if p.peek() == '"' {
		return p.quoted()
	}
	word := p.run()
	switch strings.ToLower(word) {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	switch {
	case isGUID(word):
		return word
	case isNumber(word):
		return json.Number(word)
	case word == "":
		p.fail(start, "a value is missing before %s", p.next())
	default:
		p.fail(start, "%q is no value; write strings in double quotes", p.text[start:p.pos])
	}
	return nil
}

func (p *parser) quoted() any {
	start := p.pos
	escaped := false
	for i := start + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			p.fail(i, "a control character in a string must be escaped")
			return nil
		case c == '"':
			p.pos = i + 1
			if !escaped {
				return p.text[start+1 : i]
			}
			var s string
			if err := json.Unmarshal([]byte(p.text[start:p.pos]), &s); err != nil {
				p.fail(start, "the string is not valid JSON: %v", err)
			}
			return s
		}
	}
	p.fail(start, "the string has no closing quote")
	return nil
}
