package graph

import (
	"testing"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
	"scimbridge/store/storetest"
)

func TestALookAtOneWhoIsBackReadsTheirGroups(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := newOffice(t, graphemu.Size{Users: 30, Groups: 6, GroupsPerUser: 2, Depth: 2}, small)
		d := newDirectoryOf(t, o, databaseURL)
		d.run(models.FullRun)
		left, joined, id := d.twoGroups()
		d.must(o.tenant.DeleteUser(id))
		d.run(models.IncrementalRun)
		d.must(o.tenant.RestoreUser(id))
		d.must(o.tenant.RemoveMember(left, id))
		d.must(o.tenant.AddMember(joined, id))
		d.must(d.runner.LookAt(t.Context(), d.id, id))
		d.equals(trulyShown(o.tenant, everybody))
		d.run(models.FullRun)
		d.equals(trulyShown(o.tenant, everybody))
	})
}

// twoGroups are one that an enabled user is in, one that they are not in, and the user.
func (d *bridged) twoGroups() (in, other, user string) {
	edges := make(map[string]bool)
	for _, e := range d.tenant.Edges() {
		edges[e.GroupID+e.MemberID] = true
	}
	for _, u := range d.tenant.Users() {
		in, other = "", ""
		for _, g := range d.tenant.Groups() {
			switch {
			case !g.SecurityEnabled || g.Unified() || len(g.GroupTypes) > 0 || !u.AccountEnabled:
			case edges[g.ID+u.ID]:
				in = g.ID
			default:
				other = g.ID
			}
		}
		if in != "" && other != "" {
			return in, other, u.ID
		}
	}
	d.Fatal("nobody is in one group and not in another")
	return "", "", ""
}

func TestALookLeavesWhoIsOutOfScopeThere(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := newOffice(t, graphemu.Size{Users: 60, Groups: 12, GroupsPerUser: 3, Depth: 3}, small)
		d := newDirectoryOf(t, o, databaseURL)
		d.run(models.FullRun)
		scope := models.Scope{Kind: "groups", IncludeGroups: []string{biggest(o.tenant, "")}}
		d.set(func(m *models.Directory) { m.Settings.Scope = scope })
		d.run(models.FullRun)
		want := trulyShown(o.tenant, o.inScope(scope))
		d.equals(want)
		for _, u := range o.tenant.Users() {
			d.must(d.runner.LookAt(t.Context(), d.id, u.ID))
		}
		d.equals(want)
	})
}
