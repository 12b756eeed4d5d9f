package reconcile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
)

// taken is an admin's choice of the pull's value.
func taken(t *testing.T, path string, n int) said {
	return func(u models.User) models.User {
		t.Helper()
		if err := TakePulled(&u.Standing, path, minute(n)); err != nil {
			t.Fatal(err)
		}
		return u
	}
}

func TestAnAdminOverrulesUntilAPathSaysSomethingDifferent(t *testing.T) {
	type shown struct {
		Living, Active bool
		Title          any
	}
	clerk, pilot := values("title", "Clerk"), values("title", "Pilot")
	both := []said{pushedActive(0, yes(), pilot), found(listAt(5), clerk)}
	for name, tc := range map[string]struct {
		words []said
		want  shown
	}{
		"gone":                             {[]said{overruled(models.Gone, 10)}, shown{false, true, "Pilot"}},
		"gone, and both paths say again":   {[]said{overruled(models.Gone, 10), patchedActive(11, yes()), found(listAt(60), clerk)}, shown{false, true, "Pilot"}},
		"gone, and then a POST":            {[]said{overruled(models.Gone, 10), pushedActive(11, yes(), pilot)}, shown{true, true, "Pilot"}},
		"gone, and withdrawn":              {[]said{overruled(models.Gone, 10), overruled(models.Unheard, 11)}, shown{true, true, "Pilot"}},
		"exists after a DELETE":            {[]said{deleted(10), overruled(models.Exists, 11)}, shown{true, true, "Pilot"}},
		"exists, and a DELETE after it":    {[]said{deleted(10), overruled(models.Exists, 11), deleted(12)}, shown{false, false, "Pilot"}},
		"exists after a purge in Entra":    {[]said{gone(40), overruled(models.Exists, 41)}, shown{true, false, "Pilot"}},
		"exists in the recycle bin":        {[]said{softDeleted(40), overruled(models.Exists, 41)}, shown{true, false, "Pilot"}},
		"inactive":                         {[]said{overruledActive(10, no())}, shown{true, false, "Pilot"}},
		"inactive, and both say active":    {[]said{overruledActive(10, no()), patchedActive(11, yes()), found(listAt(60), nil)}, shown{true, false, "Pilot"}},
		"inactive, then off and on":        {[]said{overruledActive(10, no()), patchedActive(11, no()), patchedActive(12, yes())}, shown{true, true, "Pilot"}},
		"active against push":              {[]said{patchedActive(6, no()), overruledActive(10, yes())}, shown{true, true, "Pilot"}},
		"active, and push says no again":   {[]said{patchedActive(6, no()), overruledActive(10, yes()), patchedActive(11, no())}, shown{true, true, "Pilot"}},
		"active, and push says yes and no": {[]said{patchedActive(6, no()), overruledActive(10, yes()), patchedActive(11, yes()), patchedActive(12, no())}, shown{true, false, "Pilot"}},
		"active, and disabled in Entra":    {[]said{patchedActive(6, no()), overruledActive(10, yes()), disabled(listAt(60))}, shown{true, false, "Pilot"}},
		"active, disabled, enabled again":  {[]said{patchedActive(6, no()), overruledActive(10, yes()), disabled(listAt(60)), found(listAt(70), nil)}, shown{true, false, "Pilot"}},
		"active, but disabled before":      {[]said{disabled(listAt(6)), overruledActive(10, yes())}, shown{true, false, "Pilot"}},
		"active, but a page from before finds them deleted": {[]said{
			deleted(6), overruled(models.Exists, 40), overruledActive(40, yes()), softDeleted(39)}, shown{true, false, "Pilot"}},
		"active, but a page from before finds them disabled, a later one not": {[]said{
			patchedActive(6, no()), overruledActive(40, yes()), disabled(listAt(39)), found(listAt(70), nil)}, shown{true, false, "Pilot"}},
		"active, and a DELETE": {[]said{patchedActive(6, no()), overruledActive(10, yes()), deleted(11)}, shown{false, false, "Pilot"}},

		"the pull's title":                            {[]said{taken(t, "title", 10)}, shown{true, true, "Clerk"}},
		"the pull's title, and push says its own":     {[]said{taken(t, "title", 10), patched(11, pilot)}, shown{true, true, "Clerk"}},
		"the pull's title, and push another":          {[]said{taken(t, "title", 10), patched(11, values("title", "Boss"))}, shown{true, true, "Boss"}},
		"the pull's title, and a PUT without it":      {[]said{taken(t, "title", 10), pushedActive(11, yes(), nil)}, shown{true, true, "Clerk"}},
		"the pull's title, which then changes":        {[]said{taken(t, "title", 10), found(listAt(60), values("title", "Cook"))}, shown{true, true, "Cook"}},
		"the pull's title, changed, and push speaks":  {[]said{taken(t, "title", 10), found(listAt(60), values("title", "Cook")), patched(61, pilot)}, shown{true, true, "Pilot"}},
		"the pull's title, and a page from before it": {[]said{taken(t, "title", 10), found(listAt(9), values("title", "Cook"))}, shown{true, true, "Clerk"}},
		"the pull's title, withdrawn": {[]said{taken(t, "title", 10), func(u models.User) models.User {
			LeaveToRule(&u.Standing, "title")
			return u
		}}, shown{true, true, "Pilot"}},
	} {
		t.Run(name, func(t *testing.T) {
			u := MergeUser(heard(append(both, tc.words...)...), rules)
			if diff := cmp.Diff(tc.want, shown{u.Living, u.Active, u.Attributes["title"]}); diff != "" {
				t.Errorf("ann differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnAdminTakesThePullsManager(t *testing.T) {
	u := MergeUser(heard(
		pushed(0, values(models.ManagerPath, "the boss' id")), found(listAt(5), values(models.ManagerPath, bobID)),
		taken(t, models.ManagerPath, 10),
	), rules)
	if u.ManagerID != "" || u.ManagerObjectID != bobID {
		t.Errorf("the manager is %q, %q", u.ManagerID, u.ManagerObjectID)
	}
}

func TestWhatAnAdminCannotOverrule(t *testing.T) {
	both := []said{pushed(0, values("title", "Pilot", "nickName", "A", "externalId", annID)), found(listAt(5), values("title", "Clerk"))}
	for name, tc := range map[string]struct {
		words     []said
		overrule  func(*models.User) error
		attribute string
	}{
		"who is disabled in Entra":     {[]said{disabled(listAt(6))}, activate, "active"},
		"who is in the recycle bin":    {[]said{softDeleted(6)}, activate, "active"},
		"who is purged":                {[]said{gone(6)}, activate, "active"},
		"a leaf that the pull has not": {nil, func(u *models.User) error { return TakePulled(&u.Standing, "nickName", minute(10)) }, "takePulled"},
		"the key that push knows":      {nil, func(u *models.User) error { return TakePulled(&u.Standing, "externalId", minute(10)) }, "takePulled"},
	} {
		u := heard(append(both, tc.words...)...)
		before := u
		err, _ := tc.overrule(&u).(*models.InvalidError)
		if err == nil || err.Attribute != tc.attribute || cmp.Diff(before, u) != "" {
			t.Errorf("%s: %v, and ann %s", name, err, cmp.Diff(before, u))
		}
	}
}

func activate(u *models.User) error { return OverruleActive(u, yes(), minute(10)) }
