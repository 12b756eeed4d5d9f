package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func tokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "token", Short: "Issue, list and revoke SCIM tokens and admin tokens", Aliases: []string{"tokens"},
		Long: `Issue, list and revoke tokens: of a directory's SCIM endpoint, or with --admin those
that open the admin API.`,
	}
	c := connect(cmd)
	cmd.AddCommand(tokenCreate(c), tokenList(c), tokenRevoke(c))
	return cmd
}

// newToken is what the flags of `token create` say.
type newToken struct {
	name, access, expires string
	admin                 bool
}

func tokenCreate(c *connection) *cobra.Command {
	var n newToken
	cmd := &cobra.Command{
		Use: "create [DIRECTORY]", Short: "Issue a token; its text is printed once, and never again", Args: cobra.MaximumNArgs(1),
		Example: "  scimbridge token create Contoso --name Entra --access write\n" +
			"  scimbridge token create Contoso --admin --name \"Contoso's IT\" --access read --expires 720h",
	}
	flags := cmd.Flags()
	flags.StringVar(&n.name, "name", "", "who is to use it")
	flags.StringVar(&n.access, "access", "", "read or write")
	flags.StringVar(&n.expires, "expires", "", "after how long, such as 8760h, or when, such as 2027-01-31T00:00:00Z; left out, never")
	flags.BoolVar(&n.admin, "admin", false, "of the admin API; without DIRECTORY for all of them")
	_ = cmd.MarkFlagRequired("name")
	_ = cmd.MarkFlagRequired("access")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		expires, err := readExpiry(n.expires)
		if err != nil {
			return err
		}
		api, directory, err := c.maybeDirectory(cmd, args, n.admin)
		if err != nil {
			return err
		}
		if n.admin {
			t, err := answered[client.AdminTokenIssued](api.CreateAdminToken(cmd.Context(), nil, client.AdminTokenCreate{
				Name: n.name, Access: client.AdminAccess(n.access), Directory: notEmpty(directory), ExpiresAt: expires,
			}))
			if err != nil {
				return err
			}
			return c.print(cmd.OutOrStdout(), t, nil, [][]string{
				{"id", t.ID}, {"name", t.Name}, {"access", string(t.Access)}, {"directory", orDash(t.Directory)}, {"expires", when(t.ExpiresAt)}, {"token", t.Token},
			})
		}
		t, err := answered[client.ScimTokenIssued](api.CreateScimToken(cmd.Context(), directory, nil, client.ScimTokenCreate{
			Name: n.name, Access: client.TokenAccess(n.access), ExpiresAt: expires,
		}))
		if err != nil {
			return err
		}
		return c.print(cmd.OutOrStdout(), t, nil, [][]string{
			{"id", t.ID}, {"name", t.Name}, {"access", string(t.Access)}, {"expires", when(t.ExpiresAt)}, {"token", t.Token},
		})
	}
	return cmd
}

// readExpiry takes a duration from now, or a time.
func readExpiry(text string) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	if after, err := time.ParseDuration(text); err == nil {
		return ptr(time.Now().Add(after)), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, fmt.Errorf("--expires %q is neither a duration such as 8760h nor a time such as 2027-01-31T00:00:00Z", text)
	}
	return &at, nil
}

// maybeDirectory is the directory that is named; for the admin API it may be none.
func (c *connection) maybeDirectory(cmd *cobra.Command, args []string, admin bool) (*client.Client, string, error) {
	if len(args) > 0 {
		return c.directory(cmd, args[0])
	}
	if !admin {
		return nil, "", fmt.Errorf("name the directory: scimbridge token %s DIRECTORY", cmd.Name())
	}
	api, err := c.client()
	return api, "", err
}

func tokenList(c *connection) *cobra.Command {
	cmd := &cobra.Command{Use: "list [DIRECTORY]", Short: "List tokens, without their texts", Args: cobra.MaximumNArgs(1)}
	admin := cmd.Flags().Bool("admin", false, "those of the admin API")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, directory, err := c.maybeDirectory(cmd, args, *admin)
		if err != nil {
			return err
		}
		if *admin {
			return c.listAdminTokens(cmd, api, directory)
		}
		tokens, err := everyPage(0, func(cursor *string) ([]client.ScimToken, *string, error) {
			page, err := answered[client.ScimTokenPage](api.ListScimTokens(cmd.Context(), directory, &client.ListScimTokensParams{Cursor: cursor, Limit: ptr(pageSize)}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		var rows [][]string
		for _, t := range tokens {
			rows = append(rows, []string{t.ID, t.Name, string(t.Access), when(t.ExpiresAt), when(t.LastUsedAt), when(t.RevokedAt)})
		}
		return c.print(cmd.OutOrStdout(), tokens, []string{"ID", "NAME", "ACCESS", "EXPIRES", "LAST USED", "REVOKED"}, rows)
	}
	return cmd
}

func (c *connection) listAdminTokens(cmd *cobra.Command, api *client.Client, directory string) error {
	tokens, err := everyPage(0, func(cursor *string) ([]client.AdminToken, *string, error) {
		page, err := answered[client.AdminTokenPage](api.ListAdminTokens(cmd.Context(), &client.ListAdminTokensParams{Cursor: cursor, Limit: ptr(pageSize)}))
		return page.Items, page.NextCursor, err
	})
	if err != nil {
		return err
	}
	var rows [][]string
	shown := []client.AdminToken{}
	for _, t := range tokens {
		if directory != "" && (t.Directory == nil || *t.Directory != directory) {
			continue
		}
		shown = append(shown, t)
		rows = append(rows, []string{t.ID, t.Name, string(t.Access), orDash(t.Directory), when(t.ExpiresAt), when(t.LastUsedAt), when(t.RevokedAt)})
	}
	return c.print(cmd.OutOrStdout(), shown, []string{"ID", "NAME", "ACCESS", "DIRECTORY", "EXPIRES", "LAST USED", "REVOKED"}, rows)
}

func tokenRevoke(c *connection) *cobra.Command {
	cmd := &cobra.Command{
		Use: "revoke DIRECTORY TOKEN-ID | --admin TOKEN-ID", Short: "Revoke a token: it opens nothing from now on", Args: cobra.RangeArgs(1, 2),
	}
	admin := cmd.Flags().Bool("admin", false, "one of the admin API")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id := args[len(args)-1]
		api, directory, err := c.maybeDirectory(cmd, args[:len(args)-1], *admin)
		if err != nil {
			return err
		}
		if *admin {
			err = done(api.RevokeAdminToken(cmd.Context(), id))
		} else {
			err = done(api.RevokeScimToken(cmd.Context(), directory, id))
		}
		return revoked(err, id)
	}
	return cmd
}
