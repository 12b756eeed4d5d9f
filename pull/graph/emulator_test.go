package graph

import (
	"context"
	"crypto/x509"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
)

// office is a company in the emulator and a source that reads it, both by one clock.
type office struct {
	tenant *graphemu.Tenant
	emu    *graphemu.Emulator
	server *graphemu.Server
	clock  *fakeClock
	dialer *Dialer
}

func newOffice(t testing.TB, size graphemu.Size, config graphemu.Config) *office {
	t.Helper()
	clock := newFakeClock()
	tenant := graphemu.Company(7, size, clock.now)
	emu := graphemu.New(config, tenant)
	server, err := graphemu.Listen(emu, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(server.RootsPEM)
	return &office{tenant: tenant, emu: emu, server: server, clock: clock, dialer: clock.dialer(roots)}
}

func (o *office) connection() pull.Connection {
	return pull.Connection{
		ClientSecret: graphemu.ClientSecret,
		Settings: models.GraphSettings{
			TenantID: o.tenant.ID(), ClientID: graphemu.ClientID, Cloud: models.CloudCustom,
			AuthorityHost: o.server.URL, GraphHost: o.server.URL,
		},
	}
}

func (o *office) dial(t testing.TB) pull.Source { return dial(t, o.dialer, o.connection()) }

// company is what a reader makes of the pages of rounds.
type company struct {
	Users   map[string]models.SourceUser
	Groups  map[string]map[string]any
	Members map[edge]bool
	dead    map[string]bool
	links   struct{ users, groups string }
}

type edge struct {
	Group, Member string
	Kind          models.MemberKind
}

func newCompany() *company {
	return &company{Users: map[string]models.SourceUser{}, Groups: map[string]map[string]any{}, Members: map[edge]bool{}, dead: map[string]bool{}}
}

// read reads one round of users and one of groups from where the last ones ended.
func (c *company) read(t testing.TB, source pull.Source) {
	t.Helper()
	if err := c.tryRead(t, source); err != nil {
		t.Fatal(err)
	}
}

func (c *company) tryRead(t testing.TB, source pull.Source) (err error) {
	t.Helper()
	var newcomers []string
	c.links.users, err = readRound(t, c.links.users, source.UsersDelta, func(u models.SourceUser) {
		if _, isKnown := c.Users[u.ObjectID]; !isKnown && u.Existence == models.Exists {
			newcomers = append(newcomers, u.ObjectID)
		}
		c.user(u)
	})
	if err != nil {
		return err
	}
	if err := c.readWhole(t, source, newcomers); err != nil {
		return err
	}
	c.links.groups, err = readRound(t, c.links.groups, source.GroupsDelta, c.group)
	return err
}

// readWhole reads by id who was not there before: a later round tells of a restored
// user without the manager, which has not changed (design, "presence").
func (c *company) readWhole(t testing.TB, source pull.Source, newcomers []string) error {
	if len(newcomers) == len(c.Users) {
		return nil // a first round is whole
	}
	page, err := source.ConfirmUsers(t.Context(), newcomers)
	for _, u := range page.Items {
		c.user(u)
	}
	return err
}

func readRound[T any](t testing.TB, link string, read func(ctx context.Context, link string) (pull.Page[T], error), take func(T)) (string, error) {
	t.Helper()
	for {
		page, err := read(t.Context(), link)
		if err != nil {
			return "", err
		}
		for _, item := range page.Items {
			take(item)
		}
		if page.Next == "" {
			return page.Delta, nil
		}
		link = page.Next
	}
}

func (c *company) user(u models.SourceUser) {
	c.dead[u.ObjectID] = u.Existence != models.Exists
	if c.dead[u.ObjectID] {
		delete(c.Users, u.ObjectID)
		return
	}
	if _, said := u.Values[models.ManagerPath]; !said {
		u.Values[models.ManagerPath] = c.Users[u.ObjectID].Values[models.ManagerPath]
	}
	c.Users[u.ObjectID] = u
}

func (c *company) group(g models.SourceGroup) {
	if g.Existence != models.Exists {
		delete(c.Groups, g.ObjectID)
		for e := range c.Members {
			if e.Group == g.ObjectID {
				delete(c.Members, e)
			}
		}
		return
	}
	if g.Values != nil {
		c.Groups[g.ObjectID] = g.Values
	}
	for _, m := range g.Members {
		e := edge{g.ObjectID, m.ObjectID, m.Kind}
		if m.Removed {
			delete(c.Members, e)
		} else {
			c.Members[e] = true
		}
	}
}

// equals compares with the truth, what leads to the dead left aside (section 2.6).
func (c *company) equals(t testing.TB, tenant *graphemu.Tenant) {
	t.Helper()
	want := truth(tenant)
	got := company{Users: c.Users, Groups: c.Groups, Members: map[edge]bool{}}
	for _, u := range c.Users {
		if c.dead[managerOf(u)] {
			u.Values[models.ManagerPath] = nil
		}
	}
	for e := range c.Members {
		_, isUser := c.Users[e.Member]
		_, isGroup := c.Groups[e.Member]
		if isUser || isGroup || e.Kind == models.OtherMember {
			got.Members[e] = true
		}
	}
	if diff := gocmp.Diff(want.Users, got.Users); diff != "" {
		t.Errorf("users differ (-truth +read):\n%s", clip(diff))
	}
	if diff := gocmp.Diff(want.Groups, got.Groups); diff != "" {
		t.Errorf("groups differ (-truth +read):\n%s", clip(diff))
	}
	if diff := gocmp.Diff(want.Members, got.Members); diff != "" {
		t.Errorf("members differ (-truth +read):\n%s", clip(diff))
	}
}

func managerOf(u models.SourceUser) string {
	id, _ := u.Values[models.ManagerPath].(string)
	return id
}

func clip(diff string) string { return diff[:min(len(diff), 4000)] }

// truth is what the emulator knows, mapped by a reading of the fact sheets that does
// not share a line with the package's.
func truth(tenant *graphemu.Tenant) *company {
	c := newCompany()
	for _, u := range tenant.Users() {
		c.Users[u.ID] = trueUser(u)
	}
	for _, g := range tenant.Groups() {
		c.Groups[g.ID] = trueGroup(g)
	}
	for _, e := range tenant.Edges() {
		kind := map[graphemu.ObjectType]models.MemberKind{graphemu.TypeUser: "user", graphemu.TypeGroup: "group"}[e.MemberType]
		c.Members[edge{e.GroupID, e.MemberID, kind}] = true
	}
	return c
}

func trueUser(u graphemu.User) models.SourceUser {
	upn := u.UserPrincipalName
	if name, _, isGuest := strings.Cut(upn, "#EXT#"); isGuest {
		i := strings.LastIndex(name, "_")
		upn = name[:i] + "@" + name[i+1:]
	}
	mail, from := u.Mail, ""
	if i := slices.IndexFunc(u.ProxyAddresses, func(a string) bool { return strings.HasPrefix(a, "SMTP:") }); mail == "" && i >= 0 {
		mail, from = u.ProxyAddresses[i][5:], "proxyAddresses"
	}
	if mail == "" && len(u.OtherMails) > 0 {
		mail, from = u.OtherMails[0], "otherMails"
	}
	phone := ""
	if len(u.BusinessPhones) > 0 {
		phone = u.BusinessPhones[0]
	}
	const ent, own = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:", "urn:scimbridge:params:scim:schemas:extension:entra:2.0:User:"
	values := map[string]any{}
	for path, text := range map[string]string{
		"userName": upn, "displayName": u.DisplayName, "title": u.JobTitle, "userType": u.UserType,
		"name.givenName": u.GivenName, "name.familyName": u.Surname, "name.formatted": strings.TrimSpace(u.GivenName + " " + u.Surname),
		"preferredLanguage": u.PreferredLanguage, `emails[type eq "work"].value`: mail,
		`addresses[type eq "work"].formatted`: u.OfficeLocation, `addresses[type eq "work"].streetAddress`: u.StreetAddress,
		`addresses[type eq "work"].locality`: u.City, `addresses[type eq "work"].region`: u.State,
		`addresses[type eq "work"].postalCode`: u.PostalCode, `addresses[type eq "work"].country`: u.Country,
		`phoneNumbers[type eq "work"].value`: phone, `phoneNumbers[type eq "mobile"].value`: u.MobilePhone,
		`phoneNumbers[type eq "fax"].value`: u.FaxNumber,
		ent + "employeeNumber":              u.EmployeeID, ent + "department": u.Department, ent + "organization": u.CompanyName,
		ent + "manager.value": u.ManagerID, own + "mailNickname": u.MailNickname, own + "usageLocation": u.UsageLocation,
	} {
		values[path] = nil
		if text != "" {
			values[path] = text
		}
	}
	values[`emails[type eq "work"].primary`] = nil
	if mail != "" {
		values[`emails[type eq "work"].primary`] = true
	}
	return models.SourceUser{ObjectID: u.ID, Existence: models.Exists, Enabled: &u.AccountEnabled, UserName: upn, Values: values, MailFrom: from}
}

func trueGroup(g graphemu.Group) map[string]any {
	const own = "urn:scimbridge:params:scim:schemas:extension:entra:2.0:Group:"
	values := map[string]any{"displayName": g.DisplayName, own + "dynamic": slices.Contains(g.GroupTypes, "DynamicMembership")}
	kind := "security"
	switch {
	case g.Unified():
		kind = "microsoft365"
	case g.MailEnabled && g.SecurityEnabled:
		kind = "mail-enabled-security"
	case g.MailEnabled:
		kind = "distribution"
	}
	for path, text := range map[string]string{"description": g.Description, "mail": g.Mail, "kind": kind} {
		values[own+path] = nil
		if text != "" {
			values[own+path] = text
		}
	}
	return values
}

var small = graphemu.Config{UsersPerDeltaPage: 37, GroupsPerDeltaPage: 7, MembersPerDeltaPage: 100, MembersPerSlice: 20, EmptyPageEvery: 5}

func TestAFullRoundEqualsTheTruth(t *testing.T) {
	o := newOffice(t, graphemu.Demo, small)
	source, read := o.dial(t), newCompany()
	read.read(t, source)
	read.equals(t, o.tenant)
	o.checkUsage(t, source)
}

// checkUsage compares the source's meter with the emulator's.
func (o *office) checkUsage(t testing.TB, source pull.Source) {
	t.Helper()
	usage, meter := source.Usage(), o.emu.Meter()
	asked := 0
	for route, n := range meter.Requests {
		if !strings.Contains(route, "{tenant}") {
			asked += n
		}
	}
	if usage.Requests != asked || usage.Throttled != meter.Throttled || usage.Units != meter.Units {
		t.Errorf("usage %+v, the emulator says %d requests and %+v", usage, asked, meter)
	}
	if meter.Early != 0 {
		t.Errorf("%d requests were sent before Retry-After was over", meter.Early)
	}
}

func TestLaterRoundsTellWhatChanged(t *testing.T) {
	for name, config := range map[string]graphemu.Config{
		"as documented":           {},
		"over several pages":      small,
		"compressed":              {Gzip: true},
		"the old manager is told": {TellOldManager: true},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, graphemu.Demo, config)
			source, read := o.dial(t), newCompany()
			read.read(t, source)
			before := source.Usage().Requests
			read.read(t, source)
			if asked := source.Usage().Requests - before; config.EmptyPageEvery == 0 && asked != 2 {
				t.Errorf("a quiet round took %d requests, want 2", asked)
			}
			o.mutate(t)
			read.read(t, o.dial(t)) // another process goes on from the links
			read.equals(t, o.tenant)
		})
	}
}

