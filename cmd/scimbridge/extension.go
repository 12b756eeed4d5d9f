package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func extensionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "extension", Short: "Define attributes of a customer's own for SCIM", Aliases: []string{"extensions"},
		Long: `Define attributes of a customer's own that a directory takes over SCIM, as a schema in
the form of RFC 7643 section 7.`,
	}
	c := connect(cmd)
	cmd.AddCommand(extensionList(c), extensionSet(c), extensionDelete(c))
	return cmd
}

func extensionList(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "list DIRECTORY", Short: "List a directory's extensions", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, directory, err := c.directory(cmd, args[0])
			if err != nil {
				return err
			}
			list, err := answered[client.ExtensionList](api.ListExtensions(cmd.Context(), directory))
			if err != nil {
				return err
			}
			var rows [][]string
			for _, e := range list.Items {
				rows = append(rows, []string{string(e.ResourceType), e.Urn})
			}
			return c.print(cmd.OutOrStdout(), list.Items, []string{"OF", "URN"}, rows)
		},
	}
}

func extensionSet(c *connection) *cobra.Command {
	cmd := &cobra.Command{
		Use: "set DIRECTORY FILE", Short: "Define an extension, or define it anew, from a file; - is standard input", Args: cobra.ExactArgs(2),
		Example: `  scimbridge extension set Contoso badge.json
  with {"id":"urn:contoso:params:scim:schemas:badge:2.0:User","name":"Badge","attributes":[{"name":"number","type":"integer"}]}`,
	}
	of := cmd.Flags().String("of", "User", "what it extends: User or Group")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		definition, err := readDefinition(cmd.InOrStdin(), args[1])
		if err != nil {
			return err
		}
		var schema struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(definition, &schema); err != nil {
			return fmt.Errorf("%s is not a schema: %w", args[1], err)
		}
		if schema.ID == "" {
			return fmt.Errorf("%s has no id; it is the schema's URN, such as urn:contoso:params:scim:schemas:badge:2.0:User", args[1])
		}
		api, directory, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		e, err := answered[client.Extension](api.SetExtension(cmd.Context(), directory, schema.ID, nil, client.ExtensionUpdate{
			ResourceType: client.ExtendedType(*of), Definition: definition,
		}))
		if err != nil {
			return err
		}
		return c.print(cmd.OutOrStdout(), e, nil, [][]string{{"of", string(e.ResourceType)}, {"urn", e.Urn}})
	}
	return cmd
}

func readDefinition(stdin io.Reader, file string) (json.RawMessage, error) {
	if file == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(file)
}

func extensionDelete(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "delete DIRECTORY URN", Short: "Take an extension away; its values show again if it is defined again", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, directory, err := c.directory(cmd, args[0])
			if err != nil {
				return err
			}
			return done(api.DeleteExtension(cmd.Context(), directory, args[1], nil))
		},
	}
}
