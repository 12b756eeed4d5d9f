package pull_test

import (
	"testing"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
)

func TestADirectoryMayMatchByMail(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.set(func(d *models.Directory) { d.Settings.UserNameFrom = "mail" })
		b.must(b.tenant.UpdateUser(v.ann, graphemu.Properties{"mail": "ann.of@village.example"}))
		pushed := b.provisioning().createUser("Ann.Of@village.example", nil)
		b.pull()
		b.same("ann is found by mail", pushed, b.user(v.ann).ID)
		before := b.tables()
		b.pull()
		b.same("the tables after a quiet run", before, b.tables())
	})
}
