package store

import (
	"strconv"
	"time"
	"unicode/utf8"

	"scimbridge/scim/filter"
)

// present holds if there is a value.
func (o operand) present() fragment {
	if o.micros.sql != "" {
		return sqlf("%s IS NOT NULL", o.micros)
	}
	return sqlf("%s IS NOT NULL", o.text)
}

// relation is a comparison by the rules of filter.Match. It is never NULL. ok is false
// for what only Match can compare: numbers, which a database rounds, and dates inside a
// document.
func (s scope) relation(value operand, what filter.Characteristics, op filter.Operator, literal any) (f fragment, ok bool) {
	if op == filter.NotEqual {
		f, ok = s.relation(value, what, filter.Equal, literal)
		return not(f), ok
	}
	if literal == nil {
		if op != filter.Equal {
			return never, true
		}
		return not(value.present()), true
	}
	switch what.Kind {
	case filter.Boolean:
		is, isBool := literal.(bool)
		if !isBool || op != filter.Equal {
			return never, true
		}
		return sqlf("COALESCE(%s = %s, false)", value.text, truth(is)), true
	case filter.Number:
		return fragment{}, false
	case filter.DateTime:
		text, _ := literal.(string)
		return timeRelation(value.micros, op, text)
	}
	text, isText := literal.(string)
	if !isText {
		return never, true
	}
	return s.textRelation(value, what.CaseExact, op, text), true
}

// truth is a boolean as documents give it, in text.
func truth(is bool) fragment {
	if is {
		return raw("'true'")
	}
	return raw("'false'")
}

func (s scope) textRelation(value operand, exact bool, op filter.Operator, literal string) fragment {
	text := value.text
	if !exact {
		literal = filter.Fold(literal)
		if !value.folded {
			text = sqlf("scim_fold(%s)", text)
		}
	}
	length := strconv.Itoa(utf8.RuneCountInString(literal))
	if literal == "" { // a part of every text, and before every text
		switch op {
		case filter.Contains, filter.StartsWith, filter.EndsWith, filter.Greater, filter.GreaterOrEqual:
			return value.present()
		}
		return never
	}
	arg := argument(literal)
	switch op {
	case filter.Contains:
		return sqlf("COALESCE(replace(%s, %s, '') <> %s, false)", text, arg, text)
	case filter.StartsWith:
		return sqlf("COALESCE(substr(%s, 1, %s) = %s, false)", text, raw(length), arg)
	case filter.EndsWith:
		return sqlf("COALESCE(substr(%s, length(%s) - %s + 1) = %s, false)", text, text, raw(length), arg)
	}
	return sqlf("COALESCE(%s"+s.byBytes+" "+signs[op]+" %s, false)", text, arg)
}

// signs are the operators that SQL has too.
var signs = map[filter.Operator]string{
	filter.Equal: "=", filter.Greater: ">", filter.GreaterOrEqual: ">=", filter.Less: "<", filter.LessOrEqual: "<=",
}

// timeRelation compares instants that are kept in microseconds with one that may be
// finer.
func timeRelation(micros fragment, op filter.Operator, literal string) (fragment, bool) {
	at, valid := filter.ParseTime(literal)
	if micros.sql == "" || !valid {
		return fragment{}, false
	}
	floor := at.UnixMicro()
	whole := at.Equal(time.UnixMicro(floor))
	sign := signs[op]
	switch {
	case sign == "", op == filter.Equal && !whole:
		return never, true
	case op == filter.GreaterOrEqual && !whole:
		sign = ">"
	case op == filter.Less && !whole:
		sign = "<="
	}
	return sqlf("%s "+sign+" %s", micros, argument(floor)), true
}
