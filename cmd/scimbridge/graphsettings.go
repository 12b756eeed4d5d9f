package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func graphCommand(c *connection) *cobra.Command {
	cmd := &cobra.Command{Use: "graph", Short: "How the pull reaches the tenant through Microsoft Graph"}
	cmd.AddCommand(graphShow(c), graphSet(c), graphTest(c))
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
	return c.print(out, g, nil, [][]string{
		{"tenant", g.TenantID},
		{"client", g.ClientID},
		{"client secret", "(stored sealed)"},
		{"application id URI", orDash(&g.ApplicationIDURI)},
		{"cloud", string(g.Cloud)},
		{"authority", g.AuthorityHost},
		{"Graph", g.GraphHost},
		{"changed", when(&g.UpdatedAt)},
	})
}

const secretVariable = "SCIMBRIDGE_GRAPH_SECRET"

func graphSet(c *connection) *cobra.Command {
	var g client.GraphUpdate
	var cloud, uri, authority, graph, secretFile string
	cmd := &cobra.Command{
		Use: "set DIRECTORY", Short: "Set tenant, application and secret", Args: cobra.ExactArgs(1),
		Long: `Set tenant, application and secret.

The client secret is read from the file of --secret-file ("-" is the standard input) or
from ` + secretVariable + `. It may be left out while tenant, client and hosts stay the same.`,
	}
	flags := cmd.Flags()
	flags.StringVar(&g.TenantID, "tenant", "", "the tenant's id or one of its domain names")
	flags.StringVar(&g.ClientID, "client", "", "the application (client) id")
	flags.StringVar(&secretFile, "secret-file", "", `file with the client secret; "-" is the standard input`)
	flags.StringVar(&uri, "application-id-uri", "", "such as api://scimbridge")
	flags.StringVar(&cloud, "cloud", "global", "global, usgov, usgovdod, china or custom")
	flags.StringVar(&authority, "authority-host", "", "with cloud custom: where sign-in happens")
	flags.StringVar(&graph, "graph-host", "", "with cloud custom: where Graph is")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if g.TenantID == "" || g.ClientID == "" {
			return errors.New("--tenant and --client are needed")
		}
		secret, err := readSecret(cmd.InOrStdin(), secretFile)
		if err != nil {
			return err
		}
		g.ClientSecret, g.Cloud = notEmpty(secret), ptr(client.Cloud(cloud))
		g.ApplicationIDURI, g.AuthorityHost, g.GraphHost = notEmpty(uri), notEmpty(authority), notEmpty(graph)
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		stored, err := answered[client.Graph](api.SetGraph(cmd.Context(), id, g))
		if err != nil {
			return err
		}
		return c.printGraph(cmd.OutOrStdout(), stored)
	}
	return cmd
}

func notEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// readSecret is no flag, because every user of a machine sees the flags of its programs.
func readSecret(in io.Reader, file string) (string, error) {
	var text []byte
	var err error
	switch file {
	case "":
		return strings.TrimSpace(os.Getenv(secretVariable)), nil
	case "-":
		text, err = io.ReadAll(io.LimitReader(in, 64<<10))
	default:
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return "", fmt.Errorf("read the client secret: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

func graphTest(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "test DIRECTORY", Short: "Test the way to the tenant, step by step", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, id, err := c.directory(cmd, args[0])
			if err != nil {
				return err
			}
			test, err := answered[client.GraphTest](api.TestGraph(cmd.Context(), id, client.Nothing{}))
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
