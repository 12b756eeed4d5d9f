package graph

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
)

func scoper(source pull.Source) pull.Scoper { return source.(pull.Scoper) }

// inside are the named groups and all groups inside them, by the truth's edges.
func inside(tenant *graphemu.Tenant, named []string) map[string]bool {
	met := map[string]bool{}
	for _, id := range named {
		met[id] = true
	}
	for grown := true; grown; {
		grown = false
		for _, e := range tenant.Edges() {
			if met[e.GroupID] && e.MemberType == graphemu.TypeGroup && !met[e.MemberID] {
				met[e.MemberID], grown = true, true
			}
		}
	}
	return met
}

func peopleOf(tenant *graphemu.Tenant, named []string) map[string]bool {
	people := map[string]bool{}
	for _, id := range named {
		for _, user := range tenant.TransitiveUsers(id) {
			people[user] = true
		}
	}
	return people
}

func without(all, out map[string]bool) []string {
	left := maps.Clone(all)
	maps.DeleteFunc(left, func(id string, _ bool) bool { return out[id] })
	return slices.Sorted(maps.Keys(left))
}

func TestAScopeEqualsTheTruth(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{EmptyPageEvery: 4})
	random := rand.New(rand.NewPCG(1, 2))
	var ids []string
	for _, g := range o.tenant.Groups() {
		ids = append(ids, g.ID)
	}
	some := func(most int) []string {
		random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		return slices.Clone(ids[:random.IntN(most+1)])
	}
	for range 30 {
		include, exclude := some(6), some(3)
		scope, err := scoper(o.dial(t)).ScopedGroups(t.Context(), include, exclude)
		o.must(t, err)
		in, out := inside(o.tenant, include), inside(o.tenant, exclude)
		var groups []string
		for _, r := range scope.Groups {
			groups = append(groups, r.Group.ObjectID)
			if want := countMembers(o.tenant, r.Group.ObjectID); !r.Complete || len(r.Group.Members) != want || r.Group.Values == nil {
				t.Errorf("%s: %d members, want %d", r.Group.ObjectID, len(r.Group.Members), want)
			}
		}
		outside := without(out, nil)
		for what, pair := range map[string][2][]string{
			"groups":          {without(in, out), groups},
			"users":           {without(peopleOf(o.tenant, include), peopleOf(o.tenant, exclude)), scope.Users},
			"excluded groups": {outside, scope.ExcludedGroups},
			"excluded users":  {without(peopleOf(o.tenant, exclude), nil), scope.ExcludedUsers},
		} {
			if !slices.Equal(pair[0], pair[1]) {
				t.Errorf("include %v, exclude %v: %s differ:\n%s", include, exclude, what, clip(gocmp.Diff(pair[0], pair[1])))
			}
		}
		if scope.Vanished != nil || scope.Untold != nil {
			t.Errorf("vanished %v, untold %v", scope.Vanished, scope.Untold)
		}
	}
}

func countMembers(tenant *graphemu.Tenant, group string) (n int) {
	for _, e := range tenant.Edges() {
		if e.GroupID == group {
			n++
		}
	}
	return n
}

// nest adds groups, each with the one before and a person of its own inside.
func (o *office) nest(t testing.TB, depth int) (outermost string, people []string) {
	t.Helper()
	for i := range depth {
		name := fmt.Sprintf("nested-%d", i)
		group, err := o.tenant.AddGroup(graphemu.Properties{"displayName": name, "mailNickname": name, "mailEnabled": false, "securityEnabled": true})
		o.must(t, err)
		user, err := o.tenant.AddUser(graphemu.Properties{"displayName": name, "userPrincipalName": name + "@contoso.example", "mailNickname": name})
		o.must(t, err)
		o.must(t, o.tenant.AddMember(group, user))
		if outermost != "" {
			o.must(t, o.tenant.AddMember(group, outermost))
		}
		outermost, people = group, append(people, user)
	}
	slices.Sort(people)
	return outermost, people
}

// A level of up to ten groups is one request, and so are 300 people: nothing else of
// the tenant is read.
func TestASmallScopeIsReadCheaply(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	group, people := o.nest(t, 3)
	source := o.dial(t)
	scope, err := scoper(source).ScopedGroups(t.Context(), []string{strings.ToUpper(group), group}, nil)
	o.must(t, err)
	if !slices.Equal(scope.Users, people) || len(scope.Groups) != 3 || source.Usage().Requests != 3 {
		t.Errorf("%d people, %d groups with %d requests", len(scope.Users), len(scope.Groups), source.Usage().Requests)
	}
	page, err := scoper(source).ScopedUsers(t.Context(), scope.Users)
	o.must(t, err)
	if len(page.Items) != 3 || source.Usage().Requests != 4 {
		t.Errorf("%d people with %d requests", len(page.Items), source.Usage().Requests)
	}
	for route := range o.emu.Meter().Requests {
		if strings.Contains(route, "delta") || route == "GET /groups" {
			t.Errorf("asked %s", route)
		}
	}
}

