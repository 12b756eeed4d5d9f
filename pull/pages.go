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
	// timeTogether is how much later than the first of them the last may have been asked
	// for: pages count as early as their first one, and what somebody else has learned
	// since must not be taken for newer than what they tell. Graph that throttles makes
	// the next page minutes late.
	timeTogether = time.Second
)

// pages follows the links of a listing to its end, and answers the delta link.
func pages[T any](ctx context.Context, next func(context.Context, string) (Page[T], error), hear func(context.Context, Page[T]) error) (string, error) {
	return pagesFrom(ctx, "", next, hear)
}

// pagesFrom reads on while pages are heard. No request is under way any more when it
// returns.
func pagesFrom[T any](ctx context.Context, link string, next func(context.Context, string) (Page[T], error), hear func(context.Context, Page[T]) error) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	ahead := readAhead[T]{coming: readPages(ctx, link, next)}
	defer func() {
		cancel()
		for range ahead.coming { // until its end
		}
	}()
	for {
		page, failure := ahead.whatHasCome()
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
func readPages[T any](ctx context.Context, link string, next func(context.Context, string) (Page[T], error)) <-chan answer[T] {
	coming := make(chan answer[T], pagesAhead)
	go func() {
		defer close(coming)
		for {
			page, err := next(ctx, link)
			coming <- answer[T]{page, err}
			if err != nil || page.Next == "" {
				return
			}
			link = page.Next
		}
	}()
	return coming
}

// readAhead are pages that have been read and not been heard.
type readAhead[T any] struct {
	coming <-chan answer[T]
	kept   *answer[T] // taken from coming, to be heard next
}

// whatHasCome waits for a page, and takes those behind it that are there too. Together
// they count as asked for when the first was: that is a little early for the others, and a
// push at the same moment wins. What came before a failure stands.
func (a *readAhead[T]) whatHasCome() (Page[T], error) {
	first := a.wait()
	page := first.page
	if first.err != nil {
		return Page[T]{}, first.err
	}
	for page.Next != "" && len(page.Items) < itemsTogether {
		select {
		case more := <-a.coming:
			if more.err != nil {
				return page, more.err
			}
			if more.page.SentAt.Sub(page.SentAt) > timeTogether {
				a.kept = &more
				return page, nil
			}
			page.Items = append(page.Items, more.page.Items...)
			page.Next, page.Delta = more.page.Next, more.page.Delta
		default:
			return page, nil
		}
	}
	return page, nil
}

func (a *readAhead[T]) wait() answer[T] {
	if kept := a.kept; kept != nil {
		a.kept = nil
		return *kept
	}
	return <-a.coming
}
