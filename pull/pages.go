package pull

import "context"

// pages follows the links of a listing to its end, and answers the delta link.
func pages[T any](ctx context.Context, next func(context.Context, string) (Page[T], error), hear func(context.Context, Page[T]) error) (string, error) {
	return pagesFrom(ctx, "", next, hear)
}

// pagesFrom asks for the next page while one is heard. No request is under way any more
// when it returns.
func pagesFrom[T any](ctx context.Context, link string, next func(context.Context, string) (Page[T], error), hear func(context.Context, Page[T]) error) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	coming := ask(ctx, link, next)
	for {
		answer := <-coming
		if answer.err != nil {
			return "", answer.err
		}
		page := answer.page
		if page.Next == "" {
			return page.Delta, hear(ctx, page)
		}
		coming = ask(ctx, page.Next, next)
		if err := hear(ctx, page); err != nil {
			cancel()
			<-coming
			return "", err
		}
	}
}

// answer is a page, or why there is none.
type answer[T any] struct {
	page Page[T]
	err  error
}

func ask[T any](ctx context.Context, link string, next func(context.Context, string) (Page[T], error)) <-chan answer[T] {
	coming := make(chan answer[T], 1)
	go func() {
		page, err := next(ctx, link)
		coming <- answer[T]{page, err}
	}()
	return coming
}