func TestLoopsAndDiamondsAreReadOnce(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	outer, people := o.nest(t, 4)
	inner := slices.Collect(maps.Keys(inside(o.tenant, []string{outer})))
	for _, id := range inner { // everybody in everybody, itself left aside
		for _, other := range inner {
			if id != other {
				_ = o.tenant.AddMember(id, other) // some are there already
			}
		}
	}
	scope, err := scoper(o.dial(t)).ScopedGroups(t.Context(), []string{outer}, nil)
	o.must(t, err)
	if !slices.Equal(scope.Users, people) || len(scope.Groups) != 4 {
		t.Errorf("%d people, %d groups", len(scope.Users), len(scope.Groups))
	}
	if n := o.emu.Meter().Requests["GET /groups/{id}/members"]; n != 4 {
		t.Errorf("%d lists of members for 4 groups", n)
	}
}

// Three different words: a named group that is gone, a group that is on its way, and an
// empty one.
func TestWhatAScopeCannotTellIsReported(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	outer, _ := o.nest(t, 2)
	nobody := "00000000-0000-4000-8000-000000000000"
	gone := o.tenant.Groups()[0].ID
	o.must(t, o.tenant.DeleteGroup(gone))
	scope, err := scoper(o.dial(t)).ScopedGroups(t.Context(), []string{outer, nobody}, []string{gone})
	o.must(t, err)
	want := []string{nobody, gone}
	slices.Sort(want)
	if !slices.Equal(scope.Vanished, want) || scope.Untold != nil || len(scope.Groups) != 2 || len(scope.Users) != 2 {
		t.Errorf("vanished %v, untold %v, %d groups", scope.Vanished, scope.Untold, len(scope.Groups))
	}
	o.emu.Inject(graphemu.Fault{Route: "GET /groups/{id}/members", Times: 1, Effect: graphemu.Refuse(404, "Request_ResourceNotFound", "Resource does not exist.")})
	scope, err = scoper(o.dial(t)).ScopedGroups(t.Context(), []string{outer}, nil)
	o.must(t, err)
	if !slices.Equal(scope.Untold, []string{outer}) || scope.Vanished != nil || scope.Groups[0].Complete {
		t.Errorf("untold %v, vanished %v", scope.Untold, scope.Vanished)
	}
}

func TestScopedUsersEqualTheTruth(t *testing.T) {
	for name, config := range map[string]graphemu.Config{"as documented": {}, "with empty pages": {EmptyPageEvery: 2}} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, graphemu.Demo, config)
			ids, want := o.missing(t)
			for _, u := range o.tenant.Users()[60:] {
				ids, want = append(ids, u.ID), append(want, trueUser(u))
			}
			source := o.dial(t)
			page, err := scoper(source).ScopedUsers(t.Context(), ids)
			o.must(t, err)
			if diff := gocmp.Diff(want, page.Items); diff != "" {
				t.Errorf("users differ (-truth +read):\n%s", clip(diff))
			}
			lists := (len(ids) + 299) / 300
			if n := source.Usage().Requests; name == "as documented" && n > lists+3 {
				t.Errorf("%d requests for %d users", n, len(ids))
			}
		})
	}
}

// Section 1.2: what Graph does not support it may ignore without an error.
func TestAnIgnoredFilterIsNoScope(t *testing.T) {
	s := batchStub(t, func(id string, ask part) string {
		return fmt.Sprintf(`{"id":%q,"status":200,"body":{"value":[{"id":"00000000-0000-4000-8000-000000000009","userPrincipalName":"x@contoso.example"}]}}`, id)
	})
	source, _ := s.dial(t)
	_, err := scoper(source).ScopedUsers(t.Context(), []string{"00000000-0000-4000-8000-000000000001"})
	if e := sourceError(t, err); e.Code != codeBadAnswer {
		t.Errorf("got %+v", e)
	}
}

func TestLatestLinksTellWhatChangesFromNowOn(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	source := o.dial(t)
	users, groups, err := scoper(source).LatestLinks(t.Context())
	o.must(t, err)
	if n := source.Usage().Requests; n != 2 {
		t.Errorf("%d requests", n)
	}
	changed := o.tenant.Users()[3].ID
	o.must(t, o.tenant.UpdateUser(changed, graphemu.Properties{"jobTitle": "Sailor"}))
	var told []string
	_, err = readRound(t, users, source.UsersDelta, func(u models.SourceUser) { told = append(told, u.ObjectID) })
	o.must(t, err)
	_, err = readRound(t, groups, source.GroupsDelta, func(g models.SourceGroup) { told = append(told, g.ObjectID) })
	o.must(t, err)
	if !slices.Equal(told, []string{changed}) {
		t.Errorf("told of %v, want %s", told, changed)
	}
}
