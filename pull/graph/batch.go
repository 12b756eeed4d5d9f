package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	abstractions "github.com/microsoft/kiota-abstractions-go"
)

// batchSize is the most that $batch takes (section 1.7).
const batchSize = 20

// batch is one lookup of up to 20 keys in one request. Its parts are refused one by
// one; those that may be answered a little later are asked again, the others are not.
type batch struct {
	lookup  lookup
	take    taker
	pending []string // keys without an answer
	missing []string // keys of what Graph does not know

	attempt *attempt  // the one under way
	first   time.Time // when the first attempt that answered any part was sent
}

var errForeignPart = errors.New("a batch was answered for something that was not asked")

// run returns the time of the first attempt that answered any part.
func (b *batch) run(ctx context.Context, c *client) (time.Time, error) {
	read := func(body []byte) error { return b.read(body, c.now()) }
	_, err := c.ask(ctx, question{
		name: b.lookup.name, needs: []permission{b.lookup.needs},
		once: c.exchange(b.sender(c), read),
	})
	return b.first, err
}

// sender posts what is pending. The SDK has no builder for $batch, and its core's
// batch type knows no order and repeats nothing; the adapter is enough for one POST.
func (b *batch) sender(c *client) sender {
	return func(ctx context.Context, headers *abstractions.RequestHeaders, options []abstractions.RequestOption) error {
		info, err := b.request()
		if err != nil {
			return err
		}
		b.attempt = attemptOf(ctx)
		info.Headers.AddAll(headers)
		info.AddRequestOptions(options)
		_, err = c.adapter.Send(ctx, info, nil, nil)
		return err
	}
}

// part is one request of a batch; its id is its place among the pending ones.
type part struct {
	ID     string `json:"id"`
	Method string `json:"method"`
	URL    string `json:"url"`
	Header header `json:"headers,omitempty"`
}

// header is what one part is sent with.
type header map[string]string

func (b *batch) request() (*abstractions.RequestInformation, error) {
	parts := make([]part, len(b.pending))
	for i, key := range b.pending {
		parts[i] = part{ID: strconv.Itoa(i), Method: http.MethodGet, URL: b.lookup.url(key), Header: b.lookup.header}
	}
	body, err := json.Marshal(map[string]any{"requests": parts})
	if err != nil {
		return nil, err
	}
	info := abstractions.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(
		abstractions.POST, "{+baseurl}/$batch", map[string]string{})
	info.SetStreamContentAndContentType(body, "application/json")
	info.Headers.Add("Accept", "application/json")
	info.Headers.Add("Content-Length", strconv.Itoa(len(body)))
	return info, nil
}

// read takes what was answered, and returns a fault if something is left to ask.
func (b *batch) read(body []byte, now time.Time) error {
	if !utf8.Valid(body) {
		return errNotUTF8
	}
	responses, err := scanResponses(body)
	if err != nil {
		return err
	}
	open := make(map[string]bool, len(b.pending))
	for _, key := range b.pending {
		open[key] = true
	}
	var worst *fault
	for _, r := range responses {
		key, err := b.keyOf(r)
		if err != nil {
			return err
		}
		f, err := b.settle(key, r, now)
		if err != nil {
			return err
		}
		if f == nil {
			b.answered(open, key)
		} else {
			worst = worse(worst, f)
		}
	}
	return b.keep(open, worst)
}

func (b *batch) answered(open map[string]bool, key string) {
	delete(open, key)
	if b.first.IsZero() {
		b.first = b.attempt.sentAt
	}
}

// keep leaves the open ones pending, for the next attempt.
func (b *batch) keep(open map[string]bool, worst *fault) error {
	if len(open) == 0 {
		return nil
	}
	left := make([]string, 0, len(open))
	for _, key := range b.pending {
		if open[key] {
			left = append(left, key)
		}
	}
	b.pending = left
	if worst == nil {
		return badAnswer(errors.New("a batch was answered in part"))
	}
	return worst
}

func (b *batch) keyOf(r response) (string, error) {
	i, err := strconv.Atoi(r.id)
	if err != nil || i < 0 || i >= len(b.pending) {
		return "", errForeignPart
	}
	return b.pending[i], nil
}

// settle takes one part's answer: found, not known, or a fault. That a part failed is
// never taken for "not known".
func (b *batch) settle(key string, r response, now time.Time) (*fault, error) {
	if r.status == http.StatusOK {
		return nil, b.take(key, found{body: r.body, sentAt: b.attempt.sentAt})
	}
	var said odataError
	_ = json.Unmarshal(r.body, &said)
	if r.status == http.StatusNotFound && strings.EqualFold(said.Error.Code, "Request_ResourceNotFound") {
		b.missing = append(b.missing, key)
		return nil, nil
	}
	f := refused(r.status, said)
	f.after = retryAfter(r.header, now)
	return f, nil
}

// worse chooses the fault that decides about the next attempt: one that lasts before
// one that passes, then the longest wait.
func worse(a, b *fault) *fault {
	switch {
	case a == nil:
		return b
	case (a.nature == lasting) != (b.nature == lasting):
		if a.nature == lasting {
			return a
		}
		return b
	case b.after > a.after:
		return b
	}
	return a
}
