package main

import (
	"io"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func auditCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "Show and export who did what"}
	c := connect(cmd)
	var directory, action, since, until string
	flags := cmd.PersistentFlags()
	flags.StringVar(&directory, "directory", "", "what was done to this one")
	flags.StringVar(&action, "action", "", "such as directory.updated or sign-in.failed")
	flags.StringVar(&since, "since", "", "from this time on, such as 2026-01-31T12:00:00Z")
	flags.StringVar(&until, "until", "", "before this time")
	filter := func(cmd *cobra.Command) (*client.Client, client.ExportAuditEventsParams, error) {
		api, err := c.client()
		p := client.ExportAuditEventsParams{Action: notEmpty(action), Since: notEmpty(since), Until: notEmpty(until)}
		if err == nil && directory != "" {
			var id string
			id, err = directoryID(cmd.Context(), api, directory)
			p.Directory = &id
		}
		return api, p, err
	}
	cmd.AddCommand(auditList(c, filter), auditExport(filter))
	return cmd
}

type auditFilter func(*cobra.Command) (*client.Client, client.ExportAuditEventsParams, error)

func auditList(c *connection, filter auditFilter) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List what was done, newest first", Args: cobra.NoArgs}
	most := cmd.Flags().Int("limit", 50, "how many; 0 is all")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		api, p, err := filter(cmd)
		if err != nil {
			return err
		}
		events, err := everyPage(*most, func(cursor *string) ([]client.AuditEvent, *string, error) {
			page, err := answered[client.AuditEventPage](api.ListAuditEvents(cmd.Context(), &client.ListAuditEventsParams{
				Cursor: cursor, Limit: ptr(pageSize), Directory: p.Directory, Action: p.Action, Since: p.Since, Until: p.Until,
			}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		var rows [][]string
		for _, e := range events {
			rows = append(rows, []string{when(&e.At), e.Action, e.Actor.Name, orDash(e.Directory), e.Target, e.Address})
		}
		return c.print(cmd.OutOrStdout(), events, []string{"WHEN", "ACTION", "WHO", "DIRECTORY", "TARGET", "FROM"}, rows)
	}
	return cmd
}

func auditExport(filter auditFilter) *cobra.Command {
	return &cobra.Command{
		Use: "export", Short: "Export what was done, one JSON object a line", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, p, err := filter(cmd)
			if err != nil {
				return err
			}
			response, err := api.ExportAuditEvents(cmd.Context(), &p)
			if err != nil || response.StatusCode >= 400 {
				return done(response, err)
			}
			defer response.Body.Close()
			_, err = io.Copy(cmd.OutOrStdout(), response.Body)
			return err
		},
	}
}
