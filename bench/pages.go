package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// pageReads is how often each page is read.
const pageReads = 25

// pageSpread is how much slower the last page may be than the first.
const pageSpread = 1.3

// pages reads pages of 100 users with their groups, the first and the last in turn.
func (b *bench) pages(ctx context.Context, d database, p population) error {
	c, err := dial(ctx, p.tenancy)
	if err != nil {
		return err
	}
	defer c.close()
	last := p.users - 99
	requests := [2][]byte{p.page(1, 100), p.page(last, 100)}
	var took [2][]time.Duration
	for range pageReads {
		for i, request := range requests {
			started := time.Now()
			if _, err := c.send(request, http.StatusOK, false); err != nil {
				return err
			}
			took[i] = append(took[i], time.Since(started))
		}
	}
	first, deep := median(took[0]), median(took[1])
	b.report.add(figure{name: "page of 100 users with groups, the first", ours: milliseconds(first)})
	spread := float64(deep) / float64(first)
	b.report.add(figure{
		name: fmt.Sprintf("… from the %sth", number(last)), ours: milliseconds(deep), limit: "the first page",
		ratio: spread, budget: atMost(spread, pageSpread),
	})
	return b.pageStatements(ctx, d, p)
}

func (p population) page(start, count int) []byte {
	return p.request(http.MethodGet, fmt.Sprintf("/Users?startIndex=%d&count=%d", start, count), "")
}

// pageStatements compares how many statements pages of two sizes take.
func (b *bench) pageStatements(ctx context.Context, d database, p population) error {
	var counts [2]int
	for i, size := range []int{10, 100} {
		var err error
		if counts[i], err = b.countStatements(ctx, d, p.tenancy, http.StatusOK, p.page(1, size)); err != nil {
			return err
		}
	}
	b.report.add(figure{
		name: "its SQL statements", ours: fmt.Sprint(counts[1]), limit: fmt.Sprintf("a page of 10: %d", counts[0]),
		budget: budget{"the same", counts[0] == counts[1]},
	})
	return nil
}
