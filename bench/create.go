package main

import (
	"context"
	"fmt"
	"net/http"
)

// Ranges of markers that do not meet.
const (
	recordedMarkers = 900_000_000_000
	ourMarkers      = 100_000_000_000
	pgbenchMarkers  = 200_000_000_000
	// roundOfMarkers is more than one round of pgbench can use up.
	roundOfMarkers = 1_000_000_000
)

// statementsPromised is how many statements a POST /Users may take.
const statementsPromised = 7

// create measures POST /Users.
func (b *bench) create(ctx context.Context) error {
	b.report.begin("POST /Users, PostgreSQL, 8 connections")
	return b.withTenancy(ctx, "", func(d database, t tenancy) error { return b.createIn(ctx, d, t) })
}

func (b *bench) createIn(ctx context.Context, d database, t tenancy) error {
	s, err := b.record(ctx, d, t, http.StatusCreated, recordedMarkers, t.createUser)
	if err != nil {
		return err
	}
	ours := &load{tenancy: t, want: http.StatusCreated, request: func(n int64) []byte {
		return t.createUser(ourMarkers + marker(n))
	}}
	us, limit, err := b.against(ctx,
		func(int) (float64, error) { return ours.round(ctx, b.round) },
		func(round int) (float64, error) {
			first := pgbenchMarkers + marker(round)*roundOfMarkers
			return b.pgbench(ctx, d, insertMarkers(first), s, b.round)
		})
	if err != nil {
		return err
	}
	b.report.add(figure{"POST /Users", perSecond(us), "pgbench, its SQL " + perSecond(limit), us / limit, atLeast(us/limit, 0.5)})
	b.report.add(figure{name: "its SQL statements", ours: fmt.Sprint(s.statements), limit: fmt.Sprintf("waited for %d times", s.waits()),
		budget: budget{fmt.Sprintf("≤ %d", statementsPromised), s.statements <= statementsPromised}})
	return nil
}
