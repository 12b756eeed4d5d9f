package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

// guardChange is what the flags of `directory set` say of the guard's limits.
type guardChange struct {
	users, groups, memberships map[string]int
	expireAfter                string
}

func (g *guardChange) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	const limit = "losses that hold a run: more than max and percent, or more than ceiling, such as max=10,percent=10,ceiling=500"
	flags.StringToIntVar(&g.users, "guard-users", nil, "of users, "+limit)
	flags.StringToIntVar(&g.groups, "guard-groups", nil, "of groups, "+limit)
	flags.StringToIntVar(&g.memberships, "guard-memberships", nil, "of memberships, "+limit)
	flags.StringVar(&g.expireAfter, "guard-expire-after", "", "how long a held run waits for a decision, such as 168h")
}

// patch lays the flags that were given over the limits; nil if there were none.
func (g guardChange) patch(given func(flag string) bool, before client.Guard) (*client.GuardUpdate, error) {
	update := client.GuardUpdate{
		Users: limitOf(before.Users), Groups: limitOf(before.Groups), Memberships: limitOf(before.Memberships), ExpireAfter: &before.ExpireAfter,
	}
	changed := given("guard-expire-after")
	if changed {
		update.ExpireAfter = &g.expireAfter
	}
	for _, f := range []struct {
		flag  string
		parts map[string]int
		limit *client.LimitUpdate
	}{
		{"guard-users", g.users, update.Users}, {"guard-groups", g.groups, update.Groups}, {"guard-memberships", g.memberships, update.Memberships},
	} {
		if !given(f.flag) {
			continue
		}
		changed = true
		if err := putLimit(f.limit, f.flag, f.parts); err != nil {
			return nil, err
		}
	}
	if !changed {
		return nil, nil
	}
	return &update, nil
}

func limitOf(l client.Limit) *client.LimitUpdate {
	return &client.LimitUpdate{Max: &l.Max, Percent: &l.Percent, Ceiling: &l.Ceiling}
}

func putLimit(limit *client.LimitUpdate, flag string, parts map[string]int) error {
	for name, number := range parts {
		switch name {
		case "max":
			limit.Max = &number
		case "percent":
			limit.Percent = &number
		case "ceiling":
			limit.Ceiling = &number
		default:
			return fmt.Errorf("--%s: %q is none of max, percent and ceiling", flag, name)
		}
	}
	return nil
}
