package graph

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"scimbridge/pull"
	"scimbridge/pull/graphemu"
)

// outcome is a check in short: "users", "!users" where it failed, "(users)" and
// "(!users)" where it is optional.
func outcome(checks []pull.Check) string {
	var words []string
	for _, c := range checks {
		word := c.Name
		if !c.OK {
			word = "!" + word
		}
		if c.Optional {
			word = "(" + word + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestConnectionTests(t *testing.T) {
	const leastRoles = "User.Read.All GroupMember.Read.All"
	for name, tc := range map[string]struct {
		roles   string
		change  func(*pull.Connection)
		prepare func(*office)
		want    string
		says    []string // among the details
	}{
		"all is well": {roles: leastRoles + " Organization.Read.All Member.Read.Hidden",
			want: "sign-in tenant permissions users groups members (credential)",
			says: []string{"Granted: User.Read.All, GroupMember.Read.All, Organization.Read.All, Member.Read.Hidden."}},
		"the least set": {roles: leastRoles,
			want: "sign-in (!tenant) permissions users groups members (credential)",
			says: []string{"Authorization_RequestDenied", "Organization.Read.All is missing", "Member.Read.Hidden (optional)"}},
		"a broader permission counts": {roles: "Directory.Read.All",
			want: "sign-in tenant permissions users groups members (credential)",
			says: []string{"More than needed: Directory.Read.All."}},
		"no permission at all": {roles: "",
			want: "sign-in (!tenant) !permissions !users !groups (credential)",
			says: []string{"Missing: User.Read.All and GroupMember.Read.All.", "Grant admin consent", "the permission User.Read.All is missing", "the permission GroupMember.Read.All is missing"}},
		"groups are missing": {roles: "User.Read.All",
			want: "sign-in (!tenant) !permissions users !groups (credential)", says: []string{"Missing: GroupMember.Read.All."}},
		"a wrong secret": {roles: leastRoles, change: func(c *pull.Connection) { c.ClientSecret = "the secret's id" },
			want: "!sign-in", says: []string{"AADSTS7000215: the client secret is wrong", "Value"}},
		"an unknown application": {roles: leastRoles, change: func(c *pull.Connection) { c.Settings.ClientID = "11111111-2222-4333-8444-555555555555" },
			want: "!sign-in", says: []string{"AADSTS700016"}},
		"an unknown tenant": {roles: leastRoles, change: func(c *pull.Connection) { c.Settings.TenantID = "11111111-2222-4333-8444-555555555555" },
			want: "!sign-in", says: []string{"AADSTS90002"}},
		"an incomplete form": {roles: leastRoles, change: func(c *pull.Connection) { c.ClientSecret = "" },
			want: "!sign-in", says: []string{"the client secret is missing"}},
		"a disabled application": {roles: leastRoles, prepare: func(o *office) {
			o.emu.Configure(func(c *graphemu.Config) { c.App.Disabled = true })
		}, want: "!sign-in", says: []string{"AADSTS7000112"}},
		"Conditional Access": {roles: leastRoles, prepare: func(o *office) {
			o.emu.Inject(graphemu.Fault{Route: "POST /{tenant}/oauth2/v2.0/token", Effect: graphemu.SignIn(53003)})
		}, want: "!sign-in", says: []string{"AADSTS53003"}},
		"Graph is down": {roles: leastRoles, prepare: func(o *office) {
			o.emu.Inject(graphemu.Fault{Effect: graphemu.Unavailable("")})
		}, want: "sign-in (!tenant) permissions !users !groups (!credential)", says: []string{"serviceNotAvailable"}},
		"Graph is throttled for longer than anybody waits": {roles: "Directory.Read.All", prepare: func(o *office) {
			o.emu.Inject(graphemu.Fault{Route: "GET /users", Effect: graphemu.Throttle("300")})
		}, want: "sign-in tenant permissions !users !groups (!credential)", says: []string{"TooManyRequests"}},
		"Graph hangs up": {roles: leastRoles, prepare: func(o *office) {
			o.emu.Inject(graphemu.Fault{Effect: graphemu.CloseConnection()})
		}, want: "sign-in !tenant", says: []string{"unreachable: the connection to "}},
	} {
		t.Run(name, func(t *testing.T) {
			config := graphemu.Config{App: graphemu.App{Roles: strings.Fields(tc.roles)}}
			if config.App.Roles == nil {
				config.App.Roles = []string{}
			}
			o := newOffice(t, graphemu.Demo, config)
			connection := o.connection()
			if tc.change != nil {
				tc.change(&connection)
			}
			if tc.prepare != nil {
				tc.prepare(o)
			}
			checks := o.dialer.Test(t.Context(), connection)
			if got := outcome(checks); got != tc.want {
				t.Errorf("got  %s\nwant %s\n%+v", got, tc.want, checks)
			}
			var details strings.Builder
			for _, c := range checks {
				details.WriteString(c.Detail + "\n")
				if c.Detail == "" {
					t.Errorf("%s says nothing", c.Name)
				}
			}
			for _, word := range append(tc.says, "") {
				if !strings.Contains(details.String(), word) {
					t.Errorf("%q is not said in\n%s", word, details.String())
				}
			}
			if strings.Contains(details.String(), graphemu.ClientSecret) || strings.Contains(details.String(), "Trace ID") {
				t.Errorf("too much is said in\n%s", details.String())
			}
		})
	}
}

// The tenant's name shows the admin whose people will come.
func TestTheTenantIsNamed(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	checks := o.dialer.Test(t.Context(), o.connection())
	i := slices.IndexFunc(checks, func(c pull.Check) bool { return c.Name == checkTenant })
	if !strings.Contains(checks[i].Detail, o.tenant.ID()) || strings.HasPrefix(checks[i].Detail, " ") {
		t.Errorf("got %q", checks[i].Detail)
	}
}

func TestAnotherTenantAnswers(t *testing.T) {
	s := newStub(t, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, `{"value":[{"id":"99999999-0000-4000-8000-000000000000","displayName":"Somebody else"}]}`)
	})
	checks := newFakeClock().dialer(s.rootPool()).Test(t.Context(), s.connection())
	if checks[1].OK || !strings.Contains(checks[1].Detail, "Somebody else") || checks[1].Optional {
		t.Errorf("got %+v", checks[1])
	}
}
