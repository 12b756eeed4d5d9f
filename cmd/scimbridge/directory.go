package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
	"scimbridge/models"
)

func directoryCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "directory", Short: "Create, show and change directories, one for each customer", Aliases: []string{"directories"}}
	c := connect(cmd)
	cmd.AddCommand(directoryList(c), directoryCreate(c), directoryShow(c), directorySet(c), directoryDelete(c), directoryGroups(c), graphCommand(c))
	return cmd
}

func directoryList(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List directories", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, err := c.client()
			if err != nil {
				return err
			}
			directories, err := listDirectories(cmd.Context(), api)
			if err != nil {
				return err
			}
			var rows [][]string
			for _, d := range directories {
				rows = append(rows, []string{d.ID, d.Name, string(d.Mode), schedule(d)})
			}
			return c.print(cmd.OutOrStdout(), directories, []string{"ID", "NAME", "MODE", "SCHEDULE"}, rows)
		},
	}
}

func schedule(d client.Directory) string {
	if !d.Schedule.Enabled {
		return "off"
	}
	return d.Schedule.At + " " + d.Schedule.TimeZone
}

func directoryCreate(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "create NAME", Short: "Create a directory, in test mode", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := c.client()
			if err != nil {
				return err
			}
			d, err := answered[client.Directory](api.CreateDirectory(cmd.Context(), nil, client.DirectoryCreate{Name: args[0]}))
			if err != nil {
				return err
			}
			return c.printDirectory(cmd.OutOrStdout(), d)
		},
	}
}

func directoryShow(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "show DIRECTORY", Short: "Show a directory, by id or name", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, id, err := c.directory(cmd, args[0])
			if err != nil {
				return err
			}
			d, err := answered[client.Directory](api.GetDirectory(cmd.Context(), id))
			if err != nil {
				return err
			}
			return c.printDirectory(cmd.OutOrStdout(), d)
		},
	}
}

// directory is a signed-in client, and the directory that is named.
func (c *connection) directory(cmd *cobra.Command, named string) (*client.Client, string, error) {
	api, err := c.client()
	if err != nil {
		return nil, "", err
	}
	id, err := directoryID(cmd.Context(), api, named)
	return api, id, err
}

func (c *connection) printDirectory(out io.Writer, d client.Directory) error {
	scope := string(d.Scope.Kind)
	if len(d.Scope.IncludeGroups) > 0 {
		scope += " " + strings.Join(d.Scope.IncludeGroups, ", ")
	}
	if len(d.Scope.ExcludeGroups) > 0 {
		scope += ", without " + strings.Join(d.Scope.ExcludeGroups, ", ")
	}
	if d.Scope.Guests == client.TakingExclude {
		scope += ", without guests"
	}
	if d.Scope.Disabled == client.TakingExclude {
		scope += ", without disabled people"
	}
	limit := func(l client.Limit) string {
		text := fmt.Sprintf("more than %d and %d %%", l.Max, l.Percent)
		if l.Ceiling > 0 {
			text += fmt.Sprintf(", or more than %d", l.Ceiling)
		}
		return text
	}
	rows := [][]string{
		{"id", d.ID},
		{"name", d.Name},
		{"mode", string(d.Mode)},
		{"SCIM base URL", d.ScimBaseURL},
		{"scope", scope},
		{"schedule", schedule(d)},
		{"next run", nextRun(d)},
		{"settling time", d.Settle},
		{"user name from", string(d.UserNameFrom)},
		{"UPN as e-mail", yesNo(d.UpnAsMail)},
		{"attributes of users", leftOut(d.Attributes.Users, models.UserAttributes)},
		{"attributes of groups", leftOut(d.Attributes.Groups, models.GroupAttributes)},
		{"additive members", yesNo(d.AdditiveMembers)},
		{"push", onOff(d.Push.Enabled)},
		{"guard, users", limit(d.Guard.Users)},
		{"guard, groups", limit(d.Guard.Groups)},
		{"guard, memberships", limit(d.Guard.Memberships)},
		{"held runs expire after", d.Guard.ExpireAfter},
		{"request log", requestLog(d)},
		{"created", when(&d.CreatedAt)},
		{"changed", when(&d.UpdatedAt)},
	}
	for _, w := range d.Warnings {
		rows = append(rows, []string{"warning", w.Message})
	}
	return c.print(out, d, nil, rows)
}

func requestLog(d client.Directory) string {
	if d.RequestLog.Values {
		return "kept for " + d.RequestLog.Keep + ", with personal data"
	}
	return "kept for " + d.RequestLog.Keep + ", without personal data"
}

// nextRun tells when the schedule starts the next run, and why not to the minute.
func nextRun(d client.Directory) string {
	if d.NextRun == nil {
		return "none"
	}
	return fmt.Sprintf("%s, %s after the scheduled time so that many directories do not start together", when(&d.NextRun.At), d.NextRun.Spread)
}

// leftOut tells what is stored by what is not, which is shorter.
func leftOut(chosen, all []string) string {
	var out []string
	for _, name := range all {
		if !slices.Contains(chosen, name) {
			out = append(out, name)
		}
	}
	switch len(out) {
	case 0:
		return "all"
	case len(all):
		return "none"
	}
	return "all but " + strings.Join(out, ", ")
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func directoryDelete(c *connection) *cobra.Command {
	cmd := &cobra.Command{
		Use: "delete DIRECTORY", Short: "Erase a directory with everything in it, for good", Args: cobra.ExactArgs(1),
	}
	sure := cmd.Flags().Bool("yes", false, "do it: this cannot be undone")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		if !*sure {
			return errors.New("this erases the directory with its users, groups, tokens and runs, and cannot be undone; repeat it with --yes")
		}
		if err := done(api.DeleteDirectory(cmd.Context(), id, nil)); err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, "erased", id)
		return nil
	}
	return cmd
}
