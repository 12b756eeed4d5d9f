package scim

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"scimbridge/scim/schema"
)

// endpoint is a path with the methods that it answers.
type endpoint struct {
	methods   map[string]action
	search    bool // its POST reads
	public    bool // answers without a token too
	bodyLimit int64
}

func (e endpoint) allow() string {
	var methods []string
	for m := range e.methods {
		methods = append(methods, m)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

func (e endpoint) reads(method string) bool {
	return method == http.MethodGet || method == http.MethodPost && e.search
}

// endpoint finds what a path names, and notes resource type and id in c.
func (h *Handler) endpoint(segments []string, c *call) (endpoint, bool) {
	e := endpoint{bodyLimit: h.limits.Body}
	if len(segments) == 0 {
		e.methods = map[string]action{http.MethodGet: (*call).listAll}
		return e, true
	}
	if len(segments) > 1 {
		c.id = segments[1]
	}
	switch name := strings.ToLower(segments[0]); {
	case name == "me": // demand 113
		e.methods = everyMethod((*call).me)
		return e, true
	case len(segments) > 2:
		return e, false
	case name == "users":
		return h.resourceEndpoint(e, schema.User, c)
	case name == "groups":
		return h.resourceEndpoint(e, schema.Group, c)
	case name == "schemas":
		e.methods = map[string]action{http.MethodGet: (*call).schemas}
		return e, true
	case name == "resourcetypes":
		e.methods = map[string]action{http.MethodGet: (*call).resourceTypes}
		return e, true
	case len(segments) > 1:
		return e, false
	case name == ".search":
		e.methods, e.search = map[string]action{http.MethodPost: (*call).searchAll}, true
	case name == "bulk" && h.features.Bulk:
		e.methods, e.bodyLimit = map[string]action{http.MethodPost: (*call).bulk}, h.limits.BulkPayload
	case name == "serviceproviderconfig":
		e.methods, e.public = map[string]action{http.MethodGet: (*call).config}, true
	default:
		return e, false
	}
	return e, true
}

func (h *Handler) resourceEndpoint(e endpoint, t schema.ResourceType, c *call) (endpoint, bool) {
	c.resource = t
	switch {
	case c.id == "":
		e.methods = map[string]action{http.MethodGet: (*call).listOne, http.MethodPost: (*call).postResource}
	case strings.EqualFold(c.id, ".search"):
		e.methods, e.search = map[string]action{http.MethodPost: (*call).searchOne}, true
	default:
		e.methods = map[string]action{http.MethodGet: (*call).getResource, http.MethodPut: (*call).putResource,
			http.MethodPatch: (*call).patchResource, http.MethodDelete: (*call).deleteResource}
	}
	return e, true
}

func everyMethod(a action) map[string]action {
	return map[string]action{http.MethodGet: a, http.MethodPost: a, http.MethodPut: a, http.MethodPatch: a, http.MethodDelete: a}
}

// me is not served: a token stands for a client, not for a person (demand 113).
func (c *call) me(context.Context) (answer, error) {
	return answer{}, failure(http.StatusNotImplemented, "", "/Me is not served; a token here is no user. Use /Users")
}
