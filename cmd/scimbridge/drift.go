package main

import (
	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func runDrift(c *connection) *cobra.Command {
	cmd := &cobra.Command{Use: "drift DIRECTORY RUN-ID", Short: "List what a run found different from what push had said", Args: cobra.ExactArgs(2)}
	most := cmd.Flags().Int("limit", 0, "how many; 0 is all")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		drift, err := everyPage(*most, func(cursor *string) ([]client.Drift, *string, error) {
			page, err := answered[client.DriftPage](api.ListSyncRunDrift(cmd.Context(), id, args[1], &client.ListSyncRunDriftParams{Cursor: cursor, Limit: ptr(pageSize)}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		var rows [][]string
		for _, d := range drift {
			rows = append(rows, []string{string(d.Kind), d.ID, orDash(&d.Path), orDash(d.MemberID), when(d.PushedAt), yesNo(d.Healed)})
		}
		return c.print(cmd.OutOrStdout(), drift, []string{"KIND", "ID", "ATTRIBUTE", "MEMBER", "PUSH SAID SO", "HEALED"}, rows)
	}
	return cmd
}
