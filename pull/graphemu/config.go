package graphemu

import (
	"context"
	"crypto/x509"
	"time"
)

// The application of Config's zero value.
const (
	ClientID     = "0f5a8d0c-6c0e-4c54-9a3a-2f1f0b7a6d11"
	ClientSecret = "contoso-secret~1"
)

// Config is how the emulated service behaves. The zero value is Graph as it is
// documented, with an application that may read everything a directory pull
// needs. Emulator.Configure changes it while requests are being answered.
type Config struct {
	App App

	// TokenLifetime is how long an access token is valid; default 3,599 s.
	TokenLifetime time.Duration

	// UsersPerDeltaPage is the size of a page of users/delta; default 200, as seen
	// in the field (microsoft-graph-docs #5566).
	UsersPerDeltaPage int
	// GroupsPerDeltaPage and MembersPerDeltaPage bound a page of groups/delta,
	// which Graph bounds by size; defaults 200 groups and 3,000 member entries.
	GroupsPerDeltaPage  int
	MembersPerDeltaPage int
	// MembersPerSlice is how many entries of one group a page may hold; the rest
	// follows on later pages under the same group. Default 1,000; Microsoft
	// documents none.
	MembersPerSlice int
	// EmptyPageEvery makes every Nth page of lists and delta rounds empty, with a
	// next link. Graph's paging page allows it. 0 never does.
	EmptyPageEvery int

	// DeltaTokenLife is how long a delta link works; default 7 days.
	DeltaTokenLife time.Duration
	// SkipTokenLife is how long a next link works; 0 is for ever. Microsoft has
	// said both.
	SkipTokenLife time.Duration
	// RestoreTellsMemberships makes a return from the bin tell the memberships
	// again, and leaves members in the bin out of members@delta. By default edges
	// stay where they are, silently, from deletion to restore. Microsoft's pages
	// suggest the second, and say nothing of first rounds.
	RestoreTellsMemberships bool
	// TellOldManager makes a change of manager name the old one as removed.
	// Whether Graph does is documented nowhere.
	TellOldManager bool

	// Units is the resource-unit quota, ResourceUnits per QuotaWindow; 0 is none.
	// A tenant of more than 500 users has 8,000 per 10 s.
	//
	// Source: https://learn.microsoft.com/graph/throttling-limits
	Units       int
	QuotaWindow time.Duration // default 10 s

	// Latency delays each answer.
	Latency time.Duration
	// Wait is how latency passes; default is a timer.
	Wait func(context.Context, time.Duration) error
	// Gzip compresses answers for clients that accept it, as Graph does. Off by
	// default, for on loopback it only costs time.
	Gzip bool
	// OnRequest is called before each request is answered, batched ones included.
	// It may change tenants and configuration, for example in mid-round.
	OnRequest func(Request)
	// LogSize is how many requests Emulator.Requests remembers; default 1,000.
	LogSize int
}

// App is the application that signs in: an app registration with its secrets,
// and the application permissions that an admin of the tenant has consented to.
type App struct {
	ID      string
	Secrets []Secret
	// Roles are the granted application permissions. They show in tokens issued
	// from then on only, as in Entra. An empty, non-nil slice grants nothing.
	Roles []string
	// RefuseAssertions answers certificates and federated credentials with
	// AADSTS700027.
	RefuseAssertions bool
	// Certificates are those that the application may sign its assertions with. While
	// there is nil, any assertion with the right subject, audience and time is accepted.
	Certificates []*x509.Certificate
	// Federations are the foreign issuers that are trusted; nil trusts any. Their
	// signatures are not checked: the emulator does not know their keys.
	Federations []Federation
	// ManagedIdentity makes the application the identity of a machine.
	ManagedIdentity bool
	// Disabled answers sign-ins with AADSTS7000112.
	Disabled bool
}

// Secret is a client secret. A zero Expires never comes.
type Secret struct {
	Value   string
	Expires time.Time
}

// DefaultRoles are the least permissions for a directory pull with all its
// options.
var DefaultRoles = []string{
	"User.Read.All", "GroupMember.Read.All", "Group.Read.All", "Organization.Read.All", "Member.Read.Hidden",
}

// withDefaults fills what was left out.
func (c Config) withDefaults() Config {
	fill(&c.App.ID, ClientID)
	if c.App.Secrets == nil {
		c.App.Secrets = []Secret{{Value: ClientSecret}}
	}
	if c.App.Roles == nil {
		c.App.Roles = DefaultRoles
	}
	fill(&c.TokenLifetime, 3599*time.Second)
	fill(&c.UsersPerDeltaPage, 200)
	fill(&c.GroupsPerDeltaPage, 200)
	fill(&c.MembersPerDeltaPage, 3000)
	fill(&c.MembersPerSlice, 1000)
	fill(&c.DeltaTokenLife, 7*24*time.Hour)
	fill(&c.QuotaWindow, 10*time.Second)
	fill(&c.LogSize, 1000)
	if c.Wait == nil {
		c.Wait = waitForTimer
	}
	return c
}

func fill[T comparable](place *T, value T) {
	var zero T
	if *place == zero {
		*place = value
	}
}

func waitForTimer(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
