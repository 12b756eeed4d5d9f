package pull

import (
	"context"
	"time"
)

const (
	// pagesAhead is how many pages are read before anybody hears them.
	pagesAhead = 4
	// itemsTogether is how many items are enough to be heard: what has come until then is
	// heard as one page, in one transaction. Graph's pages are small, and each commit waits
	// for the disk.
	itemsTogether = 1000
)

// reading is an item of a page, which knows when it was asked for.
type reading[T any] interface {
	*T
	AskedAt(at time.Time)
}

// pages follows the links of a listing to its end, and answers the delta link.
func pages[T any, R reading[T]](ctx context.Context, next func(context.Context, string) (Page[T], error), hear func(context.Context, Page[T]) error) (string, error) {
	return pagesFrom[T, R](ctx, "", next, hear)
}

// pagesFrom reads on while pages are heard. No request is under way any more when it
// returns.
func pagesFrom[T any, R reading[T]](ctx context.Context, link string, next func(context.Context, string) (Page[T], error), hear func(context.Context, Page[T]) error) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	coming := readPages[T, R](ctx, link, next)
	defer func() {
		cancel()
		for range coming { // until its end
		}
	}()
	for {
		page, failure := whatHasCome(coming)
		if len(page.Items) > 0 || failure == nil {
			if err := hear(ctx, page); err != nil {
				return "", err
			}
		}
		if failure != nil || page.Next == "" {
			return page.Delta, failure
		}
	}
}

// answer is a page, or why there is none.
type answer[T any] struct {
	page Page[T]
	err  error
}

// readPages reads until a page names no next one, or cannot be had.
func readPages[T any, R reading[T]](ctx context.Context, link string, next func(context.Context, string) (Page[T], error)) <-chan answer[T] {
	coming := make(chan answer[T], pagesAhead)
	go func() {
		defer close(coming)
		for {
			page, err := next(ctx, link)
			for i := range page.Items {
				R(&page.Items[i]).AskedAt(page.SentAt)
			}
			coming <- answer[T]{page, err}
			if err != nil || page.Next == "" {
				return
			}
			link = page.Next
		}
	}()
	return coming
}

// whatHasCome waits for a page, and takes those behind it that are there too. Each item
// counts as asked for when its own page was: what others have learned in between is older
// than what a later page tells, and newer than an earlier one. What came before a failure
// stands.
func whatHasCome[T any](coming <-chan answer[T]) (Page[T], error) {
	first := <-coming
	page := first.page
	if first.err != nil {
		return Page[T]{}, first.err
	}
	for page.Next != "" && len(page.Items) < itemsTogether {
		select {
		case more := <-coming:
			if more.err != nil {
				return page, more.err
			}
			page.Items = append(page.Items, more.page.Items...)
			page.Next, page.Delta = more.page.Next, more.page.Delta
		default:
			return page, nil
		}
	}
	return page, nil
}
