package graph

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
)

func presence(source pull.Source) pull.Presence { return source.(pull.Presence) }

// groupsOfTruth are the living direct groups of users, in order.
func groupsOfTruth(tenant *graphemu.Tenant) map[string][]string {
	groups := map[string][]string{}
	for _, e := range tenant.Edges() {
		if e.MemberType == graphemu.TypeUser {
			groups[e.MemberID] = append(groups[e.MemberID], e.GroupID)
		}
	}
	return groups
}

func TestUsersAreReadWholeWithTheirGroups(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	ids, want := o.missing(t)
	source := o.dial(t)
	readings, err := presence(source).ReadUsers(t.Context(), ids)
	o.must(t, err)
	truth := groupsOfTruth(o.tenant)
	var got []models.SourceUser
	for _, r := range readings {
		got = append(got, r.User)
		if !r.SentAt.Equal(o.clock.now()) {
			t.Errorf("%s was sent at %v", r.User.ObjectID, r.SentAt)
		}
		slices.Sort(r.Groups)
		groups := truth[r.User.ObjectID]
		slices.Sort(groups)
		lives := r.User.Existence == models.Exists
		if lives == r.GroupsAt.IsZero() || lives == (r.Groups == nil) || lives && !slices.Equal(r.Groups, groups) {
			t.Errorf("%s (%s): groups %v at %v, want %v", r.User.ObjectID, r.User.Existence, r.Groups, r.GroupsAt, groups)
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("users differ (-truth +read):\n%s", clip(diff))
	}
	// Three batches of people, their groups in three more; of those in a batch who are
	// missing one look into the bin and one again among the living.
	if n := source.Usage().Requests; n > 3+3+2*3 {
		t.Errorf("%d requests", n)
	}
}

// Section 1.3: memberOf mixes groups with roles and administrative units, and a page
// may be empty and not the last.
func TestGroupsOfAUserComeInPagesAndMixed(t *testing.T) {
	const user, group = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-0000000000%02d"
	item := func(kind string, n int) string {
		return fmt.Sprintf(`{"@odata.type":"#microsoft.graph.%s","id":"`+group+`"}`, kind, n)
	}
	var s *stub
	batches := batchAnswer(t, func(id string, ask part) string {
		if !strings.Contains(ask.URL, "/memberOf") {
			return fmt.Sprintf(`{"id":%q,"status":200,"body":{"id":%q,"userPrincipalName":"ann@contoso.example"}}`, id, user)
		}
		return fmt.Sprintf(`{"id":%q,"status":200,"body":{"@odata.nextLink":"%s/v1.0/users/x/memberOf?$skiptoken=2","value":[%s,%s]}}`,
			id, s.URL, item("group", 1), item("directoryRole", 2))
	})
	s = newStub(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			batches(w, r)
		case strings.HasSuffix(r.URL.RawQuery, "=2"):
			reply(w, 200, fmt.Sprintf(`{"@odata.nextLink":"%s/v1.0/users/x/memberOf?$skiptoken=3","value":[]}`, s.URL))
		default:
			reply(w, 200, `{"value":[`+item("administrativeUnit", 3)+`,`+item("group", 4)+`]}`)
		}
	})
	source, _ := s.dial(t)
	readings, err := presence(source).ReadUsers(t.Context(), []string{user})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{fmt.Sprintf(group, 1), fmt.Sprintf(group, 4)}
	if !slices.Equal(readings[0].Groups, want) {
		t.Errorf("got %v, want %v", readings[0].Groups, want)
	}
}

