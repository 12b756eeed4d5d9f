package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func groupCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "group", Short: "Show groups, and what each path last said of them", Aliases: []string{"groups"}}
	c := connect(cmd)
	cmd.AddCommand(groupList(c), groupExplain(c))
	return cmd
}

func groupList(c *connection) *cobra.Command {
	cmd := &cobra.Command{Use: "list DIRECTORY [NAME]", Short: "List groups, or those whose displayName begins so", Args: cobra.RangeArgs(1, 2)}
	most := cmd.Flags().Int("limit", 50, "how many; 0 is all")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		prefix := strings.Join(args[1:], "")
		groups, err := everyPage(*most, func(cursor *string) ([]client.Group, *string, error) {
			page, err := answered[client.GroupPage](api.ListGroups(cmd.Context(), id, &client.ListGroupsParams{Cursor: cursor, Limit: ptr(pageSize), DisplayName: notEmpty(prefix)}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		var rows [][]string
		for _, g := range groups {
			rows = append(rows, []string{g.ID, g.DisplayName, string(g.Push.Says), string(g.Pull.Says)})
		}
		return c.print(cmd.OutOrStdout(), groups, []string{"ID", "NAME", "PUSH SAYS", "PULL SAYS"}, rows)
	}
	return cmd
}

// findGroup takes an id, or a name. Of several that begin so, the one that is called so
// alone is meant.
func findGroup(ctx context.Context, api *client.Client, directory, named string) (client.Group, error) {
	if uuid.Validate(named) == nil {
		return answered[client.Group](api.GetGroup(ctx, directory, named))
	}
	page, err := answered[client.GroupPage](api.ListGroups(ctx, directory, &client.ListGroupsParams{DisplayName: &named, Limit: ptr(pageSize)}))
	if err != nil {
		return client.Group{}, err
	}
	return only(page.Items, named, "displayName", "group", func(g client.Group) string { return g.DisplayName })
}

// only is the one entry that is called so, or the only one whose name begins so.
func only[T any](found []T, named, attribute, command string, name func(T) string) (T, error) {
	var exact []T
	for _, entry := range found {
		if strings.EqualFold(name(entry), named) {
			exact = append(exact, entry)
		}
	}
	if len(exact) == 0 {
		exact = found
	}
	var none T
	switch len(exact) {
	case 1:
		return exact[0], nil
	case 0:
		return none, fmt.Errorf("there is no %s whose %s begins with %q", command, attribute, named)
	}
	return none, fmt.Errorf("there are several whose %s begins with %q; name one by its id: scimbridge %s list lists them", attribute, named, command)
}
