package graphemu

import (
	"slices"
	"strings"
)

// filter is a parsed $filter.
type filter struct {
	keep condition
	// advanced filters need the index behind ConsistencyLevel.
	advanced bool
}

// Limits of a filter.
//
// Source: https://developer.microsoft.com/graph/known-issues/?search=13635
const (
	maxIn       = 15
	maxCompared = 120
	maxDeltaIDs = 50
)

// filterable are the properties that Graph has indexed for plain filters.
var filterable = []string{
	"accountEnabled", "appId", "city", "companyName", "country", "createdDateTime", "creationType", "department",
	"displayName", "employeeId", "employeeType", "externalUserState", "givenName", "groupTypes", "id",
	"imAddresses", "isAssignableToRole", "jobTitle", "mail", "mailEnabled", "mailNickname", "membershipRuleProcessingState",
	"onPremisesImmutableId", "onPremisesSamAccountName", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled",
	"otherMails", "proxyAddresses", "securityEnabled", "surname", "usageLocation", "userPrincipalName", "userType",
}

// filterParser is a recursive descent over the part of OData's grammar that Graph
// takes for directory objects:
//
//	or      = and *( "or" and )
//	and     = unary *( "and" unary )
//	unary   = "not" unary / "(" or ")" / compare
//	compare = name ( "eq" / "ne" / "ge" / "le" ) literal
//	        / name "in" "(" literal *( "," literal ) ")"
//	        / ( "startswith" / "endswith" ) "(" name "," literal ")"
//	        / name "/any(" v ":" v "eq" literal ")"
type filterParser struct {
	tokens   []string
	kind     ObjectType
	advanced bool
}

func parseFilter(text string, kind ObjectType) (filter, error) {
	tokens, ok := filterTokens(text)
	p := &filterParser{tokens: tokens, kind: kind}
	if !ok {
		return filter{}, invalidFilter()
	}
	keep, err := p.or()
	if err == nil && len(p.tokens) > 0 {
		err = invalidFilter()
	}
	return filter{keep: keep, advanced: p.advanced}, err
}

func invalidFilter() *Error {
	return &Error{Status: 400, Code: "BadRequest", Message: "Invalid filter clause"}
}

// filterTokens cuts a filter into words, quoted strings and punctuation. A quote
// within a string is doubled.
func filterTokens(text string) (tokens []string, ok bool) {
	for text != "" {
		switch c := text[0]; {
		case c == ' ':
			text = text[1:]
		case strings.IndexByte("(),:/", c) >= 0:
			tokens, text = append(tokens, text[:1]), text[1:]
		case c == '\'':
			end := closingQuote(text)
			if end < 0 {
				return nil, false
			}
			tokens, text = append(tokens, text[:end]), text[end:]
		default:
			end := strings.IndexAny(text, " (),/'")
			if colon := strings.IndexByte(text, ':'); colon == 1 { // the variable of any(c:c eq …), not a time
				end = colon
			}
			if end < 0 {
				end = len(text)
			}
			tokens, text = append(tokens, text[:max(end, 1)]), text[max(end, 1):]
		}
	}
	return tokens, true
}

func closingQuote(text string) (end int) {
	for i := 1; i < len(text); i++ {
		if text[i] != '\'' {
			continue
		}
		if i+1 < len(text) && text[i+1] == '\'' {
			i++
			continue
		}
		return i + 1
	}
	return -1
}

func (p *filterParser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t
}