func TestAGroupIsReadWhole(t *testing.T) {
	for name, effect := range map[string]graphemu.Effect{
		"as documented":            nil,
		"pages of 100 are refused": graphemu.MaxPageSize(70),
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, graphemu.Demo, graphemu.Config{EmptyPageEvery: 3})
			if effect != nil {
				o.emu.Inject(graphemu.Fault{Route: "GET /groups/{id}/members", Effect: effect})
			}
			source, truth := o.dial(t), truth(o.tenant)
			var ids []string
			for _, g := range o.tenant.Groups() {
				ids = append(ids, strings.ToUpper(g.ID))
			}
			readings, err := presence(source).ReadGroups(t.Context(), ids)
			o.must(t, err)
			for i, g := range o.tenant.Groups() {
				reading := readings[i]
				if diff := gocmp.Diff(trueGroup(g), reading.Group.Values); diff != "" || !reading.Complete || reading.Group.Existence != models.Exists {
					t.Fatalf("%+v, values differ:\n%s", reading, diff)
				}
				got := map[edge]bool{}
				for _, m := range reading.Group.Members {
					got[edge{g.ID, m.ObjectID, m.Kind}] = true
				}
				want, above := map[edge]bool{}, []string{}
				for e := range truth.Members {
					if e.Group == g.ID {
						want[e] = true
					}
					if e.Member == g.ID {
						above = append(above, e.Group)
					}
				}
				slices.Sort(above)
				slices.Sort(reading.Parents)
				if diff := gocmp.Diff(above, reading.Parents); diff != "" || reading.ParentsAt.IsZero() {
					t.Fatalf("the groups above %s differ (-truth +read):\n%s", g.DisplayName, diff)
				}
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Fatalf("members of %s differ (-truth +read):\n%s", g.DisplayName, clip(diff))
				}
			}
			if n, groups := source.Usage().Requests, len(o.tenant.Groups()); effect == nil && n > groups/10+groups/20+4 {
				t.Errorf("%d requests for %d groups", n, groups)
			}
		})
	}
}

// A group without its members is no empty group.
func TestAMissingGroupHasNoEmptyList(t *testing.T) {
	const group = "00000000-0000-4000-8000-000000000001"
	known := `{"id":%q,"status":200,"body":{"id":"` + group + `","displayName":"Crew"}}`
	members := `{"id":%q,"status":200,"body":{"value":[]}}`
	unknown := `{"id":%q,"status":404,"body":{"error":{"code":"Request_ResourceNotFound"}}}`
	for name, tc := range map[string]struct {
		group, members string
		want           models.Existence
		complete       bool
	}{
		"gone":                      {unknown, unknown, models.Gone, false},
		"deleted while it was read": {unknown, members, models.Gone, false},
		"not replicated yet":        {known, unknown, models.Exists, false},
		"empty":                     {known, members, models.Exists, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := batchStub(t, func(id string, ask part) string {
				if strings.Contains(ask.URL, "/member") { // also memberOf
					return fmt.Sprintf(tc.members, id)
				}
				return fmt.Sprintf(tc.group, id)
			})
			source, clock := s.dial(t)
			readings, err := presence(source).ReadGroups(t.Context(), []string{group})
			if err != nil {
				t.Fatal(err)
			}
			reading := readings[0]
			if reading.Group.Existence != tc.want || reading.Complete != tc.complete || reading.Group.Members != nil {
				t.Errorf("got %+v", reading)
			}
			if !reading.SentAt.Equal(clock.now()) {
				t.Errorf("sent at %v", reading.SentAt)
			}
		})
	}
}

func TestAGroupThatCannotBeReadIsAnError(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	for name, effect := range map[string]graphemu.Effect{
		"denied":                    graphemu.Refuse(403, "Authorization_RequestDenied", "Insufficient privileges."),
		"every page size is denied": graphemu.MaxPageSize(1),
		"fails for ever":            graphemu.InternalError(),
		"HTML for ever":             graphemu.HTML(200),
	} {
		t.Run(name, func(t *testing.T) {
			defer o.emu.ClearFaults()
			o.emu.Inject(graphemu.Fault{Route: "GET /groups/{id}/members", Effect: effect})
			readings, err := presence(o.dial(t)).ReadGroups(t.Context(), []string{o.tenant.Groups()[0].ID})
			if sourceError(t, err); readings != nil {
				t.Errorf("got %+v with the error", readings)
			}
		})
	}
}

func TestReadingStopsAtTheFirstError(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	o.emu.Inject(graphemu.Fault{Route: "GET /users/{id}", Every: 50, Effect: graphemu.Refuse(403, "Authorization_RequestDenied", "no")})
	var ids []string
	for _, u := range o.tenant.Users() {
		ids = append(ids, u.ID)
	}
	readings, err := presence(o.dial(t)).ReadUsers(t.Context(), ids)
	if e := sourceError(t, err); e.Code != "Authorization_RequestDenied" || readings != nil {
		t.Errorf("got %+v", e)
	}
}
