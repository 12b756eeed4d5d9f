package graph

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"sync"

	abstractions "github.com/microsoft/kiota-abstractions-go"
)

// sender sends a request once, through the SDK's builders. It is called anew for
// every attempt.
type sender func(ctx context.Context, headers *abstractions.RequestHeaders, options []abstractions.RequestOption) error

// exchange is one attempt of a request over HTTP. read takes a whole body of a 2xx
// answer, which is valid until it returns; an error of its that is not a *fault means
// that the body is not what it should be.
func (c *client) exchange(send sender, read func(body []byte) error) func(context.Context) error {
	return func(ctx context.Context) error {
		isAnswered := false
		handler := abstractions.NewRequestHandlerOption()
		handler.SetResponseHandler(func(answer any, _ abstractions.ErrorMappings) (any, error) {
			isAnswered = true
			return nil, c.receive(answer, read)
		})
		headers := abstractions.NewRequestHeaders()
		if c.isBackground {
			headers.Add("x-ms-throttle-priority", "low")
		}
		err := send(ctx, headers, []abstractions.RequestOption{handler})
		if err == nil && !isAnswered {
			err = badAnswer(errNoAnswer)
		}
		return err
	}
}

var errNoAnswer = errors.New("there was no answer")

// receive takes an answer from the SDK: on this path it neither maps errors nor
// closes the body (section 6.10).
func (c *client) receive(answer any, read func([]byte) error) error {
	resp, ok := answer.(*http.Response)
	if !ok || resp == nil {
		return badAnswer(errNoAnswer)
	}
	defer discard(resp.Body)
	c.pace(resp.Header)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return refusal(resp, c.now())
	}
	if f := expectJSON(resp); f != nil {
		return f
	}
	return readBody(resp, read)
}

func expectJSON(resp *http.Response) *fault {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err == nil && kind == "application/json" {
		return nil
	}
	if kind == "" {
		kind = "no content type"
	}
	return badAnswer(errors.New("it is not JSON (" + kind + ")"))
}

// bodies are reused from page to page, so that a round holds one page at a time.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPage is far beyond any page of Graph.
const maxPage = 64 << 20

var errTooLong = errors.New("it is longer than any page of Graph")

func readBody(resp *http.Response, read func([]byte) error) error {
	body := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(body)
	body.Reset()
	n, err := body.ReadFrom(io.LimitReader(resp.Body, maxPage+1))
	if err != nil {
		return err
	}
	if n > maxPage {
		return badAnswer(errTooLong)
	}
	err = read(body.Bytes())
	var known *fault
	if err == nil || errors.As(err, &known) {
		return err
	}
	return badAnswer(err)
}

// discard reads the little that may be left, so that the connection can be used
// again, and closes.
func discard(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 256<<10)
	_ = body.Close()
}
