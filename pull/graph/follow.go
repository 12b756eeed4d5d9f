package graph

import (
	"context"
	"errors"
	"net/url"

	abstractions "github.com/microsoft/kiota-abstractions-go"
)

// get sends a GET to a URL of this tenant's Graph as it is: for links, and for the few
// paths that are not worth a package of the SDK's builders.
func (c *client) get(raw string, more header) sender {
	return func(ctx context.Context, headers *abstractions.RequestHeaders, options []abstractions.RequestOption) error {
		to, err := url.Parse(raw)
		if err != nil {
			return err
		}
		info := abstractions.NewRequestInformation()
		info.Method = abstractions.GET
		info.SetUri(*to)
		info.Headers.AddAll(headers)
		info.Headers.Add("Accept", "application/json")
		for name, value := range more {
			info.Headers.Add(name, value)
		}
		info.AddRequestOptions(options)
		_, err = c.adapter.Send(ctx, info, nil, nil)
		return err
	}
}

// maxPages bounds a listing that one answer began: no collection is this long, and an
// endless chain of links must not keep a run for ever (section 1.8).
const maxPages = 100_000

var errEndless = errors.New("the list does not end")

// follow reads the pages after the first one, which came in a batch.
func follow[T any](ctx context.Context, c *client, l lookup, link string, item func(*scanner) (T, error), take func([]T)) error {
	for range maxPages {
		if link == "" {
			return nil
		}
		what := reading{l.name, []permission{l.needs}, c.get(link, l.header)}
		page, err := readList(ctx, c, link, what, item)
		if err != nil {
			return err
		}
		take(page.Items)
		link = page.Next
	}
	return badAnswer(errEndless).sourceError()
}
