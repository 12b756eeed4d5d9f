package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
)

// lookUp finds one person by a column of its own.
type lookUp struct {
	name string
	path func(marker) string
}

func filtered(text string) string { return "/Users?filter=" + url.QueryEscape(text) }

var lookUpsOf = []lookUp{
	{"GET by id", func(m marker) string { return "/Users/" + userID(m) }},
	{"userName eq", func(m marker) string { return filtered(`userName eq "` + userName(m) + `"`) }},
	{"externalId eq", func(m marker) string { return filtered(`externalId eq "` + objectIDPrefix + m.String() + `"`) }},
}

// sizeSpread is how much slower the largest directory may be than the smallest, and
// lookUpShare how much of pgbench on all of its SQL is reached (docs/decisions/010).
const (
	sizeSpread  = 1.3
	lookUpShare = 0.25
)

// lookUps measures all of them at all sizes.
func (b *bench) lookUps(ctx context.Context, d database, populations []population) error {
	if err := b.ceiling(ctx, populations[0]); err != nil {
		return err
	}
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

// lookUp measures one of them at one size against two limits: pgbench on the statement
// that finds the person, and on all that the request says to PostgreSQL.
func (b *bench) lookUp(ctx context.Context, d database, p population, l lookUp) (float64, error) {
	request := func(m marker) []byte { return p.request(http.MethodGet, l.path(m), "") }
	recorded, err := b.record(ctx, d, p.tenancy, http.StatusOK, 1, request)
	if err != nil {
		return 0, err
	}
	found, err := recorded.only("SELECT users.id")
	if err != nil {
		return 0, err
	}
	ours := &load{tenancy: p.tenancy, want: http.StatusOK, request: func(int64) []byte {
		return request(1 + marker(rand.IntN(p.users)))
	}}
	var all []float64
	us, limit, err := b.against(ctx,
		func(int) (float64, error) { return ours.round(ctx, b.round) },
		func(int) (float64, error) {
			rate, err := b.pgbench(ctx, d, anyMarker(p.users), recorded, b.round)
			if err != nil {
				return 0, err
			}
			all = append(all, rate)
			return b.pgbench(ctx, d, anyMarker(p.users), found, b.round)
		})
	if err != nil {
		return 0, err
	}
	ratio := us / median(all)
	b.report.add(figure{
		fmt.Sprintf("%s, %s users", l.name, number(p.users)), perSecond(us),
		"pgbench, its SQL " + perSecond(median(all)), ratio, atLeast(ratio, lookUpShare),
	})
	b.report.add(figure{name: "…", limit: "pgbench, only to find them " + perSecond(limit), ratio: us / limit})
	b.report.note("its SQL: %d statements, waited for %d times", recorded.statements, recorded.waits())
	return us, nil
}
