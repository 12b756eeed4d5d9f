package pull_test

import (
	"testing"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
)

func TestALookAtOnePersonCountsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.pull()
		b.must(b.tenant.UpdateUser(v.ann, graphemu.Properties{"accountEnabled": false}))
		b.pull()
		b.same("disabled by the pull", false, b.user(v.ann).Active)

		b.must(b.tenant.UpdateUser(v.ann, graphemu.Properties{"accountEnabled": true}))
		b.provisioning().patch("/Users/"+b.user(v.ann).ID, "Replace", "active", true)
		b.same("push's word alone does not outweigh it", false, b.user(v.ann).Active)

		b.must(b.runner.LookAt(b.Context(), b.directory.ID, v.ann))
		b.same("Graph was asked", true, b.user(v.ann).Active)

		b.must(b.tenant.DeleteUser(v.ann))
		b.must(b.runner.LookAt(b.Context(), b.directory.ID, v.ann))
		b.same("in the bin", []bool{true, false}, []bool{b.user(v.ann).SoftDeleted, b.user(v.ann).Active})
		b.pull()
		b.equalsTruth()
	})
}

func TestALookInTestModeWritesNothing(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.pull()
		b.must(b.tenant.UpdateUser(v.ann, graphemu.Properties{"accountEnabled": false}))
		b.set(func(d *models.Directory) { d.Mode = models.TestMode })
		b.must(b.runner.LookAt(b.Context(), b.directory.ID, v.ann))
		b.same("as before", true, b.user(v.ann).Active)
	})
}
