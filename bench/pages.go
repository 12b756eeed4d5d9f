package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// pageReads is how often each page is read, and pageSize how many stand on it.
const (
	pageReads = 25
	pageSize  = 100
)

// pageSpread is how much slower the last page may be than the first.
const pageSpread = 1.3

// pages reads pages of 100 users with their groups, all in turn: by index from the
// beginning, the middle and the end, and by cursor the first and the last.
func (b *bench) pages(ctx context.Context, d database, p population) error {
	c, err := dial(ctx, p.tenancy)
	if err != nil {
		return err
	}
	defer c.close()
	all := p.users // who are in groups; the spare ones behind them are not
	cursor, walked, err := p.lastCursor(c, all)
	if err != nil {
		return err
	}
	took, err := timed(c, p.page(1, pageSize), p.page(all/2, pageSize), p.page(all-pageSize+1, pageSize), p.byCursor(""), p.byCursor(cursor))
	if err != nil {
		return err
	}
	b.report.add(figure{name: "page of 100 users with groups, by index", ours: milliseconds(took[0])})
	b.deep(fmt.Sprintf("… from the middle, the %sth", number(all/2)), took[1], took[0], false)
	b.deep(fmt.Sprintf("… from the end, the %sth", number(all-pageSize+1)), took[2], took[0], true)
	b.report.add(figure{name: "page of 100 users with groups, by cursor", ours: milliseconds(took[3])})
	b.deep(fmt.Sprintf("… the last of %s", number(walked)), took[4], took[3], true)
	return b.pageStatements(ctx, d, p)
}

func (b *bench) deep(name string, took, first time.Duration, promised bool) {
	f := figure{name: name, ours: milliseconds(took), limit: "the first page", ratio: float64(took) / float64(first)}
	if promised {
		f.budget = atMost(f.ratio, pageSpread)
	}
	b.report.add(f)
}

// timed sends requests in turn, again and again, and answers the median of each.
func timed(c *caller, requests ...[]byte) ([]time.Duration, error) {
	took := make([][]time.Duration, len(requests))
	for range pageReads {
		for i, request := range requests {
			started := time.Now()
			if _, err := c.send(request, http.StatusOK, false); err != nil {
				return nil, err
			}
			took[i] = append(took[i], time.Since(started))
		}
	}
	medians := make([]time.Duration, len(requests))
	for i := range took {
		medians[i] = median(took[i])
	}
	return medians, nil
}

func (p population) page(start, count int) []byte {
	return p.request(http.MethodGet, fmt.Sprintf("/Users?startIndex=%d&count=%d", start, count), "")
}

func (p population) byCursor(cursor string) []byte {
	return p.request(http.MethodGet, fmt.Sprintf("/Users?count=%d&cursor=%s", pageSize, url.QueryEscape(cursor)), "")
}

// lastCursor goes through the whole list by cursor, reading ids alone, up to the last
// whole page. It answers how many pages that is.
func (p population) lastCursor(c *caller, all int) (string, int, error) {
	cursor := ""
	pages := all / pageSize
	for range pages - 1 {
		body, err := c.send(p.request(http.MethodGet, fmt.Sprintf("/Users?attributes=id&count=%d&cursor=%s", pageSize, url.QueryEscape(cursor)), ""), http.StatusOK, true)
		if err != nil {
			return "", 0, err
		}
		var page struct{ NextCursor string }
		if err := json.Unmarshal(body, &page); err != nil {
			return "", 0, err
		}
		cursor = page.NextCursor
	}
	return cursor, pages, nil
}

// pageStatements compares how many statements pages of two sizes take.
func (b *bench) pageStatements(ctx context.Context, d database, p population) error {
	var counts [2]int
	for i, size := range []int{10, pageSize} {
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