// mutate changes a bit of everything.
func (o *office) mutate(t testing.TB) {
	t.Helper()
	users, groups, edges := o.tenant.Users(), o.tenant.Groups(), o.tenant.Edges()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(o.tenant.UpdateUser(users[0].ID, graphemu.Properties{"displayName": "Renamed", "accountEnabled": false}))
	must(o.tenant.UpdateUser(users[1].ID, graphemu.Properties{"mail": nil, "jobTitle": nil}))
	must(o.tenant.SetManager(users[2].ID, users[3].ID))
	must(o.tenant.ClearManager(users[4].ID))
	must(o.tenant.DeleteUser(users[5].ID))
	must(o.tenant.DeleteUser(users[6].ID))
	must(o.tenant.PurgeUser(users[6].ID))
	must(o.tenant.DeleteUser(users[7].ID))
	must(o.tenant.RestoreUser(users[7].ID))
	must(o.tenant.DeleteGroup(groups[0].ID))
	must(o.tenant.UpdateGroup(groups[1].ID, graphemu.Properties{"description": "New"}))
	removable := slices.IndexFunc(edges, func(e graphemu.Edge) bool { return e.GroupID == groups[2].ID })
	must(o.tenant.RemoveMember(groups[2].ID, edges[removable].MemberID))
	id, err := o.tenant.AddUser(graphemu.Properties{"displayName": "New", "userPrincipalName": "new@contoso.example", "mailNickname": "new"})
	must(err)
	must(o.tenant.AddMember(groups[2].ID, id))
}

