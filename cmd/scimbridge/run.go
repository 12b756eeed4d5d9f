package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func runCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "run", Short: "Show, cancel, approve and reject sync runs", Aliases: []string{"runs"}}
	c := connect(cmd)
	cmd.AddCommand(runList(c), runShow(c), runItems(c), runCancel(c), runApprove(c), runReject(c), runDrift(c))
	return cmd
}

func runList(c *connection) *cobra.Command {
	cmd := &cobra.Command{Use: "list DIRECTORY", Short: "List runs, newest first", Args: cobra.ExactArgs(1)}
	most := cmd.Flags().Int("limit", 20, "how many; 0 is all")
	state := cmd.Flags().String("state", "", "only those in this state, such as held")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		runs, err := everyPage(*most, func(cursor *string) ([]client.SyncRun, *string, error) {
			page, err := answered[client.SyncRunPage](api.ListSyncRuns(cmd.Context(), id, &client.ListSyncRunsParams{
				Cursor: cursor, Limit: ptr(pageSize), State: (*client.RunState)(notEmpty(*state)),
			}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		var rows [][]string
		for _, r := range runs {
			rows = append(rows, []string{r.ID, kindOf(r), string(r.State), when(&r.RequestedAt), when(r.FinishedAt), whyFailed(r)})
		}
		return c.print(cmd.OutOrStdout(), runs, []string{"ID", "KIND", "STATE", "REQUESTED", "FINISHED", "ERROR"}, rows)
	}
	return cmd
}

func kindOf(r client.SyncRun) string {
	if r.DryRun {
		return string(r.Kind) + ", dry"
	}
	return string(r.Kind)
}

func whyFailed(r client.SyncRun) string {
	if r.Error == nil {
		return "-"
	}
	return r.Error.Code
}

// runAction asks something of one run that is named with its directory.
func runAction(c *connection, use, short string, ask func(cmd *cobra.Command, api *client.Client, directory, run string) (client.SyncRun, error)) *cobra.Command {
	return &cobra.Command{
		Use: use + " DIRECTORY RUN-ID", Short: short, Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, id, err := c.directory(cmd, args[0])
			if err != nil {
				return err
			}
			run, err := ask(cmd, api, id, args[1])
			if err != nil {
				return err
			}
			return c.printRun(cmd.OutOrStdout(), run)
		},
	}
}

func runShow(c *connection) *cobra.Command {
	return runAction(c, "show", "Show a run", func(cmd *cobra.Command, api *client.Client, directory, run string) (client.SyncRun, error) {
		return answered[client.SyncRun](api.GetSyncRun(cmd.Context(), directory, run))
	})
}

func runCancel(c *connection) *cobra.Command {
	return runAction(c, "cancel", "Cancel a run that is queued or running", func(cmd *cobra.Command, api *client.Client, directory, run string) (client.SyncRun, error) {
		return answered[client.SyncRun](api.CancelSyncRun(cmd.Context(), directory, run, nil, client.Nothing{}))
	})
}

func runReject(c *connection) *cobra.Command {
	return runAction(c, "reject", "Drop the losses of a held run", func(cmd *cobra.Command, api *client.Client, directory, run string) (client.SyncRun, error) {
		return answered[client.SyncRun](api.RejectSyncRun(cmd.Context(), directory, run, nil, client.Nothing{}))
	})
}

func runApprove(c *connection) *cobra.Command {
	var only []string
	cmd := runAction(c, "approve", "Apply the losses of a held run", func(cmd *cobra.Command, api *client.Client, directory, run string) (client.SyncRun, error) {
		var approval client.Approval
		if len(only) > 0 {
			var kinds []client.LossKind
			for _, kind := range only {
				kinds = append(kinds, client.LossKind(kind))
			}
			approval.Only = &kinds
		}
		return answered[client.SyncRun](api.ApproveSyncRun(cmd.Context(), directory, run, nil, approval))
	})
	cmd.Flags().StringSliceVar(&only, "only", nil, "users, groups or memberships; left out, all")
	completeWith(cmd, "only", "users", "groups", "memberships")
	return cmd
}

func runItems(c *connection) *cobra.Command {
	cmd := &cobra.Command{Use: "items DIRECTORY RUN-ID", Short: "List what a run did, or would do, record by record", Args: cobra.ExactArgs(2)}
	most := cmd.Flags().Int("limit", 0, "how many; 0 is all")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		items, err := everyPage(*most, func(cursor *string) ([]client.Item, *string, error) {
			page, err := answered[client.ItemPage](api.ListSyncRunItems(cmd.Context(), id, args[1], &client.ListSyncRunItemsParams{Cursor: cursor, Limit: ptr(pageSize)}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		var rows [][]string
		for _, i := range items {
			rows = append(rows, []string{string(i.Kind), string(i.Action), orDash(i.ID), orDash(i.EntraObjectID), i.Detail})
		}
		return c.print(cmd.OutOrStdout(), items, []string{"KIND", "ACTION", "ID", "ENTRA OBJECT ID", "DETAIL"}, rows)
	}
	return cmd
}

func (c *connection) printRun(out io.Writer, r client.SyncRun) error {
	if c.output == jsonOutput {
		return c.print(out, r, nil, nil)
	}
	rows := [][]string{
		{"run", r.ID},
		{"kind", kindOf(r)},
		{"state", string(r.State)},
		{"requested", when(&r.RequestedAt)},
		{"started", when(r.StartedAt)},
		{"finished", when(r.FinishedAt)},
		{"requests to Graph", fmt.Sprintf("%d, %d of them throttled", r.Requests, r.Throttled)},
	}
	for _, doubt := range r.Doubts {
		rows = append(rows, []string{"held because", doubt})
	}
	if r.Counts.Drift > 0 {
		rows = append(rows, []string{"drift", fmt.Sprintf("%d; list it with scimbridge run drift", r.Counts.Drift)})
	}
	if r.Error != nil {
		rows = append(rows, []string{"error", r.Error.Code + ": " + r.Error.Message}, []string{"what to do", r.Error.Hint})
	}
	if err := writeTable(out, nil, rows); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return writeTable(out, []string{"", "READ", "CREATED", "UPDATED", "ADOPTED", "DEACTIVATED", "REMOVED", "RESTORED", "CONFLICTS"}, [][]string{
		countsRow("users", r.Counts.Users),
		countsRow("groups", r.Counts.Groups),
		{"memberships", strconv.Itoa(r.Counts.Memberships.Read), strconv.Itoa(r.Counts.Memberships.Added), "", "", "", strconv.Itoa(r.Counts.Memberships.Removed), "", ""},
	})
}

func countsRow(name string, n client.RecordCounts) []string {
	row := []string{name}
	for _, count := range []int{n.Read, n.Created, n.Updated, n.Adopted, n.Deactivated, n.Removed, n.Restored, n.Conflicts} {
		row = append(row, strconv.Itoa(count))
	}
	return row
}
