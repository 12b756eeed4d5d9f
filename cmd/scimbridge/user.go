package main

import (
	"context"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func userCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Show, export and erase users, and what each path last said of them", Aliases: []string{"users"}}
	c := connect(cmd)
	cmd.AddCommand(userList(c), userShow(c), userExplain(c), userExport(c), userErase(c))
	return cmd
}

func userList(c *connection) *cobra.Command {
	cmd := &cobra.Command{Use: "list DIRECTORY [USER-NAME]", Short: "List users, or those whose userName begins so", Args: cobra.RangeArgs(1, 2)}
	most := cmd.Flags().Int("limit", 50, "how many; 0 is all")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		prefix := ""
		if len(args) > 1 {
			prefix = args[1]
		}
		users, err := everyPage(*most, func(cursor *string) ([]client.User, *string, error) {
			page, err := answered[client.UserPage](api.ListUsers(cmd.Context(), id, &client.ListUsersParams{Cursor: cursor, Limit: ptr(pageSize), UserName: notEmpty(prefix)}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		var rows [][]string
		for _, u := range users {
			rows = append(rows, []string{u.ID, u.UserName, u.DisplayName, yesNo(u.Active), string(u.Push.Says), string(u.Pull.Says)})
		}
		return c.print(cmd.OutOrStdout(), users, []string{"ID", "USER NAME", "DISPLAY NAME", "ACTIVE", "PUSH SAYS", "PULL SAYS"}, rows)
	}
	return cmd
}

func userShow(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "show DIRECTORY USER", Short: "Show a user, by id or userName", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, id, err := c.directory(cmd, args[0])
			if err != nil {
				return err
			}
			u, err := findUser(cmd.Context(), api, id, args[1])
			if err != nil {
				return err
			}
			return c.print(cmd.OutOrStdout(), u, nil, [][]string{
				{"id", u.ID},
				{"Entra object id", orDash(u.EntraObjectID)},
				{"externalId", orDash(u.ExternalID)},
				{"userName", u.UserName},
				{"displayName", u.DisplayName},
				{"active", yesNo(u.Active)},
				{"push says", string(u.Push.Says) + " since " + when(u.Push.At) + ", spoke last " + when(u.Push.SpokeAt)},
				{"pull says", string(u.Pull.Says) + " since " + when(u.Pull.Since) + ", looked last " + when(u.Pull.At)},
				{"created", when(&u.CreatedAt)},
				{"changed", when(&u.UpdatedAt)},
			})
		},
	}
}

// findUser takes an id, a userName or a displayName. Of several that begin so, the one that
// is called so alone is meant.
func findUser(ctx context.Context, api *client.Client, directory, named string) (client.User, error) {
	if uuid.Validate(named) == nil {
		return answered[client.User](api.GetUser(ctx, directory, named))
	}
	page, err := answered[client.UserPage](api.ListUsers(ctx, directory, &client.ListUsersParams{UserName: &named, Limit: ptr(pageSize)}))
	if err != nil {
		return client.User{}, err
	}
	if len(page.Items) > 0 {
		return only(page.Items, named, "userName", "user", func(u client.User) string { return u.UserName })
	}
	page, err = answered[client.UserPage](api.ListUsers(ctx, directory, &client.ListUsersParams{DisplayName: &named, Limit: ptr(pageSize)}))
	if err != nil {
		return client.User{}, err
	}
	return only(page.Items, named, "userName or displayName", "user", func(u client.User) string { return u.DisplayName })
}
