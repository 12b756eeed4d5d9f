package pull_test

import (
	"testing"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
)

func demo(b *bridge) *graphemu.Tenant { return graphemu.Company(7, graphemu.Demo, b.clock.Now) }

func TestAFirstPullBringsTheWholeCompany(t *testing.T) {
	t.Parallel()
	each(t, demo, func(b *bridge) {
		run := b.pull()
		b.equalsTruth()
		users, groups := len(b.tenant.Users()), len(b.tenant.Groups())
		want := models.Counts{
			Users:       models.RecordCounts{Read: users, Created: users},
			Groups:      models.RecordCounts{Read: groups, Created: groups},
			Memberships: models.EdgeCounts{Read: len(truth(b.tenant, company{}).Edges), Added: len(truth(b.tenant, company{}).Edges)},
		}
		b.same("the counts", want, run.Counts)
		if items := b.items(run); len(items) != users+groups {
			b.Errorf("%d items, want one for each of %d users and %d groups", len(items), users, groups)
		}
	})
}
