package scim

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"scimbridge/scim/schema"
)

const (
	bulkRequestURN  = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	bulkResponseURN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// bulk runs many operations (RFC 7644 section 3.7). Each stands for itself: one
// that fails leaves the others as they are.
func (c *call) bulk(ctx context.Context) (answer, error) {
	message, err := parseObject(c.body)
	if err != nil {
		return answer{}, err
	}
	b, err := c.openBulk(message)
	if err != nil {
		return answer{}, err
	}
	for _, o := range b.operations {
		if b.stopped() {
			break
		}
		b.run(ctx, o)
	}
	b.settle(ctx)
	c.did.whole = fmt.Sprintf("bulk of %d operations, %d failed", len(b.operations), b.failed)
	body, err := marshal(b.response())
	return answer{status: http.StatusOK, body: body}, err // demand 153
}

// bulkJob is one bulk request under way.
type bulkJob struct {
	call         *call
	failOnErrors int
	failed       int
	operations   []*bulkOperation
	byBulkID     map[string]*bulkOperation
	unsettled    []*bulkOperation // created without a reference that a circle kept from being known
}

// bulkOperation is one operation with its result.
type bulkOperation struct {
	method, path, bulkID, version string
	data                          map[string]any

	resource schema.ResourceType
	id       string
	state    bulkState
	later    circle
	status   int
	tag      string // the ETag afterwards
	err      error
}

type bulkState int

const (
	waiting bulkState = iota
	running
	done
)

func (c *call) openBulk(message map[string]any) (*bulkJob, error) {
	if schemas, ok := member(message, "schemas").([]any); ok && len(schemas) > 0 && !containsFold(schemas, bulkRequestURN) {
		return nil, syntaxError("schemas must name %s", bulkRequestURN)
	}
	raw, ok := member(message, "Operations").([]any)
	if !ok {
		return nil, syntaxError("Operations is missing; it must be an array")
	}
	if len(raw) > c.limits.BulkOperations {
		return nil, failure(http.StatusRequestEntityTooLarge, "",
			"%d operations are more than maxOperations (%d); send several requests", len(raw), c.limits.BulkOperations) // demand 160
	}
	b := &bulkJob{call: c, byBulkID: map[string]*bulkOperation{}}
	if n, ok := member(message, "failOnErrors").(json.Number); ok {
		limit, err := wholeNumber("failOnErrors", n.String())
		if err != nil {
			return nil, err
		}
		b.failOnErrors = limit
	}
	for _, r := range raw {
		fields, ok := r.(map[string]any)
		if !ok {
			return nil, syntaxError("Operations must be an array of objects")
		}
		b.admit(fields)
	}
	return b, nil
}

// admit reads one operation. What is wrong with it is its own result.
func (b *bulkJob) admit(fields map[string]any) {
	o := &bulkOperation{}
	for name, to := range map[string]*string{"method": &o.method, "path": &o.path, "bulkId": &o.bulkID, "version": &o.version} {
		*to, _ = member(fields, name).(string)
	}
	o.method = strings.ToUpper(o.method)
	o.data, _ = member(fields, "data").(map[string]any)
	o.err = o.check()
	if o.err == nil && o.bulkID != "" {
		if _, twice := b.byBulkID[o.bulkID]; twice {
			o.err = badRequest(scimerrors.ScimTypeInvalidValue, "bulkId %q is used twice", o.bulkID)
		} else {
			b.byBulkID[o.bulkID] = o
		}
	}
	b.operations = append(b.operations, o)
}

// check finds out what an operation addresses (demand 152).
func (o *bulkOperation) check() error {
	path, _, _ := strings.Cut(o.path, "?")
	segments := pathSegments(path)
	if len(segments) == 0 || len(segments) > 2 {
		return badRequest(scimerrors.ScimTypeInvalidValue, "path %q names neither an endpoint nor a resource", o.path)
	}
	switch strings.ToLower("/" + segments[0]) {
	case strings.ToLower(schema.User.Endpoint):
		o.resource = schema.User
	case strings.ToLower(schema.Group.Endpoint):
		o.resource = schema.Group
	default:
		return failure(http.StatusNotFound, "", "There is no endpoint /%s for bulk operations", segments[0])
	}
	if len(segments) == 2 {
		o.id = segments[1]
	}
	switch o.method {
	case http.MethodPost:
		if o.id != "" {
			return badRequest(scimerrors.ScimTypeInvalidValue, "the path of a POST is the endpoint, %s", o.resource.Endpoint)
		}
		if o.bulkID == "" {
			return badRequest(scimerrors.ScimTypeInvalidValue, "a POST needs a bulkId")
		}
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
		if o.id == "" {
			return badRequest(scimerrors.ScimTypeInvalidValue, "the path of a %s needs the id of a resource", o.method)
		}
	default:
		return badRequest(scimerrors.ScimTypeInvalidValue, "method %q is unknown; use POST, PUT, PATCH or DELETE", o.method)
	}
	if o.data == nil && o.method != http.MethodDelete {
		return badRequest(scimerrors.ScimTypeInvalidSyntax, "data is missing; it must be an object")
	}
	return nil
}

// stopped tells that the client's number of errors is reached (demand 154).
func (b *bulkJob) stopped() bool { return b.failOnErrors > 0 && b.failed >= b.failOnErrors }

// run performs an operation, after those that create what it refers to: the order
// of a job is the client's, but a reference may point forward (demand 157).
func (b *bulkJob) run(ctx context.Context, o *bulkOperation) {
	if o.state != waiting {
		return
	}
	o.state = running
	if o.err == nil {
		o.err = b.perform(ctx, o)
	}
	o.state = done
	if o.err != nil {
		b.failed++
		if _, known := Error(o.err); !known {
			slog.ErrorContext(ctx, "SCIM bulk operation failed", "method", o.method, "path", o.path, "error", o.err)
		}
	}
}

func (b *bulkJob) perform(ctx context.Context, o *bulkOperation) error {
	known, err := b.references(ctx, o)
	if err != nil {
		return err
	}
	data, _ := substitute(o.data, known).(map[string]any)
	o.id, _ = substitute(o.id, known).(string)
	c, cond := b.call, Condition{}
	if o.version != "" && c.features.ETag {
		cond.Match = recordVersions([]string{o.version})
	}
	var r Resource
	switch o.method {
	case http.MethodPost:
		if r, err = b.create(ctx, o, data); err == nil {
			o.id = r.ID
		}
		o.status = http.StatusCreated
	case http.MethodPut:
		r, err = c.replace(ctx, o.resource, o.id, data, cond, Want{})
		o.status = http.StatusOK
	case http.MethodPatch:
		r, err = c.patch(ctx, o.resource, o.id, data, cond, Want{})
		if o.status = http.StatusOK; o.resource == schema.Group {
			o.status = http.StatusNoContent
		}
	case http.MethodDelete:
		err = c.delete(ctx, o.resource, o.id, cond)
		o.status = http.StatusNoContent
	}
	o.tag = c.etag(r)
	return err
}

// bulkResult is one operation in the response (demands 158 and 159).
type bulkResult struct {
	Method   string                `json:"method"`
	BulkID   string                `json:"bulkId,omitempty"`
	Version  string                `json:"version,omitempty"`
	Location string                `json:"location,omitempty"`
	Status   string                `json:"status"`
	Response *scimerrors.ScimError `json:"response,omitempty"`
}

func (b *bulkJob) response() any {
	results := []bulkResult{}
	for _, o := range b.operations {
		if o.state != done {
			continue
		}
		r := bulkResult{Method: o.method, BulkID: o.bulkID, Version: o.tag}
		if o.id != "" && o.resource.Name != "" && (o.err == nil || o.method != http.MethodPost) {
			r.Location = b.call.renderer(o.resource, Projection{}).Location(o.id)
		}
		if o.err != nil {
			e, _ := Error(o.err)
			r.Response, o.status = &e, e.Status
		}
		r.Status = strconv.Itoa(o.status)
		results = append(results, r)
	}
	return struct {
		Schemas    []string     `json:"schemas"`
		Operations []bulkResult `json:"Operations"`
	}{[]string{bulkResponseURN}, results}
}
