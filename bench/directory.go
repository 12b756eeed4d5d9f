package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// directory measures a bridge whose directories are filled, one for each size.
func (b *bench) directory(ctx context.Context) (err error) {
	b.report.begin(fmt.Sprintf("Directories of %v users, %d groups a user, nesting to depth %d", b.sizes, groupsPerUser, depth))
	d, err := b.cluster.newDatabase(ctx)
	if err != nil {
		return err
	}
	defer d.drop(ctx)
	p, err := b.startBridge(ctx, d.url, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	started := time.Now()
	var populations []population
	for i, users := range b.sizes {
		spare := 0
		if i == len(b.sizes)-1 {
			spare = additions * len(groupSizes)
		}
		t, err := p.newTenancy(ctx)
		if err != nil {
			return err
		}
		filled, err := d.populate(ctx, t, users, spare, depth)
		if err != nil {
			return err
		}
		populations = append(populations, filled)
	}
	largest := populations[len(populations)-1]
	groups, err := d.fillGroups(ctx, largest)
	if err != nil {
		return err
	}
	if err := d.settle(ctx); err != nil {
		return err
	}
	b.report.note("filled in %s", seconds(time.Since(started)))
	if err := b.lookUps(ctx, d, populations); err != nil {
		return err
	}
	if err := b.addMembers(ctx, largest, groups); err != nil {
		return err
	}
	if err := b.pages(ctx, d, largest); err != nil {
		return err
	}
	return b.atRest(ctx, d, p, largest.users)
}
