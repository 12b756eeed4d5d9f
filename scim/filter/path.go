package filter

import "strings"

// AttributePath names an attribute, in a filter, a PATCH path or a list of
// attributes (RFC 7644 section 3.10). As parsed, it holds what the client wrote,
// split at the last colon and then at the first dot; only a schema can tell where
// a URN really ends, because URNs contain dots and some clients put a dot where
// the colon belongs (Q12). As bound, URN is the extension's URN or empty, and the
// names have the schema's own spelling.
type AttributePath struct {
	URN  string
	Name string
	Sub  string
}

func (p AttributePath) String() string {
	s := p.Name
	if p.URN != "" {
		s = p.URN + ":" + s
	}
	if p.Sub != "" {
		s += "." + p.Sub
	}
	return s
}

// Path is the target of a PATCH operation: an attribute, perhaps those of its
// entries that satisfy Filter, perhaps one sub-attribute of these.
type Path struct {
	Attribute AttributePath // with Filter, its Sub is empty
	Filter    Expression    // nil: no value selection
	Sub       string        // the sub-attribute behind the filter
}

func (p Path) String() string {
	s := p.Attribute.String()
	if p.Filter != nil {
		s += "[" + p.Filter.String() + "]"
	}
	if p.Sub != "" {
		s += "." + p.Sub
	}
	return s
}

// attributePath splits text, or reports that it is no attribute name. Names
// follow RFC 7643 section 2.1; "$ref" is the reason for the leading "$".
func attributePath(text string) (AttributePath, bool) {
	var p AttributePath
	name := text
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		p.URN, name = text[:i], text[i+1:]
		if p.URN == "" {
			return p, false
		}
	}
	p.Name, p.Sub, _ = strings.Cut(name, ".")
	if !isName(p.Name) || strings.HasSuffix(name, ".") {
		return p, false
	}
	if p.Sub == "" {
		return p, true
	}
	for _, part := range strings.Split(p.Sub, ".") {
		if !isName(part) {
			return p, false
		}
	}
	// "urn:…:2.0:User.manager.value": a second dot is sense only behind a URN.
	return p, p.URN != "" || !strings.Contains(p.Sub, ".")
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '$':
		case i > 0 && (c >= '0' && c <= '9' || c == '-' || c == '_'):
		default:
			return false
		}
	}
	return s != ""
}
