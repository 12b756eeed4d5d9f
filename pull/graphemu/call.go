package graphemu

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// call is one request on its way through the emulator.
type call struct {
	emulator *Emulator
	config   *Config
	request  *http.Request // of the whole batch, for a part of one
	part     bool          // of a batch
	method   string
	header   http.Header
	origin   string // scheme and host by which the client reached us

	rawPath   string
	path      []string
	route     *route            // nil when no route fits
	args      map[string]string // what {id} and the like stand for
	query     query
	queryErr  error
	requestID string
	body      []byte  // of a batch part
	used      float64 // share of the quota, if there is one

	tenant *Tenant
	roles  []string

	// What effects ask of a handler.
	bend bend
}

// bend is how a fault changes an answer that only its handler can change.
type bend struct {
	empty          bool     // no objects, and the listing is over
	duplicate      bool     // every object twice
	replay         bool     // tell the changes of the round before again
	strangers      int      // tombstones of objects nobody knows
	withoutValueOf []string // properties that are null for everybody
}

func (e *Emulator) newCall(r *http.Request) *call {
	origin := "http://" + r.Host
	if r.TLS != nil {
		origin = "https://" + r.Host
	}
	c := &call{
		emulator: e, config: e.config.Load(), request: r,
		method: r.Method, header: r.Header, origin: origin,
	}
	c.locate(r.URL.EscapedPath(), r.URL.RawQuery)
	return c
}

// locate finds the route and reads the query.
func (c *call) locate(escapedPath, rawQuery string) {
	c.rawPath, c.path = escapedPath, splitPath(escapedPath)
	c.route, c.args = c.emulator.findRoute(c.method, c.path)
	c.query, c.queryErr = parseQuery(rawQuery)
}

func (c *call) ctx() context.Context { return c.request.Context() }

func (c *call) now() time.Time { return c.emulator.now() }

// serve answers the call without any fault.
func (c *call) serve() *answer {
	a, err := c.handle()
	if err != nil {
		return c.refuse(err)
	}
	return a
}

func (c *call) handle() (*answer, error) {
	if c.route != nil && !c.route.graph {
		return c.route.handle(c)
	}
	if err := c.authenticate(); err != nil {
		return nil, err
	}
	if err := c.payUnits(); err != nil {
		return nil, err
	}
	if c.route == nil {
		return nil, c.emulator.noRoute(c.method, c.path)
	}
	if err := c.authorize(); err != nil {
		return nil, err
	}
	if c.queryErr != nil {
		return nil, c.queryErr
	}
	return c.route.handle(c)
}

// refuse turns an error into Graph's answer to it.
func (c *call) refuse(err error) *answer {
	if refusal, ok := err.(refusal); ok {
		return refusal.answer(c)
	}
	e, ok := err.(*Error)
	if !ok {
		e = &Error{Status: 500, Code: "generalException", Message: err.Error()}
	}
	a := newAnswer(e.Status)
	a.body = e.appendJSON(a.body, c.now().UTC().Format("2006-01-02T15:04:05"), c.requestID, c.clientRequestID())
	return a
}

// refusal is an error whose answer is more than status, code and message.
type refusal interface {
	error
	answer(*call) *answer
}

// stamp adds the headers of every Graph answer.
func (c *call) stamp(a *answer) {
	h := a.header
	h.Set("Date", c.now().UTC().Format(http.TimeFormat))
	if c.route == nil || c.route.graph {
		h.Set("request-id", c.requestID)
		h.Set("client-request-id", c.clientRequestID())
		h.Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Emulated","Slice":"E","Ring":"1"}}`)
	}
	if c.route != nil && c.route.graph && a.status < 300 {
		h.Set("x-ms-resource-unit", strconv.Itoa(c.units()))
	}
	if c.used >= 0.8 { // told only to those who come near
		h.Set("x-ms-throttle-limit-percentage", strconv.FormatFloat(min(c.used, 1.8), 'f', 1, 64))
	}
	if h.Get("Content-Type") == "" && len(a.body) > 0 {
		h.Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
		h.Set("OData-Version", "4.0")
	}
}

func (c *call) clientRequestID() string {
	if id := c.header.Get("client-request-id"); id != "" {
		return id
	}
	return c.requestID
}

// units is what the call costs.
//
// Source: https://learn.microsoft.com/graph/throttling-limits, "Identity and access".
func (c *call) units() int {
	if c.route == nil || !c.route.graph {
		return 0
	}
	units := c.route.units
	if c.query.has("select") {
		units--
	}
	if c.query.has("expand") {
		units++
	}
	if top, err := strconv.Atoi(c.query.get("top")); err == nil && top < 20 {
		units--
	}
	return max(units, 1)
}

// eventually tells whether the caller accepts the index behind advanced queries.
//
// Source: https://learn.microsoft.com/graph/aad-advanced-queries
func (c *call) eventually() bool {
	return strings.EqualFold(c.header.Get("ConsistencyLevel"), "eventual")
}

func (c *call) counts() bool { return strings.EqualFold(c.query.get("count"), "true") }

// prefers tells whether the Prefer header asks for something.
func (c *call) prefers(what string) bool {
	return slices.ContainsFunc(c.header.Values("Prefer"), func(v string) bool { return strings.Contains(v, what) })
}
