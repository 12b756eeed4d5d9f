package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func purgesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "purges [DIRECTORY]", Short: "List what was purged of a directory, or of the bridge as a whole", Args: cobra.MaximumNArgs(1),
	}
	c := connect(cmd)
	most := cmd.Flags().Int("limit", 50, "how many; 0 is all")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		page, err := purgePages(cmd, c, args)
		if err != nil {
			return err
		}
		purges, err := everyPage(*most, page)
		if err != nil {
			return err
		}
		var rows [][]string
		for _, p := range purges {
			rows = append(rows, []string{when(&p.At), string(p.Kind), strconv.Itoa(p.Count), when(p.OlderThan), orDash(p.RecordID)})
		}
		return c.print(cmd.OutOrStdout(), purges, []string{"AT", "KIND", "COUNT", "OLDER THAN", "RECORD"}, rows)
	}
	return cmd
}

// purgePages reads pages of a directory's purges, or of the bridge's.
func purgePages(cmd *cobra.Command, c *connection, args []string) (func(cursor *string) ([]client.Purge, *string, error), error) {
	if len(args) == 0 {
		api, err := c.client()
		return func(cursor *string) ([]client.Purge, *string, error) {
			page, err := answered[client.PurgePage](api.ListBridgePurges(cmd.Context(), &client.ListBridgePurgesParams{Cursor: cursor, Limit: ptr(pageSize)}))
			return page.Items, page.NextCursor, err
		}, err
	}
	api, id, err := c.directory(cmd, args[0])
	return func(cursor *string) ([]client.Purge, *string, error) {
		page, err := answered[client.PurgePage](api.ListPurges(cmd.Context(), id, &client.ListPurgesParams{Cursor: cursor, Limit: ptr(pageSize)}))
		return page.Items, page.NextCursor, err
	}, err
}
