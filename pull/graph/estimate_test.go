package graph

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
	"scimbridge/store/storetest"
)

func TestARunTellsHowMuchThereIsToRead(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := newOffice(t, graphemu.Size{Users: 60, Groups: 12, GroupsPerUser: 3, Depth: 3}, small)
		d := newDirectoryOf(t, o, databaseURL)
		expects := func(what string, run models.SyncRun, users, groups int) {
			t.Helper()
			if diff := gocmp.Diff(models.Expected{Users: users, Groups: groups}, run.Expected); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		first := d.run(models.FullRun)
		expects("as the index counts", first, len(o.tenant.Users()), len(o.tenant.Groups()))
		expects("nobody knows how much has changed", d.run(models.IncrementalRun), 0, 0)

		o.emu.Inject(graphemu.Fault{Route: "GET /users/$count", Effect: graphemu.Refuse(403, "Authorization_RequestDenied", "no")})
		second := d.run(models.FullRun)
		expects("as the last full run has read, where Graph does not tell", second, first.Counts.Users.Read, first.Counts.Groups.Read)

		scope := models.Scope{Kind: "groups", IncludeGroups: []string{biggest(o.tenant, "")}}
		d.set(func(m *models.Directory) { m.Settings.Scope = scope })
		third := d.run(models.FullRun)
		expects("as the scope holds", third, third.Counts.Users.Read, third.Counts.Groups.Read)
	})
}
