package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// marker is a number in a request that makes its record another one: it stands in the
// userName, the externalId and everywhere else.
type marker int64

// markerDigits are enough for every range of numbers that a run gives out.
const markerDigits = 12

func (m marker) String() string { return fmt.Sprintf("%0*d", markerDigits, int64(m)) }

// script is a request's SQL for pgbench: what differs from one request to the next is
// an expression of the variable k, the marker; all else a variable with its value.
type script struct {
	texts      []string // one for each statement
	flights    []int    // of each statement
	statements int
	variables  map[string]string
}

// text sends together what the bridge sent together.
func (s script) text() string {
	var all strings.Builder
	for i, text := range s.texts {
		of := func(other int) bool {
			return other >= 0 && other < len(s.flights) && s.flights[other] == s.flights[i]
		}
		if of(i+1) && !of(i-1) {
			all.WriteString("\\startpipeline\n")
		}
		all.WriteString(text)
		if of(i-1) && !of(i+1) {
			all.WriteString("\\endpipeline\n")
		}
	}
	return all.String()
}

// waits is how often an answer is waited for.
func (s script) waits() int { return len(slices.Compact(slices.Clone(s.flights))) }

// only is the statement of a script that begins so.
func (s script) only(beginning string) (script, error) {
	part := script{variables: s.variables, statements: 1, flights: []int{0}}
	for _, text := range s.texts {
		if strings.HasPrefix(text, beginning) {
			part.texts = append(part.texts, text)
		}
	}
	if len(part.texts) != 1 {
		return part, fmt.Errorf("%d statements begin with %q instead of one:\n%s", len(part.texts), beginning, s.text())
	}
	return part, nil
}

// varying finds what may differ between two requests: ids, times in microseconds, and
// the markers of both.
func varying(a, b marker) *regexp.Regexp {
	return regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9]{16}\b|` + a.String() + `|` + b.String())
}

// writer turns two recordings of the same request, with markers first and second, into
// a script.
type writer struct {
	first, second marker
	varying       *regexp.Regexp
	script        script
	names         map[string]string // value to variable
}

// writeScript prepares each statement on conn, to learn the types of its parameters:
// an expression in their place has to say its type.
func writeScript(ctx context.Context, conn *pgx.Conn, first, second marker, one, other []statement) (script, error) {
	w := writer{
		first: first, second: second, varying: varying(first, second), names: make(map[string]string),
		script: script{variables: make(map[string]string), statements: len(one)},
	}
	if len(one) != len(other) || len(one) == 0 {
		return script{}, fmt.Errorf("two requests of one kind took %d and %d statements", len(one), len(other))
	}
	for i := range one {
		if one[i].sql != other[i].sql {
			return script{}, fmt.Errorf("two requests of one kind said %q and %q", one[i].sql, other[i].sql)
		}
		if err := w.statement(ctx, conn, one[i], other[i]); err != nil {
			return script{}, fmt.Errorf("%w in %q", err, one[i].sql)
		}
	}
	return w.script, nil
}

var parameter = regexp.MustCompile(`\$[0-9]+`)

func (w *writer) statement(ctx context.Context, conn *pgx.Conn, one, other statement) error {
	types, err := parameterTypes(ctx, conn, one)
	if err != nil {
		return err
	}
	expressions := make([]string, len(one.args))
	for i := range one.args {
		if expressions[i], err = w.expression(one.args[i], other.args[i], types[i]); err != nil {
			return err
		}
	}
	text := parameter.ReplaceAllStringFunc(one.sql, func(p string) string {
		var n int
		_, _ = fmt.Sscanf(p, "$%d", &n) // the pattern has made sure
		return expressions[n-1]
	})
	w.script.texts = append(w.script.texts, text+";\n")
	w.script.flights = append(w.script.flights, one.flight)
	return nil
}

func parameterTypes(ctx context.Context, conn *pgx.Conn, s statement) ([]string, error) {
	types := make([]string, len(s.args))
	if len(s.args) == 0 {
		return types, nil
	}
	prepared, err := conn.Prepare(ctx, "", s.sql)
	if err != nil {
		return nil, err
	}
	for i, oid := range prepared.ParamOIDs {
		if err := conn.QueryRow(ctx, "SELECT $1::oid::regtype::text", oid).Scan(&types[i]); err != nil {
			return nil, err
		}
	}
	return types, nil
}

// expression is what stands for a parameter.
func (w *writer) expression(one, other *string, kind string) (string, error) {
	if one == nil || other == nil {
		if one != other {
			return "", fmt.Errorf("a parameter of type %s is NULL in one request only", kind)
		}
		return "NULL::" + kind, nil
	}
	if *one == *other {
		if *one == "" { // pgbench takes no empty variable
			return "''::" + kind, nil
		}
		return ":" + w.variable(*one), nil
	}
	parts, err := w.parts(*one, *other)
	return "(" + strings.Join(parts, " || ") + ")::" + kind, err
}

// parts goes through both values side by side.
func (w *writer) parts(one, other string) ([]string, error) {
	at, there := w.varying.FindAllStringIndex(one, -1), w.varying.FindAllStringIndex(other, -1)
	if len(at) != len(there) {
		return nil, fmt.Errorf("%q and %q differ in more than ids, times and markers", one, other)
	}
	var parts []string
	from, fromThere := 0, 0
	for i := range at {
		if one[from:at[i][0]] != other[fromThere:there[i][0]] {
			return nil, fmt.Errorf("%q and %q differ in more than ids, times and markers", one, other)
		}
		parts = w.literal(parts, one[from:at[i][0]])
		part, err := w.part(one[at[i][0]:at[i][1]], other[there[i][0]:there[i][1]])
		if err != nil {
			return nil, err
		}
		parts = append(parts, part...)
		from, fromThere = at[i][1], there[i][1]
	}
	if one[from:] != other[fromThere:] {
		return nil, fmt.Errorf("%q and %q differ in more than ids, times and markers", one, other)
	}
	return w.literal(parts, one[from:]), nil
}

func (w *writer) literal(parts []string, text string) []string {
	if text == "" {
		return parts
	}
	return append(parts, ":"+w.variable(text)+"::text")
}

// markerText is the marker as SQL.
var markerText = fmt.Sprintf("lpad(:k::text, %d, '0')", markerDigits)

func (w *writer) part(one, other string) ([]string, error) {
	switch {
	case one == other:
		return w.literal(nil, one), nil
	case strings.HasSuffix(one, w.first.String()) && strings.HasSuffix(other, w.second.String()):
		return append(w.literal(nil, strings.TrimSuffix(one, w.first.String())), markerText), nil
	case len(one) == 36 && len(other) == 36:
		// A new id. Ours go up with time, and so do these with the marker.
		return append(w.literal(nil, one[:36-markerDigits]), markerText), nil
	case len(one) == 16 && len(other) == 16:
		return []string{":at::text"}, nil
	}
	return nil, fmt.Errorf("%q and %q are of different kinds", one, other)
}

func (w *writer) variable(value string) string {
	name, known := w.names[value]
	if !known {
		name = fmt.Sprintf("v%d", len(w.names)+1)
		w.names[value], w.script.variables[name] = name, value
	}
	return name
}
