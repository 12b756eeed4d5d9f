package scim

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"scimbridge/models"
	"scimbridge/scim/schema"
)

// Handler serves SCIM over HTTP. Echo ends here: below, a request is a context and
// plain values.
type Handler struct {
	open     Opener
	limits   Limits
	features Features
	recorder Recorder
	now      func() time.Time
}

// Limits bound what one request may ask for.
type Limits struct {
	Body           int64 // bytes of a request body
	DefaultPage    int   // resources in a list for which the client names no count
	MaxPage        int   // and at most
	BulkOperations int
	BulkPayload    int64
}

// Features are the optional parts of the protocol that the Backend can serve. What
// is off is not announced in ServiceProviderConfig, and its parameters are ignored.
type Features struct {
	Sort   bool
	Cursor bool
	ETag   bool
	Bulk   bool
}

// Option changes a Handler.
type Option func(*Handler)

// WithLimits replaces the limits; what is zero keeps its default.
func WithLimits(l Limits) Option {
	return func(h *Handler) {
		h.limits.Body = orDefault(l.Body, h.limits.Body)
		h.limits.DefaultPage = orDefault(l.DefaultPage, h.limits.DefaultPage)
		h.limits.MaxPage = orDefault(l.MaxPage, h.limits.MaxPage)
		h.limits.BulkOperations = orDefault(l.BulkOperations, h.limits.BulkOperations)
		h.limits.BulkPayload = orDefault(l.BulkPayload, h.limits.BulkPayload)
	}
}

func orDefault[N int | int64](n, otherwise N) N {
	if n > 0 {
		return n
	}
	return otherwise
}

// WithFeatures says what the Backend can do.
func WithFeatures(f Features) Option { return func(h *Handler) { h.features = f } }

// New is a handler that asks open who may do what. Without options, all features are on.
func New(open Opener, options ...Option) *Handler {
	h := &Handler{
		open:     open,
		limits:   Limits{Body: 8 << 20, DefaultPage: 100, MaxPage: 1000, BulkOperations: 1000, BulkPayload: 4 << 20},
		now:      time.Now,
		features: Features{Sort: true, Cursor: true, ETag: true, Bulk: true},
	}
	for _, o := range options {
		o(h)
	}
	return h
}

// Mount serves everything under g, whose path must end in /:tenant/v2. Echo's
// router is asked for no more than the tenant, because slashes that are doubled or
// trailing, any case of an endpoint and an Allow header are ours to see to.
func (h *Handler) Mount(g *echo.Group) {
	g.Any("", h.serve)
	g.Any("/*", h.serve)
}

func (h *Handler) serve(c echo.Context) error {
	r, began := c.Request(), h.now()
	call := &call{Handler: h, header: r.Header}
	segments := pathSegments(c.Param("*"))
	a := h.handle(r.Context(), c.Response(), r, c.Param("tenant"), segments, call)
	a.write(c.Response(), r)
	if h.recorder != nil {
		h.record(c.Response(), r, c.Param("tenant"), segments, call, a, began)
	}
	return nil
}

// pathSegments splits a path, tolerating empty segments.
func pathSegments(path string) []string {
	var out []string
	for _, s := range strings.Split(path, "/") {
		if plain, err := url.PathUnescape(s); err == nil {
			s = plain
		}
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// call is one request as the actions see it.
type call struct {
	*Handler
	session  *Session
	resource schema.ResourceType // of the endpoint
	id       string              // in the path
	query    url.Values          // names in lower case
	header   http.Header
	body     []byte
	did      deed
}

// action does what one method on one endpoint asks for.
type action func(c *call, ctx context.Context) (answer, error)

func (h *Handler) handle(ctx context.Context, w http.ResponseWriter, r *http.Request, tenant string, segments []string, c *call) answer {
	var a answer
	query, err := parseQuery(r.URL.RawQuery)
	if err == nil {
		c.query = query
		a, err = h.perform(ctx, w, r, tenant, segments, c)
	}
	if err != nil {
		return h.refuse(ctx, r, err)
	}
	return a
}

// perform goes through what every request must pass: endpoint, method, token,
// right, body.
func (h *Handler) perform(ctx context.Context, w http.ResponseWriter, r *http.Request, tenant string, segments []string, c *call) (answer, error) {
	e, ok := h.endpoint(segments, c)
	if !ok {
		return answer{}, failure(http.StatusNotFound, "", "There is no endpoint /%s", strings.Join(segments, "/"))
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // net/http leaves the body out
	}
	do, ok := e.methods[method]
	if !ok {
		return answer{}, &methodError{allow: e.allow()}
	}
	if err := h.authenticate(ctx, r, tenant, e.public, c); err != nil {
		return answer{}, err
	}
	if c.session != nil && c.session.ReadOnly && !e.reads(method) {
		return answer{}, failure(http.StatusForbidden, "", "%s", c.session.whyReadOnly())
	}
	if method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch {
		if err := c.readBody(w, r, e.bodyLimit); err != nil {
			return answer{}, err
		}
	}
	return do(c, ctx)
}

func (h *Handler) authenticate(ctx context.Context, r *http.Request, tenant string, public bool, c *call) error {
	token, ok := bearer(r.Header.Get("Authorization"))
	if public && !ok {
		return nil
	}
	if !ok {
		return models.ErrUnauthorized
	}
	session, err := h.open.Open(ctx, tenant, token)
	if err != nil {
		return err
	}
	c.session = session
	return nil
}

func bearer(header string) (string, bool) {
	scheme, token, _ := strings.Cut(strings.TrimSpace(header), " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}

// refuse answers an error and logs what the client cannot mend: once, here.
func (h *Handler) refuse(ctx context.Context, r *http.Request, err error) answer {
	var a answer
	if m, ok := err.(*methodError); ok {
		a.allow = m.allow
		err = failure(http.StatusMethodNotAllowed, "", "This endpoint does not answer %s; it answers %s", r.Method, m.allow)
	}
	e, known := Error(err)
	if !known {
		slog.ErrorContext(ctx, "SCIM request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	a.status, a.scimType, a.detail = e.Status, string(e.ScimType), e.Detail
	a.body, _ = e.MarshalJSON() // strings and an int always can be
	return a
}

// methodError is answered with the methods that an endpoint has.
type methodError struct{ allow string }

func (e *methodError) Error() string { return "allowed are " + e.allow }