func (p *filterParser) accept(word string) bool {
	if len(p.tokens) > 0 && strings.EqualFold(p.tokens[0], word) {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *filterParser) or() (condition, error) {
	left, err := p.and()
	for err == nil && p.accept("or") {
		var right condition
		right, err = p.and()
		left = either(left, right)
	}
	return left, err
}

func (p *filterParser) and() (condition, error) {
	left, err := p.unary()
	for err == nil && p.accept("and") {
		var right condition
		right, err = p.unary()
		left = both(left, right)
	}
	return left, err
}

func (p *filterParser) unary() (condition, error) {
	switch {
	case p.accept("not"):
		p.advanced = true
		keep, err := p.unary()
		return func(o *object) bool { return !keep(o) }, err
	case p.accept("("):
		keep, err := p.or()
		if err == nil && !p.accept(")") {
			err = invalidFilter()
		}
		return keep, err
	default:
		return p.compare()
	}
}

func (p *filterParser) compare() (condition, error) {
	name := p.next()
	if f := strings.ToLower(name); f == "startswith" || f == "endswith" {
		return p.function(f)
	}
	if !p.filterable(name) {
		return nil, p.unsupported(name)
	}
	if p.accept("/") {
		return p.any(name)
	}
	switch operator := strings.ToLower(p.next()); operator {
	case "in":
		return p.in(name)
	case "eq", "ne", "ge", "le":
		p.advanced = p.advanced || operator == "ne"
		want, err := p.literal()
		return compareTo(name, operator, want), err
	default:
		return nil, invalidFilter()
	}
}

func (p *filterParser) filterable(name string) bool {
	var s selection
	return slices.Contains(filterable, name) && s.add(name, p.kind) == nil
}

func (p *filterParser) unsupported(name string) error {
	return unsupportedQuery("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.",
		name, resourceName(p.kind))
}

func (p *filterParser) function(f string) (condition, error) {
	if !p.accept("(") {
		return nil, invalidFilter()
	}
	name := p.next()
	// endswith is for mail and userPrincipalName alone, and advanced.
	if !p.filterable(name) || (f == "endswith" && name != "mail" && name != "userPrincipalName") {
		return nil, p.unsupported(name)
	}
	if !p.accept(",") {
		return nil, invalidFilter()
	}
	literal, err := p.literal()
	affix, isText := literal.(string)
	if err != nil || !isText || !p.accept(")") {
		return nil, invalidFilter()
	}
	has := strings.HasPrefix
	if f == "endswith" {
		has, p.advanced = strings.HasSuffix, true
	}
	return func(o *object) bool {
		value, isText := o.value(name).(string)
		return isText && has(fold(value), fold(affix))
	}, nil
}

// any is name/any(x:x eq 'literal').
func (p *filterParser) any(name string) (condition, error) {
	if !p.accept("any") || !p.accept("(") {
		return nil, invalidFilter()
	}
	variable := p.next()
	if !p.accept(":") || !p.accept(variable) || !p.accept("eq") {
		return nil, invalidFilter()
	}
	literal, err := p.literal()
	want, isText := literal.(string)
	if err != nil || !isText || !p.accept(")") {
		return nil, invalidFilter()
	}
	return func(o *object) bool {
		list, _ := o.value(name).([]string)
		return slices.ContainsFunc(list, func(s string) bool { return fold(s) == fold(want) })
	}, nil
}

func (p *filterParser) in(name string) (condition, error) {
	if !p.accept("(") {
		return nil, invalidFilter()
	}
	var any condition
	for n := 1; ; n++ {
		want, err := p.literal()
		if err != nil {
			return nil, err
		}
		if n > maxIn {
			return nil, badRequest("Too many child clauses specified in search filter expression containing 'OR' operators: %d. Max allowed: %d.", n, maxIn)
		}
		any = either(any, compareTo(name, "eq", want))
		if p.accept(")") {
			return any, nil
		}
		if !p.accept(",") {
			return nil, invalidFilter()
		}
	}
}

// literal reads a string, a Boolean, null, or a time.
func (p *filterParser) literal() (any, error) {
	word := p.next()
	switch {
	case strings.HasPrefix(word, "'"):
		text := strings.ReplaceAll(word[1:len(word)-1], "''", "'")
		if len([]rune(text)) > maxCompared {
			return nil, badRequest("The compared value is longer than %d characters.", maxCompared)
		}
		return text, nil
	case word == "true", word == "false":
		return word == "true", nil
	case word == "null":
		return nil, nil
	}
	return parseTime(word)
}
