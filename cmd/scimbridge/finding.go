package main

import (
	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func findingCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "finding", Short: "Show records that may be one person", Aliases: []string{"findings"}}
	c := connect(cmd)
	cmd.AddCommand(findingList(c))
	return cmd
}

func findingList(c *connection) *cobra.Command {
	cmd := &cobra.Command{Use: "list DIRECTORY", Short: "List people whom push and pull have brought apart, and possible rehires", Args: cobra.ExactArgs(1)}
	most := cmd.Flags().Int("limit", 50, "how many; 0 is all")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		findings, err := everyPage(*most, func(cursor *string) ([]client.Finding, *string, error) {
			page, err := answered[client.FindingPage](api.ListFindings(cmd.Context(), id, &client.ListFindingsParams{Cursor: cursor, Limit: ptr(pageSize)}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		var rows [][]string
		for _, f := range findings {
			rows = append(rows, []string{string(f.Kind), f.UserName, f.OtherUserName, f.Matching, orDash(f.OtherEntraObjectID), f.ID, f.OtherID})
		}
		return c.print(cmd.OutOrStdout(), findings, []string{"KIND", "USER NAME", "OTHER", "MATCHING", "EXTERNALID TO SEND", "ID", "OTHER ID"}, rows)
	}
	return cmd
}
