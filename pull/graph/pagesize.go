package graph

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// The most that Graph lists at once (section 1.1), and the size at which we give up.
const (
	largestPage  = 999
	smallestPage = 10
)

// pageSize is what lists ask for. Page sizes are not contracts: tenants have suddenly
// refused large ones (section 1.1), so a size that is refused is halved, for the rest
// of the run.
type pageSize struct{ most atomic.Int32 }

func newPageSize() *pageSize {
	p := &pageSize{}
	p.most.Store(largestPage)
	return p
}

func (p *pageSize) get() int32 { return p.most.Load() }

// inPages calls read with the size that pages are to have, and again with a smaller
// one where that was refused: from the start, since a link keeps the size.
func (c *client) inPages(read func(top string) error) error {
	for {
		top := c.pages.get()
		err := read(strconv.Itoa(int(top)))
		if !c.pages.shrink(top, err) {
			return err
		}
	}
}

// shrink tells whether a list whose pages of a size were refused is worth another try
// with smaller ones.
func (p *pageSize) shrink(asked int32, err error) bool {
	if !speaksOfPageSize(err) || asked/2 < smallestPage {
		return false
	}
	p.most.CompareAndSwap(asked, asked/2)
	return true
}

func speaksOfPageSize(err error) bool {
	f, ok := asFault(err)
	if !ok || f.status != http.StatusBadRequest {
		return false
	}
	text := strings.ToLower(f.message)
	return strings.Contains(text, "page size") || strings.Contains(text, "$top")
}
