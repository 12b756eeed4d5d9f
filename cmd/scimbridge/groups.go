package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

// directoryGroups searches the tenant, for the object ids that --include and --exclude of
// directory set want.
func directoryGroups(c *connection) *cobra.Command {
	var search string
	cmd := &cobra.Command{
		Use: "groups DIRECTORY", Short: "Search the groups of the tenant, for a scope", Args: cobra.ExactArgs(1),
		Example: "  scimbridge directory groups Contoso --search sales",
	}
	cmd.Flags().StringVar(&search, "search", "", "how a word of the name or mail begins, or an object id; left out, all")
	most := cmd.Flags().Int("limit", 50, "how many; 0 is all")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		groups, err := everyPage(*most, func(cursor *string) ([]client.GraphGroup, *string, error) {
			page, err := answered[client.GraphGroupPage](api.FindGraphGroups(cmd.Context(), id, &client.FindGraphGroupsParams{Search: notEmpty(search), Cursor: cursor}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		var rows [][]string
		for _, g := range groups {
			rows = append(rows, []string{g.ID, g.DisplayName, orDash(&g.Kind), membersOf(g), orDash(&g.Mail), orDash(&g.Description)})
		}
		return c.print(cmd.OutOrStdout(), groups, []string{"OBJECT ID", "NAME", "KIND", "MEMBERS", "MAIL", "DESCRIPTION"}, rows)
	}
	return cmd
}

func membersOf(g client.GraphGroup) string {
	text := "?"
	if g.Members != nil {
		text = strconv.Itoa(*g.Members)
	}
	if g.Dynamic {
		text += ", by rule"
	}
	return text
}
