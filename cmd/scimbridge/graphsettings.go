package main

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func graphCommand(c *connection) *cobra.Command {
	cmd := &cobra.Command{Use: "graph", Short: "How the pull reaches the tenant through Microsoft Graph"}
	cmd.AddCommand(graphShow(c), graphSet(c), graphTest(c), graphRemove(c))
	return cmd
}

func graphShow(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "show DIRECTORY", Short: "Show the settings, without the secret", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, id, err := c.directory(cmd, args[0])
			if err != nil {
				return err
			}
			g, err := answered[client.Graph](api.GetGraph(cmd.Context(), id))
			if err != nil {
				return err
			}
			return c.printGraph(cmd.OutOrStdout(), g)
		},
	}
}

func (c *connection) printGraph(out io.Writer, g client.Graph) error {
	rows := [][]string{
		{"tenant", g.TenantID},
		{"client", orDash(&g.ClientID)},
		{"credential", string(g.Credential) + sealedNote(g)},
	}
	if g.Certificate != nil {
		rows = append(rows, []string{"certificate", g.Certificate.Subject + ", " + g.Certificate.Thumbprint}, []string{"chain is sent", yesNo(g.Certificate.SendChain)})
	}
	return c.print(out, g, nil, append(rows, [][]string{
		{"credential ends", when(g.CredentialEndsAt)},
		{"application id URI", orDash(&g.ApplicationIDURI)},
		{"cloud", string(g.Cloud)},
		{"authority", g.AuthorityHost},
		{"Graph", g.GraphHost},
		{"admin consent", orDash(g.ConsentURL)},
		{"changed", when(&g.UpdatedAt)},
	}...))
}

func sealedNote(g client.Graph) string {
	if g.Credential == client.CredentialKindFederation || g.Credential == client.CredentialKindManagedIdentity {
		return " (of the machine that the bridge runs on)"
	}
	return " (stored sealed)"
}

// newGraph is what the flags of `directory graph set` say.
type newGraph struct {
	tenant, client, credential, cloud, uri, authority, graph string
	secretFile, certificateFile, passwordFile                string
	sendChain                                                bool
}

func graphSet(c *connection) *cobra.Command {
	var n newGraph
	cmd := &cobra.Command{
		Use: "set DIRECTORY", Short: "Set tenant, application and credential", Args: cobra.ExactArgs(1),
		Long: `Set tenant, application and credential. What the flags do not name stays as it is.

The client secret is read from the file of --secret-file ("-" is the standard input) or
from ` + secretVariable + `; the password of a PFX file from the file of --password-file or
from ` + passwordVariable + `. A stored secret or certificate stays while tenant, client and
hosts do.`,
		Example: "  scimbridge directory graph set Contoso --tenant contoso.onmicrosoft.com --client 3fa85f64-5717-4562-b3fc-2c963f66afa6 --secret-file secret.txt\n" +
			"  scimbridge directory graph set Contoso --certificate-file bridge.pfx --password-file password.txt",
	}
	flags := cmd.Flags()
	flags.StringVar(&n.tenant, "tenant", "", "the tenant's id or one of its domain names")
	flags.StringVar(&n.client, "client", "", "the application (client) id")
	flags.StringVar(&n.credential, "credential", "", "clientSecret, certificate, federation or managedIdentity; left out, what is given or stored")
	flags.StringVar(&n.secretFile, "secret-file", "", `file with the client secret; "-" is the standard input`)
	flags.StringVar(&n.certificateFile, "certificate-file", "", "PEM or PFX file with the certificate and its private key")
	flags.StringVar(&n.passwordFile, "password-file", "", "file with the password of the PFX file")
	flags.BoolVar(&n.sendChain, "send-chain", false, "send the certificate's chain with each sign-in")
	flags.StringVar(&n.uri, "application-id-uri", "", "such as api://scimbridge")
	flags.StringVar(&n.cloud, "cloud", "", "global, usgov, usgovdod, china or custom; global if none is stored")
	flags.StringVar(&n.authority, "authority-host", "", "with cloud custom: where sign-in happens")
	flags.StringVar(&n.graph, "graph-host", "", "with cloud custom: where Graph is")
	completeWith(cmd, "credential", "clientSecret", "certificate", "federation", "managedIdentity")
	completeWith(cmd, "cloud", "global", "usgov", "usgovdod", "china", "custom")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		update, err := storedGraph(cmd.Context(), api, id)
		if err != nil {
			return err
		}
		n.over(&update, cmd.Flags().Changed)
		if update.TenantID == "" {
			return errors.New("nothing is set yet, so --tenant and --client are needed")
		}
		if err := n.readCredential(cmd.InOrStdin(), &update); err != nil {
			return err
		}
		stored, err := answered[client.Graph](api.SetGraph(cmd.Context(), id, nil, update))
		if err != nil {
			return err
		}
		return c.printGraph(cmd.OutOrStdout(), stored)
	}
	return cmd
}

