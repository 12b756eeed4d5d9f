package graph

import (
	"errors"
	"math/rand/v2"
	"testing"

	"scimbridge/pull"
	"scimbridge/pull/graphemu"
)

// Rounds of random changes under random faults, from a seed: a reader that goes on
// from its links, and starts over where it is told to, ends with the truth.
func TestRoundsConvergeUnderRandomFaults(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		o := newOffice(t, graphemu.Size{Users: 120, Groups: 20, GroupsPerUser: 3, Depth: 3}, small)
		source, read := o.dial(t), newCompany()
		for range 6 {
			o.disturb(random)
			read = readOrStartOver(t, source, read)
			o.change(t, random)
		}
		o.emu.ClearFaults()
		read = readOrStartOver(t, source, read)
		read.equals(t, o.tenant)
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

func (o *office) disturb(random *rand.Rand) {
	o.emu.ClearFaults()
	for range 3 {
		effects := []graphemu.Effect{
			graphemu.Throttle("3"), graphemu.Throttle("0.5"), graphemu.Throttle(""), graphemu.Unavailable("2"),
			graphemu.InternalError(), graphemu.HTML(200), graphemu.CutBody(), graphemu.TruncateJSON(),
			graphemu.CloseConnection(), graphemu.Duplicate(), graphemu.Replay(), graphemu.Strangers(2),
		}
		o.emu.Inject(graphemu.Fault{Every: 4 + random.IntN(4), Effect: effects[random.IntN(len(effects))]})
	}
	if random.IntN(3) == 0 {
		lost := []graphemu.Fault{
			{Page: graphemu.DeltaLink, Times: 1, Effect: graphemu.Gone()},
			{Page: graphemu.DeltaLink, Times: 1, Effect: graphemu.SyncStateNotFound()},
			{Page: graphemu.NextPage, Times: 1, Effect: graphemu.ExpiredToken()},
		}
		o.emu.Inject(lost[random.IntN(len(lost))])
	}
}

// readOrStartOver reads one round, anew if its link has expired.
func readOrStartOver(t testing.TB, source pull.Source, read *company) *company {
	t.Helper()
	for range 10 {
		err := read.tryRead(t, source)
		if err == nil {
			return read
		}
		if !errors.Is(err, pull.ErrDeltaExpired) {
			t.Fatal(err)
		}
		read = newCompany()
	}
	t.Fatal("the round never ended")
	return nil
}

// change makes a few random changes.
func (o *office) change(t testing.TB, random *rand.Rand) {
	t.Helper()
	users, groups, edges := o.tenant.Users(), o.tenant.Groups(), o.tenant.Edges()
	user := func() string { return users[random.IntN(len(users))].ID }
	changes := []func() error{
		func() error {
			return o.tenant.UpdateUser(user(), graphemu.Properties{"jobTitle": "Pilot", "accountEnabled": random.IntN(2) == 0})
		},
		func() error { return o.tenant.UpdateUser(user(), graphemu.Properties{"mail": nil}) },
		func() error { return o.tenant.SetManager(user(), user()) },
		func() error { return o.tenant.ClearManager(user()) },
		func() error { return o.tenant.DeleteUser(user()) },
		func() error { return o.tenant.DeleteGroup(groups[random.IntN(len(groups))].ID) },
		func() error { return o.tenant.AddMember(groups[random.IntN(len(groups))].ID, user()) },
		func() error {
			e := edges[random.IntN(len(edges))]
			return o.tenant.RemoveMember(e.GroupID, e.MemberID)
		},
		func() error {
			if binned := o.tenant.DeletedUsers(); len(binned) > 0 {
				return o.tenant.RestoreUser(binned[0].ID)
			}
			return nil
		},
	}
	for range 10 {
		_ = changes[random.IntN(len(changes))]() // what is refused (a member twice, one deleted before) changes nothing
	}
}
