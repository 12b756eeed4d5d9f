package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"scimbridge/store"
)

func migrateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database to this program's schema (serve does so too)",
		Args:  cobra.NoArgs,
	}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := readConfig(*file)
		if err != nil {
			return err
		}
		db, err := store.Open(cmd.Context(), cfg.DatabaseURL, store.Options{})
		if err != nil {
			return err
		}
		defer db.Close()
		if err := db.Migrate(cmd.Context()); err != nil {
			return err
		}
		fmt.Fprintln(cmd.OutOrStdout(), "the database", store.Redact(cfg.DatabaseURL), "is up to date")
		return nil
	}
	return cmd
}
