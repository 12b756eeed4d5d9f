package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
)

// lookUp is a filter that finds one person by a column of its own.
type lookUp struct {
	name   string
	filter func(marker) string
}

var lookUpsOf = []lookUp{
	{"userName eq", func(m marker) string { return `userName eq "` + userName(m) + `"` }},
	{"externalId eq", func(m marker) string { return `externalId eq "` + objectIDPrefix + m.String() + `"` }},
}

// sizeSpread is how much slower the largest directory may be than the smallest.
const sizeSpread = 1.3

// lookUps measures both filters at all sizes.
func (b *bench) lookUps(ctx context.Context, d database, populations []population) error {
	for _, l := range lookUpsOf {
		rates := make([]float64, len(populations))
		for i, p := range populations {
			rate, err := b.lookUp(ctx, d, p, l)
			if err != nil {
				return err
			}
			rates[i] = rate
		}
		for i := 1; i < len(rates); i++ {
			spread := rates[0] / rates[i]
			b.report.add(figure{
				name:  fmt.Sprintf("%s, %s to %s users", l.name, number(populations[0].users), number(populations[i].users)),
				ratio: spread, budget: atMost(spread, sizeSpread),
			})
		}
	}
	return nil
}

// lookUp measures one filter at one size against pgbench on the statement that finds
// the person, and on all statements of the request.
func (b *bench) lookUp(ctx context.Context, d database, p population, l lookUp) (float64, error) {
	request := func(m marker) []byte {
		return p.request(http.MethodGet, "/Users?filter="+url.QueryEscape(l.filter(m)), "")
	}
	recorded, err := b.record(ctx, d, p.tenancy, http.StatusOK, 1, request)
	if err != nil {
		return 0, err
	}
	ours := &load{tenancy: p.tenancy, want: http.StatusOK, request: func(int64) []byte {
		return request(1 + marker(rand.IntN(p.users)))
	}}
	found, err := recorded.only(`FROM "users"`)
	if err != nil {
		return 0, err
	}
	us, limit, err := b.against(ctx,
		func(int) (float64, error) { return ours.round(ctx, b.round) },
		func(int) (float64, error) { return b.pgbench(ctx, d, anyMarker(p.users), found, b.round) })
	if err != nil {
		return 0, err
	}
	b.report.add(figure{
		fmt.Sprintf("%s, %s users", l.name, number(p.users)), perSecond(us),
		"pgbench, look-up " + perSecond(limit), us / limit, atLeast(us/limit, 0.2),
	})
	all, err := b.pgbench(ctx, d, anyMarker(p.users), recorded, b.round)
	b.report.note("pgbench on all %d statements of the request: %s", recorded.statements, perSecond(all))
	return us, err
}
