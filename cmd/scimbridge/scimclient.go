package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func scimClientCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "client", Short: "Register, change and revoke SCIM clients, which get their tokens by OAuth", Aliases: []string{"clients"},
		Long: `Register, change and revoke SCIM clients: those that get access tokens at /oauth2/token
with a secret, or with an assertion that Entra signed, and those whose tokens of Entra's own
are trusted. See docs/guides/entra-sign-in.md.`,
	}
	c := connect(cmd)
	cmd.AddCommand(clientCreate(c), clientList(c), clientShow(c), clientSet(c), clientSecret(c), clientRevokeSecret(c), clientRevoke(c))
	return cmd
}

func clientCreate(c *connection) *cobra.Command {
	var n client.ScimClientCreate
	var kind, access, tenant, subject string
	var audiences []string
	cmd := &cobra.Command{
		Use: "create DIRECTORY", Short: "Register a client", Args: cobra.ExactArgs(1),
		Example: "  scimbridge client create Contoso --name Entra\n" +
			"  scimbridge client create Contoso --name Entra --kind federation --tenant … --subject … --audience api://…",
	}
	flags := cmd.Flags()
	flags.StringVar(&n.Name, "name", "", "who it is")
	flags.StringVar(&kind, "kind", "secret", "secret, federation or entra-token")
	flags.StringVar(&access, "access", "write", "read or write")
	minutes := flags.Int("token-minutes", 60, "how long an access token lives, from 60 to 360")
	flags.StringVar(&tenant, "tenant", "", "the tenant whose signature is trusted, by id")
	flags.StringVar(&subject, "subject", "", "the object id of Entra's service principal")
	flags.StringSliceVar(&audiences, "audience", nil, "what a token may be meant for, such as api://…")
	_ = cmd.MarkFlagRequired("name")
	completeWith(cmd, "kind", "secret", "federation", "entra-token")
	completeWith(cmd, "access", "read", "write")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		n.Kind, n.Access, n.TokenMinutes = client.ScimClientKind(kind), ptr(client.TokenAccess(access)), minutes
		if tenant != "" || subject != "" || len(audiences) > 0 {
			n.Federation = &client.FederationUpdate{TenantID: tenant, Subject: notEmpty(subject)}
			if len(audiences) > 0 {
				n.Federation.Audiences = &audiences
			}
		}
		made, err := answered[client.ScimClient](api.CreateScimClient(cmd.Context(), id, nil, n))
		if err != nil {
			return err
		}
		return c.printClient(cmd.OutOrStdout(), made)
	}
	return cmd
}

func clientList(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "list DIRECTORY", Short: "List clients, revoked ones too", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, id, err := c.directory(cmd, args[0])
			if err != nil {
				return err
			}
			clients, err := everyPage(0, func(cursor *string) ([]client.ScimClient, *string, error) {
				page, err := answered[client.ScimClientPage](api.ListScimClients(cmd.Context(), id, &client.ListScimClientsParams{Cursor: cursor, Limit: ptr(pageSize)}))
				return page.Items, page.NextCursor, err
			})
			if err != nil {
				return err
			}
			var rows [][]string
			for _, s := range clients {
				rows = append(rows, []string{s.ID, s.Name, string(s.Kind), string(s.Access), when(s.LastUsedAt), when(s.RevokedAt)})
			}
			return c.print(cmd.OutOrStdout(), clients, []string{"ID", "NAME", "KIND", "ACCESS", "LAST USED", "REVOKED"}, rows)
		},
	}
}

func clientShow(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "show DIRECTORY CLIENT-ID", Short: "Show a client with its secrets, but for their texts", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, id, err := c.directory(cmd, args[0])
			if err != nil {
				return err
			}
			s, err := answered[client.ScimClient](api.GetScimClient(cmd.Context(), id, args[1]))
			if err != nil {
				return err
			}
			return c.printClient(cmd.OutOrStdout(), s)
		},
	}
}

func clientSet(c *connection) *cobra.Command {
	cmd := &cobra.Command{Use: "set DIRECTORY CLIENT-ID", Short: "Rename a client, or change how long its access tokens live", Args: cobra.ExactArgs(2)}
	name := cmd.Flags().String("name", "", "another name")
	minutes := cmd.Flags().Int("token-minutes", 0, "how long an access token lives, from 60 to 360")
	cmd.MarkFlagsOneRequired("name", "token-minutes")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		var patch client.ScimClientPatch
		if cmd.Flags().Changed("name") {
			patch.Name = name
		}
		if cmd.Flags().Changed("token-minutes") {
			patch.TokenMinutes = minutes
		}
		s, err := answered[client.ScimClient](api.UpdateScimClient(cmd.Context(), id, args[1], nil, patch))
		if err != nil {
			return err
		}
		return c.printClient(cmd.OutOrStdout(), s)
	}
	return cmd
}

func clientSecret(c *connection) *cobra.Command {
	cmd := &cobra.Command{Use: "secret DIRECTORY CLIENT-ID", Short: "Issue a client secret; its text is printed once, and never again", Args: cobra.ExactArgs(2)}
	expires := cmd.Flags().String("expires", "", "after how long, such as 8760h, or when; left out, in a year")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		at, err := readExpiry(*expires)
		if err != nil {
			return err
		}
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		s, err := answered[client.ClientSecretIssued](api.CreateScimClientSecret(cmd.Context(), id, args[1], nil, client.ClientSecretCreate{ExpiresAt: at}))
		if err != nil {
			return err
		}
		return c.print(cmd.OutOrStdout(), s, nil, [][]string{
			{"id", s.ID}, {"client id", s.ClientID}, {"token URL", s.TokenURL}, {"expires", when(&s.ExpiresAt)}, {"client secret", s.ClientSecret},
		})
	}
	return cmd
}

func clientRevokeSecret(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "revoke-secret DIRECTORY CLIENT-ID SECRET-ID", Short: "End a client secret, and the access tokens that were got with it", Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, id, err := c.directory(cmd, args[0])
			if err != nil {
				return err
			}
			return revoked(done(api.RevokeScimClientSecret(cmd.Context(), id, args[1], args[2])), args[2])
		},
	}
}

func clientRevoke(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "revoke DIRECTORY CLIENT-ID", Short: "End a client, its secrets and its access tokens", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, id, err := c.directory(cmd, args[0])
			if err != nil {
				return err
			}
			return revoked(done(api.RevokeScimClient(cmd.Context(), id, args[1], nil)), args[1])
		},
	}
}

func revoked(err error, id string) error {
	if err == nil {
		fmt.Fprintln(os.Stderr, "revoked", id)
	}
	return err
}

func (c *connection) printClient(out io.Writer, s client.ScimClient) error {
	rows := [][]string{
		{"id", s.ID}, {"name", s.Name}, {"kind", string(s.Kind)}, {"access", string(s.Access)},
		{"access tokens live", fmt.Sprintf("%d minutes", s.TokenMinutes)}, {"token URL", s.TokenURL},
	}
	if f := s.Federation; f != nil {
		rows = append(rows, []string{"trusted tenant", f.TenantID}, []string{"subject", orDash(&f.Subject)}, []string{"audiences", plain(f.Audiences)})
	}
	for _, secret := range s.Secrets {
		rows = append(rows, []string{"secret " + secret.ID, "expires " + when(&secret.ExpiresAt) + ", last used " + when(secret.LastUsedAt) + ", revoked " + when(secret.RevokedAt)})
	}
	return c.print(out, s, nil, append(rows, []string{"created", when(&s.CreatedAt)}, []string{"revoked", when(s.RevokedAt)}))
}
