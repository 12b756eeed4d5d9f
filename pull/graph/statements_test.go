package graph

import (
	"slices"
	"sync/atomic"
	"testing"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// Changes of members take statements by the page, not by the group.
func TestMembersOfManyGroupsTakeAsManyStatementsAsOfOne(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := newOffice(t, graphemu.Size{Users: 60, Groups: 16, GroupsPerUser: 2, Depth: 2}, graphemu.Config{})
		d := newDirectoryOf(t, o, databaseURL)
		var told atomic.Int64
		d.store = storetest.Open(t, databaseURL, store.Options{
			Now: func() models.Instant { return models.At(o.clock.now()) }, Trace: func(string) { told.Add(1) },
		})
		d.runner.Store = d.store
		d.run(models.FullRun)
		statements := func(groups []graphemu.Group) int64 {
			for _, e := range o.tenant.Edges() {
				if slices.ContainsFunc(groups, func(g graphemu.Group) bool { return g.ID == e.GroupID }) {
					d.must(o.tenant.RemoveMember(e.GroupID, e.MemberID))
				}
			}
			before := told.Load()
			d.run(models.IncrementalRun)
			return told.Load() - before
		}
		groups := o.tenant.Groups()
		one, many := statements(groups[:1]), statements(groups[1:])
		d.equals(trulyShown(o.tenant, everybody))
		if one != many {
			t.Errorf("%d statements for the members of one group, %d for those of %d", one, many, len(groups)-1)
		}
	})
}
