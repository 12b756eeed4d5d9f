package filter

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// peek is the byte at the position, 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

// next describes what stands at the position, for an error.
func (p *parser) next() string {
	if p.pos >= len(p.text) {
		return "the end"
	}
	if word := p.text[p.pos : p.pos+runLength(p.text[p.pos:])]; word != "" {
		return strconv.Quote(word)
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.pos:])
	return strconv.Quote(string(r))
}

func (p *parser) space() {
	for p.peek() == ' ' || p.peek() == '\t' {
		p.pos++
	}
}

// run takes everything up to the next space, bracket or quote: a name with its
// URN, an operator, a bare value.
func (p *parser) run() string {
	n := runLength(p.text[p.pos:])
	word := p.text[p.pos : p.pos+n]
	p.pos += n
	return word
}

func runLength(s string) int {
	if i := strings.IndexAny(s, " \t\r\n()[]\""); i >= 0 {
		return i
	}
	return len(s)
}

// word takes the keyword if it stands next, in any case, and leaves the position
// otherwise.
func (p *parser) word(keyword string) bool {
	start := p.pos
	p.space()
	if strings.EqualFold(p.run(), keyword) {
		return true
	}
	p.pos = start
	return false
}

// isNumber follows the grammar of JSON, which is narrower than strconv's.
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, rest := digits(s)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	if after, ok := strings.CutPrefix(rest, "."); ok {
		var fraction string
		if fraction, rest = digits(after); fraction == "" {
			return false
		}
	}
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	rest = rest[1:]
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	exponent, rest := digits(rest)
	return exponent != "" && rest == ""
}

func digits(s string) (found, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

// isGUID tells 8-4-4-4-12 hexadecimal digits.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
		default:
			return false
		}
	}
	return true
}
