package graph

import (
	"context"
	"crypto/x509"
	"slices"
	"strings"
	"testing"
	"time"

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
