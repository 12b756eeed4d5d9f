package pull_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
)

// What docs/lifecycle.md says of people and groups whom both paths know.

// known is a village that push and pull have brought, joined.
func known(b *bridge) (p provisioning, ids map[string]string) {
	b.Helper()
	b.pull()
	p = b.provisioning()
	for name, objectID := range map[string]string{"ann": v.ann, "bob": v.bob, "cem": v.cem, "dee": v.dee} {
		p.createUser(upn(name), object{"externalId": objectID})
	}
	b.clock.Advance(2 * time.Hour)
	return p, b.ids()
}

func (p provisioning) shows(path string) int {
	p.Helper()
	status, _ := p.send(http.MethodGet, path, nil)
	return status
}

func TestARenamedPersonIsTheSameRecord(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		p, ids := known(b)
		b.must(b.rename(v.ann, "ann.ohman@contoso.example"))
		b.pull()
		b.same("Entra's rename", []any{ids[v.ann], "ann.ohman@contoso.example"}, []any{b.user(v.ann).ID, b.user(v.ann).UserName})
		p.patch("/Users/"+ids[v.bob], "Replace", "userName", "robert@contoso.example")
		b.same("push's rename", []any{ids[v.bob], "robert@contoso.example"}, []any{b.user(v.bob).ID, b.user(v.bob).UserName})
		b.same("ann is still in crew", true, b.isIn(v.crew, v.ann))
	})
}

func TestSwappedNamesAreSwapped(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		_, ids := known(b)
		b.must(b.rename(v.ann, "between@contoso.example"), b.rename(v.bob, upn("ann")), b.rename(v.ann, upn("bob")))
		run := b.pull()
		b.same("conflicts", 0, run.Counts.Users.Conflicts)
		b.same("ann", []any{ids[v.ann], upn("bob")}, []any{b.user(v.ann).ID, b.user(v.ann).UserName})
		b.same("bob", []any{ids[v.bob], upn("ann")}, []any{b.user(v.bob).ID, b.user(v.bob).UserName})
	})
}

func TestTheNameThatEntraGivesTheDeletedIsNotTakenOver(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		p, ids := known(b)
		b.must(b.tenant.DeleteUser(v.ann)) // Entra writes the object id before the user principal name
		p.patch("/Users/"+ids[v.ann], "Replace", "active", false)
		b.pull()
		ann := b.user(v.ann)
		b.same("ann in the bin", []any{ids[v.ann], upn("ann"), true, false}, []any{ann.ID, ann.UserName, ann.SoftDeleted, ann.Active})
		b.must(b.tenant.RestoreUser(v.ann))
		p.patch("/Users/"+ids[v.ann], "Replace", "active", true)
		b.pull()
		ann = b.user(v.ann)
		b.same("ann is back", []any{ids[v.ann], upn("ann"), false, true}, []any{ann.ID, ann.UserName, ann.SoftDeleted, ann.Active})
		b.same("in her group", true, b.isIn(v.crew, v.ann))
	})
}

func TestTheAddressOfSomebodyWhoLeftMayBeAnothers(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		p, ids := known(b)
		b.must(b.tenant.DeleteUser(v.ann))
		_, err := b.tenant.AddUser(graphemu.Properties{"id": id(5), "userPrincipalName": upn("ann"), "displayName": "Another Ann", "mail": "ann@mail.example"})
		b.must(err)
		b.pull()
		another := b.ids()[id(5)]
		if another == "" || another == ids[v.ann] {
			t.Fatalf("the other Ann is %q, the first %q", another, ids[v.ann])
		}
		adopted := p.createUser(upn("ann"), object{"externalId": id(5)})
		b.same("push means the other Ann", another, adopted)
		b.same("who is in no group of the first", false, b.isIn(v.crew, id(5)))
		b.same("the first is readable still", http.StatusOK, p.shows("/Users/"+ids[v.ann]))
	})
}

func TestSomebodyRehiredIsAnotherRecordWithoutMemberships(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		p, ids := known(b)
		b.must(b.tenant.DeleteUser(v.ann), b.tenant.PurgeUser(v.ann))
		p.delete("/Users/" + ids[v.ann])
		b.pull()
		b.must(b.hire(5, upn("ann")))
		b.pull()
		b.same("the one who left", http.StatusNotFound, p.shows("/Users/"+ids[v.ann]))
		again := b.user(id(5))
		if again.ID == ids[v.ann] || !again.Active || b.isIn(v.crew, id(5)) {
			t.Errorf("rehired as %s (was %s), active %v, in crew %v", again.ID, ids[v.ann], again.Active, b.isIn(v.crew, id(5)))
		}
	})
}

