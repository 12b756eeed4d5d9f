package graph

import (
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestEveryOptionalAttributeCanBeLeftOut(t *testing.T) {
	names := func(of []attribute) (names []string) {
		for _, a := range of {
			names = append(names, a.name)
		}
		return names
	}
	if diff := gocmp.Diff(models.UserAttributes, names(userAttributes)); diff != "" {
		t.Error(diff)
	}
	if diff := gocmp.Diff(models.GroupAttributes, names(groupAttributes)); diff != "" {
		t.Error(diff)
	}
	nothing := newSelection(models.Selection{Users: models.Chosen{}, Groups: models.Chosen{}})
	user, _ := scanUser(&scanner{data: []byte(`{"id":"f0c3b7de-8a11-4e46-a3a5-5f3f0f9d7c02","userPrincipalName":"a@contoso.example",
		"accountEnabled":true,"userType":"Guest","displayName":"A","manager":{"id":"f0c3b7de-8a11-4e46-a3a5-5f3f0f9d7c03"}}`)})
	said := mapping{selection: nothing}.user(&user, true)
	if diff := gocmp.Diff(map[string]any{"userName": "a@contoso.example"}, said.Values); diff != "" {
		t.Errorf("what is said of a user with no optional attribute (-want +got):\n%s", diff)
	}
	group := mapping{selection: nothing}.group(graphGroup{id: "x", whole: true, display: "Crew", isUnified: true})
	if diff := gocmp.Diff(map[string]any{"displayName": "Crew"}, group.Values); diff != "" {
		t.Errorf("what is said of a group with no optional attribute (-want +got):\n%s", diff)
	}
}

// said counts whom the pull has said something of under a path, and who shows it.
func (d *bridged) said(path string) (said, shows int) {
	d.Helper()
	users, err := d.store.SearchUsers(d.Context(), d.id, store.Search{Limit: 100_000})
	d.must(err)
	for _, u := range users {
		if _, has := u.PullWords[path]; has {
			said++
		}
		if slices.ContainsFunc(models.Flatten(u.Attributes), func(l models.Leaf) bool { return l.Path == path }) {
			shows++
		}
	}
	return said, shows
}

func TestWhatADirectoryDoesNotStoreIsNeitherReadNorKept(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := newOffice(t, graphemu.Size{Users: 60, Groups: 12, GroupsPerUser: 3, Depth: 3}, small)
		d := newDirectoryOf(t, o, databaseURL)
		d.set(func(m *models.Directory) { m.Settings.Guard = models.DefaultSettings().Guard })
		d.run(models.FullRun)
		d.must(o.tenant.DeleteUser(o.tenant.Users()[0].ID)) // whom the next round does not read
		d.run(models.IncrementalRun)
		titles, office := d.withTitle(), pathOffice
		if _, shows := d.said(office); titles == 0 || shows == 0 {
			t.Fatal("nobody has a title or an office")
		}

		without := slices.DeleteFunc(slices.Clone(models.UserAttributes), func(name string) bool {
			return slices.Contains([]string{"jobTitle", "officeLocation", "manager"}, name)
		})
		d.set(func(m *models.Directory) {
			m.Settings.Attributes = models.Selection{Users: without, Groups: models.Chosen{"kind"}}
		})
		var asked strings.Builder
		o.emu.Configure(func(c *graphemu.Config) {
			c.OnRequest = func(r graphemu.Request) { asked.WriteString(r.RawQuery + "\n") }
		})
		dry := d.plan()
		run := d.run(models.IncrementalRun)
		if !run.Full {
			t.Error("the first round of another selection is to be a full one")
		}
		if diff := gocmp.Diff(run.Counts, dry.Counts); diff != "" {
			t.Errorf("the plan differs (-run +plan):\n%s", diff)
		}
		for _, path := range []string{pathTitle, office, models.ManagerPath} {
			if said, shows := d.said(path); said+shows != 0 {
				t.Errorf("%s: of %d users the pull still says something, %d show it", path, said, shows)
			}
		}
		for _, property := range []string{"jobTitle", "officeLocation", "manager", "description"} {
			if strings.Contains(asked.String(), property) {
				t.Errorf("%s was asked for", property)
			}
		}
		if quiet := d.run(models.IncrementalRun); quiet.Full || quiet.Counts != (models.Counts{}) {
			t.Errorf("the round after it: full %v, %+v", quiet.Full, quiet.Counts)
		}

		d.set(func(m *models.Directory) { m.Settings.Attributes = models.Selection{} })
		d.run(models.IncrementalRun)
		if again := d.withTitle(); again != titles-1 { // who is in the bin is not read
			t.Errorf("%d have a title again, %d had one", again, titles)
		}
	})
}

// plan performs a dry run.
func (d *bridged) plan() models.SyncRun {
	d.Helper()
	run, err := d.store.CreateRun(d.Context(), models.SyncRun{DirectoryID: d.id, Kind: models.IncrementalRun, DryRun: true, Trigger: models.ByAdmin},
		func(*store.Tx, models.SyncRun) error { return nil })
	d.must(err)
	d.must(d.runner.Work(d.Context(), d.id, run.ID))
	run, err = d.store.Run(d.Context(), d.id, run.ID)
	d.must(err)
	if run.State != models.Succeeded {
		d.Fatalf("the dry run ended %s: %+v", run.State, run.Failure)
	}
	return run
}
