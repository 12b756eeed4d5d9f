package graphemu

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
)

// JSON batching: up to 20 requests in one. Each part meets faults, quota and
// meter by itself, so that a 429 may sit inside a 200.
//
// Source: https://learn.microsoft.com/graph/json-batching

const maxBatch = 20

type batchRequest struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

type batchResponse struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

func batch(c *call) (*answer, error) {
	var body struct {
		Requests []batchRequest `json:"requests"`
	}
	if err := c.readBody(&body); err != nil {
		return nil, err
	}
	if err := checkBatch(body.Requests); err != nil {
		return nil, err
	}
	responses := make([]batchResponse, len(body.Requests))
	for i, part := range body.Requests {
		responses[i] = c.answerPart(part)
	}
	// Answers come in any order. The shuffle is a function of the batch, so that
	// a test that fails, fails again.
	shuffle := rand.New(rand.NewPCG(uint64(len(responses)), uint64(len(body.Requests[0].URL))))
	shuffle.Shuffle(len(responses), func(i, j int) { responses[i], responses[j] = responses[j], responses[i] })
	return graphJSON(map[string]any{"responses": responses}), nil
}

// graphJSON is an answer of Graph where speed does not matter.
func graphJSON(body any) *answer {
	a := jsonAnswer(200, body)
	a.header.Del("Content-Type") // stamp sets Graph's own
	return a
}

// readBody decodes a JSON body, which the SDK compresses.
func (c *call) readBody(v any) error {
	if c.body != nil {
		return malformed(json.Unmarshal(c.body, v))
	}
	body := io.Reader(http.MaxBytesReader(nil, c.request.Body, maxBody))
	switch encoding := c.header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		zip, err := gzip.NewReader(body)
		if err != nil {
			return malformed(err)
		}
		body = io.LimitReader(zip, maxBody)
	default:
		return &Error{Status: 415, Code: "BadRequest", Message: "Unsupported content encoding: " + encoding}
	}
	return malformed(json.NewDecoder(body).Decode(v))
}

func malformed(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Status: 400, Code: "BadRequest", Message: "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."}
}

func checkBatch(parts []batchRequest) error {
	if len(parts) == 0 {
		return &Error{Status: 400, Code: "BadRequest", Message: "Empty batch is not supported."}
	}
	if len(parts) > maxBatch {
		return &Error{Status: 400, Code: "MaximumValueExceeded",
			Message: "Number of batch request steps exceeds the maximum value of 20."}
	}
	seen := map[string]bool{}
	for _, part := range parts {
		switch {
		case part.ID == "" || seen[part.ID]:
			return &Error{Status: 400, Code: "BadRequest", Message: "Request id is missing or has to be unique in a batch."}
		case part.Method == "" || part.URL == "":
			return &Error{Status: 400, Code: "BadRequest", Message: "Write request id : " + part.ID + " is missing method or url."}
		case strings.Contains(part.URL, "://") || strings.HasPrefix(strings.TrimPrefix(part.URL, "/"), "$batch"):
			return &Error{Status: 400, Code: "BadRequest", Message: "Invalid url in request id : " + part.ID + "."}
		}
		seen[part.ID] = true
	}
	return nil
}

// answerPart answers one request of a batch, on behalf of the same application.
func (c *call) answerPart(r batchRequest) batchResponse {
	header := http.Header{}
	for name, value := range r.Headers {
		header.Set(name, value)
	}
	if id := c.header.Get("client-request-id"); id != "" && header.Get("client-request-id") == "" {
		header.Set("client-request-id", id)
	}
	path, rawQuery, _ := strings.Cut(r.URL, "?")
	part := &call{
		emulator: c.emulator, config: c.emulator.config.Load(), request: c.request, part: true,
		method: strings.ToUpper(r.Method), header: header, origin: c.origin, body: append([]byte{}, r.Body...),
		tenant: c.tenant, roles: c.roles,
	}
	part.locate("/v1.0/"+strings.TrimPrefix(path, "/"), rawQuery)
	a := c.emulator.answer(part)
	defer a.release()
	return newBatchResponse(r.ID, a)
}

func newBatchResponse(id string, a *answer) batchResponse {
	response := batchResponse{ID: id, Status: a.status, Headers: map[string]string{}}
	if a.status == 0 { // a connection that breaks has no counterpart within a batch
		response.Status = http.StatusBadGateway
		return response
	}
	for _, name := range []string{"Content-Type", "Retry-After", "Location"} {
		if value := a.header.Get(name); value != "" {
			response.Headers[name] = value
		}
	}
	response.Body = append(response.Body, a.body...)
	if !json.Valid(a.body) || strings.HasPrefix(a.header.Get("Content-Type"), "text/") {
		response.Body = append(appendString(nil, base64.StdEncoding.EncodeToString(a.body)), ' ')
	}
	return response
}
