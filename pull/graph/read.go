package graph

import (
	"context"

	"scimbridge/pull"
)

// reading is what is read, page by page.
type reading struct {
	name  string
	needs []permission
	send  sender
}

// readDelta reads one page of a delta round.
func readDelta[T any](ctx context.Context, c *client, link string, what reading, item func(*scanner) (T, error)) (pull.Page[T], error) {
	if link != "" && !c.tenant.keeps(link) {
		return pull.Page[T]{}, pull.ErrDeltaExpired
	}
	page, err := readPage(ctx, c, link, what, item, answer[T].oneEnd)
	return page, expiry(link, err)
}

// readList reads one page of a plain list. Its end has no mark of its own: that the
// JSON text is whole must do.
func readList[T any](ctx context.Context, c *client, link string, what reading, item func(*scanner) (T, error)) (pull.Page[T], error) {
	return readPage(ctx, c, link, what, item, func(answer[T]) error { return nil })
}

func readPage[T any](ctx context.Context, c *client, link string, what reading, item func(*scanner) (T, error), check func(answer[T]) error) (pull.Page[T], error) {
	if err := c.checkLink(link); err != nil {
		return pull.Page[T]{}, err
	}
	var page answer[T]
	read := func(body []byte) (err error) {
		if page, err = decodePage(body, item); err != nil {
			return err
		}
		if err := check(page); err != nil {
			return err
		}
		return c.checkAnswer(link, page.next, page.delta)
	}
	sentAt, err := c.ask(ctx, question{name: what.name, needs: what.needs, once: c.exchange(what.send, read)})
	if err != nil {
		return pull.Page[T]{}, lostPage(link, err)
	}
	return pull.Page[T]{Items: page.items, Next: page.next, Delta: page.delta, SentAt: sentAt}, nil
}
