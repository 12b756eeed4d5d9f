package scim

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	scimerrors "github.com/elimity-com/scim/errors"

	"scimbridge/scim/schema"
)

// Recorder is told of every request that names a tenant, after the answer. It must not
// wait: the next request of the connection does.
type Recorder interface {
	Record(Record)
}

// WithRecorder tells a Recorder of requests.
func WithRecorder(r Recorder) Option { return func(h *Handler) { h.recorder = r } }

// Record is one request as an admin looks it up who asks why somebody is not there. It
// holds no personal values unless the tenant allows them: what stands in quotes in a
// filter or an error is left out.
type Record struct {
	Tenant    string
	RequestID string // as the answer's X-Request-Id tells it
	TokenID   string // "" where the token was refused
	At        time.Time
	Took      time.Duration
	Client    string // User-Agent; Entra sends none
	Method    string
	Path      string // below the tenant's base URL
	Query     string
	Status    int
	ScimType  string
	Detail    string // of an error
	Action    string // "user deactivated", "group not created", "users searched: 0 found"
	Kind      string // "User", "Group" or ""
	ID        string // of the resource, if it is about one
}

// deed is what a request does, in words.
type deed struct {
	verb string // "created"
	many bool
	id   string // of what was created
	// whole is the sentence itself, for what is about no one resource.
	whole string
}

func (h *Handler) record(w http.ResponseWriter, r *http.Request, tenant string, segments []string, c *call, a answer, began time.Time) {
	record := Record{
		Tenant: tenant, RequestID: w.Header().Get("X-Request-Id"), At: began, Took: h.now().Sub(began), Client: limited(r.UserAgent()), Method: r.Method,
		Path: limited("/" + strings.Join(segments, "/")), Query: c.plainQuery(), Status: a.status, ScimType: a.scimType, Detail: a.detail,
		Action: c.action(a.status), Kind: c.resource.Name, ID: c.id,
	}
	if c.did.id != "" {
		record.ID = c.did.id
	}
	values := false
	if c.session != nil {
		record.TokenID, values = c.session.TokenID, c.session.LogValues
	}
	switch {
	case values:
	case a.scimType == string(scimerrors.ScimTypeInvalidFilter): // nobody knows what is a value in it
		record.Query, record.Detail = "filter=…", withoutValues(record.Detail)
	default:
		record.Query, record.Detail = withoutValues(record.Query), withoutValues(record.Detail)
	}
	record.Query, record.Detail = limited(record.Query), limited(record.Detail)
	h.recorder.Record(record)
}

// action is what happened, as a sentence without a full stop.
func (c *call) action(status int) string {
	if c.did.verb == "" || c.did.whole != "" {
		return c.did.whole
	}
	what := strings.ToLower(c.resource.Name)
	if what == "" {
		what = "resource"
	}
	if c.did.many {
		what += "s"
	}
	if status >= http.StatusBadRequest {
		return what + " not " + c.did.verb
	}
	return what + " " + c.did.verb
}

// verb is what a PATCH does to a resource, by the last word on what matters most.
func (p Patch) verb() string {
	verb := "changed"
	for _, s := range p.steps {
		if a := s.target.ref.Attribute; a == nil || a.Name != "active" || s.target.ref.URN != "" {
			continue
		}
		switch s.value {
		case false:
			verb = "deactivated"
		case true:
			verb = "activated"
		}
	}
	if p.resource != schema.Group || len(p.members) == 0 {
		return verb
	}
	switch p.members[len(p.members)-1].Op {
	case AddMembers:
		return "given members"
	case RemoveMembers:
		return "relieved of members"
	case RemoveAllMembers:
		return "emptied"
	}
	return "given another list of members"
}

// plainQuery is the query as the server understood it.
func (c *call) plainQuery() string {
	var parts []string
	for _, name := range []string{"filter", "attributes", "excludedattributes", "sortby", "sortorder", "startindex", "count"} {
		for _, value := range c.query[name] {
			parts = append(parts, name+"="+value)
		}
	}
	return strings.Join(parts, "&")
}

var (
	quoted  = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)
	address = regexp.MustCompile(`[^\s"=&(]+@[^\s"&)]+`)
)

// withoutValues leaves out what a client has written between quotes, and addresses that
// lack them.
func withoutValues(text string) string {
	return address.ReplaceAllString(quoted.ReplaceAllString(text, `"…"`), "…")
}

// limited keeps a text short enough for a line of a log.
func limited(text string) string {
	const most = 1000
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\ufffd")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
