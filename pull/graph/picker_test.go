package graph

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
)

func (o *office) find(t *testing.T, search string) []models.GroupChoice {
	t.Helper()
	var all []models.GroupChoice
	for cursor := ""; ; {
		found, next, err := o.dialer.FindGroups(t.Context(), o.connection(), search, cursor)
		o.must(t, err)
		all = append(all, found...)
		if next == "" {
			return all
		}
		cursor = next
	}
}

func TestGroupsAreFoundByName(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	groups := o.tenant.Groups()
	named := func(matches func(graphemu.Group) bool) (names []string) {
		for _, g := range groups {
			if matches(g) {
				names = append(names, g.DisplayName)
			}
		}
		slices.Sort(names)
		return names
	}
	word, _, _ := strings.Cut(groups[0].DisplayName, " ")
	for name, tc := range map[string]struct {
		search string
		want   []string
	}{
		"all":                {"", named(func(graphemu.Group) bool { return true })},
		"an object id":       {strings.ToUpper(groups[3].ID), []string{groups[3].DisplayName}},
		"nobody's object id": {"00000000-0000-4000-8000-000000000000", nil},
		"nothing":            {`no "such' \ group`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, g := range o.find(t, tc.search) {
				got = append(got, g.DisplayName)
			}
			slices.Sort(got)
			if !slices.Equal(got, tc.want) {
				t.Errorf("found %d, want %d: %v", len(got), len(tc.want), got)
			}
		})
	}
	found := o.find(t, strings.ToLower(string([]rune(word)[:3])))
	if !slices.ContainsFunc(found, func(c models.GroupChoice) bool { return c.ObjectID == groups[0].ID }) {
		t.Errorf("%q is not among %+v", groups[0].DisplayName, found)
	}
	for _, c := range found {
		g, _ := o.tenant.Group(c.ObjectID)
		values := trueGroup(g)
		if c.DisplayName != g.DisplayName || c.Kind != values[pathKind] || c.Dynamic != values[pathDynamic] || c.Members != countMembers(o.tenant, g.ID) {
			t.Errorf("got %+v of %+v", c, g)
		}
	}
}

// A page of the picker is two requests: the groups, and how many members they have.
func TestThePickerIsCheapAndPatient(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	_, next, err := o.dialer.FindGroups(t.Context(), o.connection(), "", "")
	o.must(t, err)
	if meter := o.emu.Meter(); meter.Requests["GET /groups"] != 1 || meter.Requests["POST /$batch"] != 1 || next == "" {
		t.Errorf("next %q, %v", next, meter.Requests)
	}
	o.emu.Inject(graphemu.Fault{Route: "GET /groups/{id}/members/$count", Effect: graphemu.Refuse(400, "Request_UnsupportedQuery", "no")})
	for _, c := range o.find(t, "") {
		if c.Members != -1 {
			t.Errorf("got %+v: the count is not known", c)
		}
	}
}

func TestWhereSearchIsNotSupported(t *testing.T) {
	var asked []string
	s := newStub(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Query().Get("$filter"))
		if r.URL.Query().Has("$search") {
			reply(w, 400, `{"error":{"code":"Request_UnsupportedQuery"}}`)
			return
		}
		reply(w, 200, `{"value":[]}`)
	})
	if _, _, err := newFakeClock().dialer(s.rootPool()).FindGroups(t.Context(), s.connection(), "o'neil", ""); err != nil {
		t.Fatal(err)
	}
	if want := []string{"", "startswith(displayName,'o''neil')"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
}

// A cursor is the caller's to forge; it stays with this tenant's groups.
func TestAForgedCursorStaysWithGroups(t *testing.T) {
	s := newStub(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1.0/groups" {
			t.Errorf("asked %s", r.URL)
		}
		reply(w, 200, `{"value":[]}`)
	})
	for _, cursor := range []string{"https://attacker.example/", "x#", "/../users", "\r\nHost: x", "%2e%2e/users?$top=1"} {
		forged := base64.RawURLEncoding.EncodeToString([]byte(cursor))
		_, _, err := newFakeClock().dialer(s.rootPool()).FindGroups(t.Context(), s.connection(), "", forged)
		if bad := strings.ContainsAny(cursor, "#\r"); bad && err == nil {
			t.Errorf("%q was taken", cursor)
		}
	}
	if _, _, err := newFakeClock().dialer(s.rootPool()).FindGroups(t.Context(), s.connection(), "", "***"); err == nil {
		t.Error("a cursor of nobody was taken")
	}
}
