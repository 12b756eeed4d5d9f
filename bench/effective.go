package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// The fixture of effective membership: 1,000,000 memberships of people, and groups within
// groups ten deep.
const (
	effectiveUsers = 100_000
	effectiveDepth = 10
)

// explainLimit is what the explanation of a user may take.
const explainLimit = 10.0 // ms

// effective measures what is derived from direct memberships when it is asked for.
func (b *bench) effective(ctx context.Context) error {
	b.report.begin(fmt.Sprintf("Effective membership: %s users in %d groups each, nesting to depth %d",
		number(effectiveUsers), groupsPerUser, effectiveDepth))
	return b.withTenancy(ctx, "", func(d database, t tenancy) error { return b.effectiveIn(ctx, d, t) })
}

func (b *bench) effectiveIn(ctx context.Context, d database, t tenancy) error {
	filled, err := d.populate(ctx, t, effectiveUsers, 0, effectiveDepth)
	if err != nil {
		return err
	}
	groups, err := d.fillGroups(ctx, filled)
	if err != nil {
		return err
	}
	if err := d.settle(ctx); err != nil {
		return err
	}
	if err := b.effectiveReads(ctx, filled); err != nil {
		return err
	}
	if err := b.nest(ctx, filled, groups); err != nil {
		return err
	}
	return b.explain(ctx, filled)
}

func (b *bench) effectiveReads(ctx context.Context, p population) error {
	c, err := dial(ctx, p.tenancy)
	if err != nil {
		return err
	}
	defer c.close()
	one := p.request(http.MethodGet, "/Users/"+userID(effectiveUsers/2), "")
	body, err := c.send(one, http.StatusOK, true)
	if err != nil {
		return err
	}
	var user struct{ Groups []struct{ Type string } }
	if err := json.Unmarshal(body, &user); err != nil {
		return err
	}
	took, err := timed(c, one, p.request(http.MethodGet, "/Users/"+userID(effectiveUsers/2)+"?excludedAttributes=groups", ""),
		p.page(1+effectiveUsers/3, pageSize))
	if err != nil {
		return err
	}
	b.report.add(figure{name: fmt.Sprintf("a user with %d groups, one request at a time", len(user.Groups)), ours: milliseconds(took[0]),
		limit: "without groups " + milliseconds(took[1])})
	b.report.add(figure{name: "page of 100 users with such groups", ours: milliseconds(took[2])})
	return nil
}

// nest puts the largest group into others, and takes it out again: what everybody in it is
// in changes by one row.
func (b *bench) nest(ctx context.Context, p population, groups []sized) error {
	c, err := dial(ctx, p.tenancy)
	if err != nil {
		return err
	}
	defer c.close()
	took := make([][]time.Duration, 2) // the smallest, the largest
	inner := []sized{groups[0], groups[len(groups)-1]}
	for i := range pageReads {
		outer := groupID(marker(1 + i))
		for k, g := range inner {
			started := time.Now()
			if _, err := c.send(p.addMember(outer, g.id), http.StatusNoContent, false); err != nil {
				return err
			}
			took[k] = append(took[k], time.Since(started))
		}
	}
	small, large := median(took[0]), median(took[1])
	b.report.add(figure{name: fmt.Sprintf("nest a group of %s", number(inner[0].members)), ours: milliseconds(small)})
	spread := float64(large) / float64(small)
	b.report.add(figure{name: fmt.Sprintf("nest a group of %s", number(inner[1].members)), ours: milliseconds(large),
		limit: "a group of " + number(inner[0].members), ratio: spread, budget: atMost(spread, memberSpread)})
	return nil
}

// explain asks the admin API why a user is as it is, with all chains of groups.
func (b *bench) explain(ctx context.Context, p population) error {
	var took []time.Duration
	for i := range pageReads {
		var ignored struct{}
		started := time.Now()
		if err := p.admin(ctx, http.MethodGet, "/users/"+userID(marker(1+i))+"/explain", "", &ignored); err != nil {
			return err
		}
		took = append(took, time.Since(started))
	}
	typical := median(took)
	b.report.add(figure{name: "explain a user, admin API", ours: milliseconds(typical),
		budget: under(float64(typical.Microseconds())/1000, explainLimit, "ms")})
	return nil
}
