package graphemu

import (
	"strings"
	"time"
)

// compareTo compares a property with a literal as Graph does: text without case,
// null only with eq and ne.
func compareTo(name, operator string, want any) condition {
	return func(o *object) bool {
		value := o.value(name)
		switch operator {
		case "eq":
			return equalValues(value, want)
		case "ne":
			return !equalValues(value, want)
		}
		if value == nil || want == nil {
			return false
		}
		difference := compareValues(value, want)
		return difference == 0 || (difference > 0) == (operator == "ge")
	}
}

func equalValues(a, b any) bool {
	switch a := a.(type) {
	case string:
		text, isText := b.(string)
		return isText && fold(a) == fold(text)
	case time.Time:
		instant, isTime := b.(time.Time)
		return isTime && a.Equal(instant)
	case []string, map[string]string:
		return false
	}
	return a == b
}

func parseTime(word string) (any, error) {
	t, err := time.Parse(time.RFC3339, word)
	if err != nil {
		return nil, invalidFilter()
	}
	return t, nil
}

// idsOfDeltaFilter reads the only filter that delta takes: id eq '…' or id eq '…',
// up to 50 of them.
//
// Source: https://learn.microsoft.com/graph/delta-query-overview
func idsOfDeltaFilter(text string) ([]string, error) {
	tokens, ok := filterTokens(text)
	var ids []string
	for ok && len(tokens) >= 3 {
		ok = tokens[0] == "id" && tokens[1] == "eq" && strings.HasPrefix(tokens[2], "'")
		ids = append(ids, strings.ToLower(strings.Trim(tokens[2], "'")))
		tokens = tokens[3:]
		if len(tokens) > 0 {
			ok = ok && tokens[0] == "or" && len(tokens) > 1
			tokens = tokens[1:]
		}
	}
	if !ok || len(tokens) > 0 || len(ids) == 0 {
		return nil, unsupportedQuery("Only filters by id are supported by delta query.")
	}
	if len(ids) > maxDeltaIDs {
		return nil, badRequest("The number of ids in the filter exceeds the maximum of %d.", maxDeltaIDs)
	}
	return ids, nil
}