func TestARoundSurvivesEveryPassingFault(t *testing.T) {
	for name, effect := range map[string]graphemu.Effect{
		"throttled":                 graphemu.Throttle("7"),
		"throttled by a fraction":   graphemu.Throttle("0.9"),
		"throttled without a time":  graphemu.Throttle(""),
		"unavailable":               graphemu.Unavailable(""),
		"unavailable for 3 s":       graphemu.Unavailable("3"),
		"internal error":            graphemu.InternalError(),
		"gateway timeout":           graphemu.GatewayTimeout(),
		"an error without message":  graphemu.WithoutMessage(500),
		"HTML with 200":             graphemu.HTML(200),
		"HTML with 502":             graphemu.HTML(502),
		"the connection is closed":  graphemu.CloseConnection(),
		"the body is cut":           graphemu.CutBody(),
		"the JSON is cut":           graphemu.TruncateJSON(),
		"another content type":      graphemu.ContentType("text/plain"),
		"objects twice":             graphemu.Duplicate(),
		"tombstones of strangers":   graphemu.Strangers(3),
		"the token is refused once": graphemu.Refuse(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid."),
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, graphemu.Demo, small)
			o.emu.Inject(graphemu.Fault{Every: 3, Effect: effect})
			source, read := o.dial(t), newCompany()
			read.read(t, source)
			o.emu.ClearFaults()
			read.equals(t, o.tenant)
			if early := o.emu.Meter().Early; early != 0 {
				t.Errorf("%d requests were sent before Retry-After was over", early)
			}
		})
	}
}

