package main

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

// requestsCommand is where an admin looks who asks why somebody is not there.
func requestsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "requests DIRECTORY", Short: "List what SCIM clients asked of a directory, newest first", Args: cobra.ExactArgs(1),
		Example: "  scimbridge requests Contoso --failed\n  scimbridge requests Contoso --user ann@contoso.example",
	}
	c := connect(cmd)
	var user, group, from, to string
	flags := cmd.Flags()
	flags.StringVar(&user, "user", "", "about this user, by id or userName")
	flags.StringVar(&group, "group", "", "about this group, by id or name")
	flags.StringVar(&from, "from", "", "from this time on, such as 2026-01-31T12:00:00Z")
	flags.StringVar(&to, "to", "", "before this time")
	failed := flags.Bool("failed", false, "only what was refused")
	most := flags.Int("limit", 50, "how many; 0 is all")
	cmd.MarkFlagsMutuallyExclusive("user", "group")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		q := client.ListScimRequestsParams{Limit: ptr(pageSize), Failed: failed, From: notEmpty(from), To: notEmpty(to)}
		if q.RecordID, err = recordNamed(cmd, api, id, user, group); err != nil {
			return err
		}
		requests, err := everyPage(*most, func(cursor *string) ([]client.ScimRequest, *string, error) {
			q.Cursor = cursor
			page, err := answered[client.ScimRequestPage](api.ListScimRequests(cmd.Context(), id, &q))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		var rows [][]string
		for _, r := range requests {
			rows = append(rows, requestRow(r))
		}
		return c.print(cmd.OutOrStdout(), requests, []string{"WHEN", "STATUS", "REQUEST", "WHAT HAPPENED", "MS", "CLIENT", "ERROR"}, rows)
	}
	return cmd
}

// recordNamed is the id of the user or group that a flag names. One who is gone is known
// by id alone.
func recordNamed(cmd *cobra.Command, api *client.Client, directory, user, group string) (*string, error) {
	switch {
	case user != "" && uuid.Validate(user) != nil:
		u, err := findUser(cmd.Context(), api, directory, user)
		return &u.ID, err
	case group != "" && uuid.Validate(group) != nil:
		g, err := findGroup(cmd.Context(), api, directory, group)
		return &g.ID, err
	}
	return notEmpty(user + group), nil
}

func requestRow(r client.ScimRequest) []string {
	if r.Gap {
		return []string{when(&r.At), "-", "-", "gap: " + r.Action, "-", "-", "-"}
	}
	path := r.Path
	if r.Query != "" {
		path += "?" + r.Query
	}
	failure := r.Detail
	if r.ScimType != "" {
		failure = r.ScimType + ": " + r.Detail
	}
	return []string{
		when(&r.At), fmt.Sprint(r.Status), r.Method + " " + path, orDash(&r.Action), fmt.Sprintf("%.1f", r.Milliseconds), orDash(&r.Client), orDash(&failure),
	}
}