// storedGraph is what is set now, as it would be set again; empty if nothing is.
func storedGraph(ctx context.Context, api *client.Client, directory string) (client.GraphUpdate, error) {
	response, err := api.GetGraph(ctx, directory)
	if err == nil && response.StatusCode == http.StatusNotFound {
		return client.GraphUpdate{}, response.Body.Close()
	}
	g, err := answered[client.Graph](response, err)
	update := client.GraphUpdate{TenantID: g.TenantID, ClientID: notEmpty(g.ClientID), ApplicationIDURI: notEmpty(g.ApplicationIDURI), Cloud: &g.Cloud}
	if g.Cloud == client.CloudCustom {
		update.AuthorityHost, update.GraphHost = &g.AuthorityHost, &g.GraphHost
	}
	return update, err
}

// over lays the flags that were given over what is set.
func (n newGraph) over(u *client.GraphUpdate, given func(flag string) bool) {
	if given("cloud") {
		u.Cloud, u.AuthorityHost, u.GraphHost = ptr(client.Cloud(n.cloud)), nil, nil
	}
	for _, f := range []struct {
		flag, value string
		to          **string
	}{
		{"client", n.client, &u.ClientID}, {"application-id-uri", n.uri, &u.ApplicationIDURI},
		{"authority-host", n.authority, &u.AuthorityHost}, {"graph-host", n.graph, &u.GraphHost},
	} {
		if given(f.flag) {
			*f.to = notEmpty(f.value)
		}
	}
	if given("tenant") {
		u.TenantID = n.tenant
	}
	if given("credential") {
		u.Credential = ptr(client.CredentialKind(n.credential))
	}
	if given("send-chain") {
		u.SendChain = &n.sendChain
	}
}

func graphTest(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "test DIRECTORY", Short: "Test the way to the tenant, step by step", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, id, err := c.directory(cmd, args[0])
			if err != nil {
				return err
			}
			test, err := answered[client.GraphTest](api.TestGraph(cmd.Context(), id, nil, client.Nothing{}))
			if err != nil {
				return err
			}
			var rows [][]string
			for _, check := range test.Checks {
				rows = append(rows, []string{mark(check), check.Name, check.Detail})
			}
			if err := c.print(cmd.OutOrStdout(), test, nil, rows); err != nil {
				return err
			}
			if !test.Ok {
				return errors.New("the way to the tenant is not open; see the checks that failed")
			}
			return nil
		},
	}
}

func mark(check client.Check) string {
	switch {
	case check.Ok:
		return "✓"
	case check.Optional:
		return "–"
	}
	return "✗"
}

func graphRemove(c *connection) *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove DIRECTORY", Short: "Forget the settings, and withdraw what the pull has said", Args: cobra.ExactArgs(1),
		Long: `Forget the settings with their secret, and withdraw what the pull has said: a run of
the kind endPull does it, which the guard holds if it would take too many. To look
first: scimbridge sync DIRECTORY --end pull --dry-run. To pause the pull, switch its
schedule off instead: scimbridge directory set DIRECTORY --schedule off.`,
	}
	sure := cmd.Flags().Bool("yes", false, "do it")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !*sure {
			return errors.New("this ends the pull: say --yes if it is meant")
		}
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		run, err := answered[client.SyncRun](api.DeleteGraph(cmd.Context(), id, nil))
		if err != nil {
			return err
		}
		return c.printRun(cmd.OutOrStdout(), run)
	}
	return cmd
}