func TestTokensAreRenewedInMidRound(t *testing.T) {
	for name, disturb := range map[string]func(o *office){
		"they expire":      func(o *office) { _ = o.clock.wait(context.Background(), time.Hour+time.Minute) },
		"they are revoked": func(o *office) { o.emu.RevokeTokens() },
	} {
		t.Run(name, func(t *testing.T) {
			config := small
			o := newOffice(t, graphemu.Demo, config)
			asked := 0
			o.emu.Configure(func(c *graphemu.Config) {
				c.OnRequest = func(r graphemu.Request) {
					if asked++; asked == 6 {
						disturb(o)
					}
				}
			})
			source, read := o.dial(t), newCompany()
			read.read(t, source)
			read.equals(t, o.tenant)
			if n := o.emu.Meter().Requests["POST /{tenant}/oauth2/v2.0/token"]; n != 2 {
				t.Errorf("signed in %d times, want 2", n)
			}
		})
	}
}

func TestAStaleLinkOrALostRoundIsExpired(t *testing.T) {
	o := newOffice(t, graphemu.Demo, small)
	source, read := o.dial(t), newCompany()
	read.read(t, source)
	o.emu.ExpireDeltaTokens()
	for name, read := range map[string]func() error{
		"users":  func() error { _, err := source.UsersDelta(t.Context(), read.links.users); return err },
		"groups": func() error { _, err := source.GroupsDelta(t.Context(), read.links.groups); return err },
	} {
		if err := read(); err != pull.ErrDeltaExpired {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
