package graphemu

import (
	"net/url"
	"strings"
)

// route is one operation of Graph or of its sign-in. Its pattern is its name in
// the meter, in the log and in faults.
type route struct {
	pattern  string // "GET /users/{id}"
	method   string
	segments []string
	graph    bool
	units    int // base cost
	needs    permissions
	handle   func(*call) (*answer, error)
}

func graphRoute(pattern string, units int, needs permissions, handle func(*call) (*answer, error)) *route {
	r := signInRoute(pattern, handle)
	r.graph, r.units, r.needs = true, units, needs
	return r
}

func signInRoute(pattern string, handle func(*call) (*answer, error)) *route {
	method, path, _ := strings.Cut(pattern, " ")
	return &route{pattern: pattern, method: method, segments: strings.Split(path, "/")[1:], handle: handle}
}

// splitPath cuts a path into segments in one spelling. Graph takes several:
// users('id') for users/id, delta() and microsoft.graph.delta for delta,
// microsoft.graph.user and graph.user.
func splitPath(escaped string) []string {
	var segments []string
	for raw := range strings.SplitSeq(strings.Trim(escaped, "/"), "/") {
		segment, err := url.PathUnescape(raw)
		if err != nil {
			segment = raw
		}
		name, key, hasKey := cutKey(segment)
		segments = append(segments, canonical(name))
		if hasKey {
			segments = append(segments, key)
		}
	}
	return segments
}

// cutKey separates the key in parentheses: users('id'), or
// servicePrincipals(appId='id') whose key stays "appId='id'".
func cutKey(segment string) (name, key string, found bool) {
	name, rest, found := strings.Cut(segment, "(")
	if !found || !strings.HasSuffix(rest, "')") {
		return segment, "", false
	}
	key = strings.TrimSuffix(rest, ")")
	if unquoted, quoted := strings.CutPrefix(key, "'"); quoted {
		key = strings.TrimSuffix(unquoted, "'")
	}
	return name, key, true
}

func canonical(segment string) string {
	segment = strings.TrimSuffix(segment, "()")
	segment = strings.TrimPrefix(segment, "microsoft.")
	if segment == "graph.delta" {
		return "delta"
	}
	return segment
}

func (e *Emulator) findRoute(method string, path []string) (*route, map[string]string) {
	isGraph := len(path) > 0 && path[0] == "v1.0"
	if isGraph {
		path = path[1:]
	}
	for _, r := range e.routes {
		if r.graph == isGraph && r.method == method {
			if args, fits := r.match(path); fits {
				return r, args
			}
		}
	}
	return nil, nil
}

func (r *route) match(path []string) (args map[string]string, fits bool) {
	if len(path) != len(r.segments) {
		return nil, false
	}
	for i, want := range r.segments {
		if name, wild := strings.CutPrefix(want, "{"); wild {
			if args == nil {
				args = map[string]string{}
			}
			args[strings.TrimSuffix(name, "}")] = path[i]
		} else if !strings.EqualFold(want, path[i]) {
			return nil, false
		}
	}
	return args, true
}

// noRoute is Graph's answer to a path or method that it does not know.
func (e *Emulator) noRoute(method string, path []string) *Error {
	if path[0] != "v1.0" {
		return &Error{Status: 400, Code: "BadRequest", Message: "Invalid version: " + path[0]}
	}
	for _, r := range e.routes {
		if _, fits := r.match(path[1:]); fits && r.graph && r.method != method {
			return &Error{Status: 405, Code: "Request_BadRequest",
				Message: "Specified HTTP method is not allowed for the request target."}
		}
	}
	return &Error{Status: 400, Code: "BadRequest",
		Message: "Resource not found for the segment '" + path[len(path)-1] + "'."}
}
