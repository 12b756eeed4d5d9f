package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func userExport(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "export DIRECTORY USER", Short: "Write everything that is held of one person, as JSON", Args: cobra.ExactArgs(2),
		Long: `Write everything that is held of one person, by id or userName, as JSON: the record,
the words of each path, and what runs, feed, request log and audit trail tell of them.
A removed person is found by id.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			api, directory, err := c.directory(cmd, args[0])
			if err != nil {
				return err
			}
			user, err := personID(cmd, api, directory, args[1])
			if err != nil {
				return err
			}
			held, err := answered[json.RawMessage](api.ExportUser(cmd.Context(), directory, user))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", held)
			return err
		},
	}
}

func userErase(c *connection) *cobra.Command {
	cmd := &cobra.Command{
		Use: "erase DIRECTORY USER", Short: "Erase everything that is held of one person, for good", Args: cobra.ExactArgs(2),
		Long: `Erase everything that is held of one person, by id or userName, for good. Take them out
of the scope of both paths first: one that still says that they exist brings them back.
Backups are not touched.`,
	}
	sure := cmd.Flags().Bool("yes", false, "do it: this cannot be undone")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !*sure {
			return errors.New("this erases a person for good: say --yes if it is meant")
		}
		api, directory, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		user, err := personID(cmd, api, directory, args[1])
		if err != nil {
			return err
		}
		erased, err := answered[client.Erasure](api.EraseUser(cmd.Context(), directory, user, nil, client.EraseUser{Confirm: user}))
		if err != nil {
			return err
		}
		return c.print(cmd.OutOrStdout(), erased, nil, [][]string{
			{"id", erased.ID},
			{"changes", fmt.Sprint(erased.Changes)},
			{"items of runs", fmt.Sprint(erased.Items)},
			{"drift", fmt.Sprint(erased.Drift)},
			{"requests", fmt.Sprint(erased.Requests)},
			{"audit events", fmt.Sprint(erased.AuditEvents)},
			{"note", erased.Note},
		})
	}
	return cmd
}

// personID takes an id, also of somebody removed, or a userName of which there is one.
func personID(cmd *cobra.Command, api *client.Client, directory, named string) (string, error) {
	if uuid.Validate(named) == nil {
		return named, nil
	}
	u, err := findUser(cmd.Context(), api, directory, named)
	return u.ID, err
}
