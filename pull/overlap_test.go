package pull_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/store/storetest"
)

// While the pull has the edges of somebody in hand, push takes them out of a group. What
// push has been answered stands, whichever of the two writes last.
func TestAPushBetweenReadingAnEdgeAndWritingItIsNotLost(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.PostgreSQL(t), villagers) // SQLite lets one in at a time
	b.pull()
	p, ids := b.provisioning(), b.ids()
	p.createUser("ann@contoso.example", object{"externalId": v.ann})
	p.createGroup("crew", object{"externalId": v.crew, "members": []object{{"value": ids[v.ann]}}})
	b.must(b.tenant.DeleteUser(v.ann))
	b.pull()
	b.must(b.tenant.RestoreUser(v.ann))
	b.clock.Advance(time.Hour)
	b.listen()
	b.wrap = func(s pull.Source) pull.Source { return retold{Source: s, bridge: b} }
	p, taken := b.provisioning(), 0
	b.onStatement = func(sql string) {
		if taken == 0 && strings.HasPrefix(sql, "SELECT") && strings.Contains(sql, `"memberships"`) && strings.Contains(sql, "member_id = '"+ids[v.ann]) {
			taken++
			p.says("PATCH", "/Groups/"+ids[v.crew], patchOf("Remove", fmt.Sprintf("members[value eq %q]", ids[v.ann]), nil))
		}
	}
	b.must(b.runner.LookAt(b.Context(), b.directory.ID, v.ann))
	b.same("how often push was between", 1, taken)
	b.same("push's word", []string{fmt.Sprint("[{", models.Out, " true}]")}, b.rows("SELECT push_says FROM memberships WHERE member_id = '"+ids[v.ann]+"'"))
	if edges := b.shown().Edges; len(edges) != 3 { // those of the others
		b.Errorf("who was taken out is in: %v", edges)
	}
}