func TestARenamedGroupIsTheSameRecord(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		p, ids := known(b)
		p.createGroup("crew", object{"externalId": v.crew})
		b.must(b.tenant.UpdateGroup(v.crew, graphemu.Properties{"displayName": "Upper deck"}))
		p.patch("/Groups/"+ids[v.crew], "Replace", "displayName", "Upper deck")
		b.pull()
		b.same("its id", ids[v.crew], b.ids()[v.crew])
		b.same("its name", "Upper deck", b.shown().Groups[v.crew])
		b.equalsTruth()
	})
}

func TestAGroupMadeAnewUnderItsNameIsAnother(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		p, ids := known(b)
		p.createGroup("crew", object{"externalId": v.crew})
		p.delete("/Groups/" + ids[v.crew])
		b.must(b.tenant.DeleteGroup(v.crew))
		_, err := b.tenant.AddGroup(graphemu.Properties{"id": id(14), "displayName": "crew"})
		b.must(err)
		b.pull()
		another := p.createGroup("crew", object{"externalId": id(14)})
		b.same("the one of before", http.StatusNotFound, p.shows("/Groups/"+ids[v.crew]))
		b.same("push means the new one", b.ids()[id(14)], another)
		if another == ids[v.crew] || b.isIn(id(14), v.ann) {
			t.Errorf("the new one is %s (was %s), ann in it %v", another, ids[v.crew], b.isIn(id(14), v.ann))
		}
	})
}

func TestManagersMayFormACycle(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.must(b.tenant.SetManager(v.bob, v.cem), b.tenant.SetManager(v.cem, v.ann), b.tenant.SetManager(v.dee, v.dee))
		p, ids := known(b)
		shown := b.shown()
		b.same("who manages ann, bob, cem and dee", []string{v.bob, v.cem, v.ann, v.dee},
			[]string{shown.Users[v.ann].Manager, shown.Users[v.bob].Manager, shown.Users[v.cem].Manager, shown.Users[v.dee].Manager})
		p.patch("/Users/"+ids[v.ann], "Replace", models.ManagerPath, ids[v.dee])
		p.patch("/Users/"+ids[v.dee], "Replace", models.ManagerPath, ids[v.ann])
		b.same("each other's, by push", []string{v.dee, v.ann}, []string{b.shown().Users[v.ann].Manager, b.shown().Users[v.dee].Manager})
		b.pull()
		b.same("everybody is there, and active", []bool{true, true, true, true},
			[]bool{b.user(v.ann).Active, b.user(v.bob).Active, b.user(v.cem).Active, b.user(v.dee).Active})
	})
}

func TestWhoLeavesTheScopeComesBackTheSame(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.pull()
		ann, p := b.user(v.ann), b.provisioning()
		b.must(b.tenant.UpdateUser(v.ann, graphemu.Properties{"userType": "Guest"}))
		b.leaveOut(true, false)
		b.pull()
		b.same("out of scope", http.StatusNotFound, p.shows("/Users/"+ann.ID))
		b.leaveOut(false, false)
		b.pull()
		b.same("back", []any{ann.ID, true}, []any{b.user(v.ann).ID, b.user(v.ann).Active})
		b.equalsTruth() // with the memberships
	})
}

// TestEveryEdgeOfTheLifecycleHasATest reads the tables of docs/lifecycle.md: the last column
// of each row names tests.
func TestEveryEdgeOfTheLifecycleHasATest(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/lifecycle.md")
	if err != nil {
		t.Fatal(err)
	}
	there := testsBelow(t, "..")
	named, rows := regexp.MustCompile("`(Test[A-Za-z0-9_]+)`"), 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "|") || len(cells) < 4 || strings.Contains(line, "---") || strings.Contains(cells[len(cells)-1], "Proof") {
			continue
		}
		rows++
		tests := named.FindAllStringSubmatch(cells[len(cells)-1], -1)
		if len(tests) == 0 {
			t.Errorf("no test proves %s", line)
		}
		for _, test := range tests {
			if !there[test[1]] {
				t.Errorf("there is no %s: %s", test[1], line)
			}
		}
	}
	if rows < 30 {
		t.Errorf("only %d edges were read", rows)
	}
}

// testsBelow are the names of all tests below a folder.
func testsBelow(t *testing.T, root string) map[string]bool {
	t.Helper()
	declared, tests := regexp.MustCompile(`(?m)^func (Test\w+)\(`), make(map[string]bool)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range declared.FindAllSubmatch(text, -1) {
			tests[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(fmt.Errorf("look for tests: %w", err))
	}
	return tests
}
