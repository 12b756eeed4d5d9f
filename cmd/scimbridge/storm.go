package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func stormCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "storm", Short: "Show and restore storms of deactivations and removals by the SCIM client", Aliases: []string{"storms"},
		Long: `Show and restore storms.

A storm is more deactivations and removals by the SCIM client within an hour than the
directory's guard allows of a pull. A push never waits, so a storm is applied, and told; what
it took can be brought back in one act. Stop the client first, or correct what it is told.`,
	}
	c := connect(cmd)
	cmd.AddCommand(stormList(c), stormShow(c), stormRestore(c))
	return cmd
}

func stormList(c *connection) *cobra.Command {
	cmd := &cobra.Command{Use: "list DIRECTORY", Short: "List storms, newest first", Args: cobra.ExactArgs(1)}
	most := cmd.Flags().Int("limit", 20, "how many; 0 is all")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		storms, err := everyPage(*most, func(cursor *string) ([]client.Storm, *string, error) {
			page, err := answered[client.StormPage](api.ListStorms(cmd.Context(), id, &client.ListStormsParams{Cursor: cursor, Limit: ptr(pageSize)}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		var rows [][]string
		for _, s := range storms {
			rows = append(rows, append([]string{s.ID, when(&s.BeganAt), when(s.EndedAt)}, append(stormCounts(s), when(s.RestoredAt))...))
		}
		return c.print(cmd.OutOrStdout(), storms, []string{"ID", "BEGAN", "ENDED", "DEACTIVATED", "REMOVED", "GROUPS REMOVED", "MEMBERSHIPS ENDED", "RESTORED"}, rows)
	}
	return cmd
}

func stormCounts(s client.Storm) []string {
	var counts []string
	for _, n := range []int{s.UsersDeactivated, s.UsersRemoved, s.GroupsRemoved, s.MembershipsEnded} {
		counts = append(counts, strconv.Itoa(n))
	}
	return counts
}

func stormShow(c *connection) *cobra.Command {
	cmd := &cobra.Command{Use: "show DIRECTORY STORM-ID", Short: "Show a storm, and what it took", Args: cobra.ExactArgs(2)}
	most := cmd.Flags().Int("limit", 50, "how many items; 0 is all")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		ctx, out := cmd.Context(), cmd.OutOrStdout()
		storm, err := answered[client.Storm](api.GetStorm(ctx, id, args[1]))
		if err != nil {
			return err
		}
		items, err := everyPage(*most, func(cursor *string) ([]client.StormItem, *string, error) {
			page, err := answered[client.StormItemPage](api.ListStormItems(ctx, id, args[1], &client.ListStormItemsParams{Cursor: cursor, Limit: ptr(pageSize)}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		if c.output == jsonOutput {
			return c.print(out, map[string]any{"storm": storm, "items": items}, nil, nil)
		}
		counts := stormCounts(storm)
		if err := writeTable(out, nil, [][]string{
			{"storm", storm.ID}, {"why", strings.Join(storm.Reasons, "; ")},
			{"began", when(&storm.BeganAt)}, {"last loss", when(&storm.LastAt)}, {"ended", when(storm.EndedAt)}, {"restored", when(storm.RestoredAt)},
			{"SCIM token", orDash(storm.TokenID)},
			{"users", counts[0] + " deactivated, " + counts[1] + " removed"}, {"groups", counts[2] + " removed"}, {"memberships", counts[3] + " ended"},
		}); err != nil {
			return err
		}
		var rows [][]string
		for _, i := range items {
			what := i.Name
			if len(i.MemberIds) > 0 {
				what = fmt.Sprintf("%d members: %s", len(i.MemberIds), i.MemberIds[0])
			}
			rows = append(rows, []string{when(&i.At), string(i.Kind), string(i.Action), i.ID, what})
		}
		fmt.Fprintln(out)
		return writeTable(out, []string{"AT", "KIND", "ACTION", "ID", "WHAT"}, rows)
	}
	return cmd
}

func stormRestore(c *connection) *cobra.Command {
	cmd := &cobra.Command{Use: "restore DIRECTORY STORM-ID", Short: "Bring back what a storm took", Args: cobra.ExactArgs(2)}
	only := cmd.Flags().StringSlice("only", nil, "users, groups or memberships; left out, all")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		var body client.StormRestore
		if len(*only) > 0 {
			var kinds []client.LossKind
			for _, kind := range *only {
				kinds = append(kinds, client.LossKind(kind))
			}
			body.Only = &kinds
		}
		r, err := answered[client.StormRestored](api.RestoreStorm(cmd.Context(), id, args[1], nil, body))
		if err != nil {
			return err
		}
		row := func(name string, n client.LossCounts) []string {
			return []string{name, strconv.Itoa(n.Users), strconv.Itoa(n.Groups), strconv.Itoa(n.Memberships)}
		}
		return c.print(cmd.OutOrStdout(), r, []string{"", "USERS", "GROUPS", "MEMBERSHIPS"}, [][]string{row("restored", r.Restored), row("still lost", r.Left)})
	}
	return cmd
}
