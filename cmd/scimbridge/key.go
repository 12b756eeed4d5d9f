package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scimbridge/internal/seal"
	"scimbridge/store"
)

func keyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "key", Short: "The key that seals stored credentials"}
	file := cmd.PersistentFlags().String("config", envOr(configVariable, ""), "the server's configuration file, if it has one (also "+configVariable+")")
	cmd.AddCommand(&cobra.Command{
		Use: "show", Short: "Show which keys are configured, and how much each of them seals", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withKeys(cmd.Context(), *file, func(r *keyring) error { return r.show(cmd.Context(), cmd.OutOrStdout()) })
		},
	}, &cobra.Command{
		Use: "rotate", Short: "Seal everything with the first key of SCIMBRIDGE_SECRET_KEY", Args: cobra.NoArgs,
		Long: `Seal everything with the first key of SCIMBRIDGE_SECRET_KEY, without downtime:

  1. Put a new key before the present one, SCIMBRIDGE_SECRET_KEY=new,present, and restart
     the servers one after the other. From then on the new key seals, and both open.
  2. Run scimbridge key rotate with the same setting.
  3. Take the present key out of the setting, and restart the servers.

It may be run again at any time, and while servers run.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withKeys(cmd.Context(), *file, func(r *keyring) error { return r.rotate(cmd.Context(), cmd.OutOrStdout()) })
		},
	})
	return cmd
}

// keyring is the configured keys and what they seal.
type keyring struct {
	db     *store.Store
	keys   []seal.Key
	sealer *seal.Sealer
}

func withKeys(ctx context.Context, file string, do func(*keyring) error) error {
	cfg, err := readConfig(file)
	if err != nil {
		return err
	}
	keys, err := seal.ParseKeys(cfg.SecretKey)
	if err != nil {
		return fmt.Errorf("SCIMBRIDGE_SECRET_KEY: %w", err)
	}
	db, err := store.Open(ctx, cfg.DatabaseURL, store.Options{MustExist: true})
	if err != nil {
		return err
	}
	return errors.Join(do(&keyring{db, keys, seal.NewSealer(keys[0], keys[1:]...)}), db.Close())
}

const secretsAtATime = 200

// each calls f for everything that is sealed.
func (r *keyring) each(ctx context.Context, f func(store.SealedSecret) error) error {
	after := ""
	for {
		secrets, err := r.db.SealedSecrets(ctx, after, secretsAtATime)
		if err != nil {
			return err
		}
		for _, secret := range secrets {
			if err := f(secret); err != nil {
				return err
			}
			after = secret.DirectoryID
		}
		if len(secrets) < secretsAtATime {
			return nil
		}
	}
}

func (r *keyring) show(ctx context.Context, out io.Writer) error {
	seals := make(map[string]int)
	if err := r.each(ctx, func(secret store.SealedSecret) error { seals[seal.KeyID(secret.Sealed)]++; return nil }); err != nil {
		return err
	}
	var rows [][]string
	for i, key := range r.keys {
		use := "opens"
		if i == 0 {
			use = "seals and opens"
		}
		rows = append(rows, []string{key.ID(), use, fmt.Sprint(seals[key.ID()])})
		delete(seals, key.ID())
	}
	var missing []string
	for id := range seals {
		missing = append(missing, id)
	}
	slices.Sort(missing)
	for _, id := range missing {
		rows = append(rows, []string{id, "not configured", fmt.Sprint(seals[id])})
	}
	if err := writeTable(out, []string{"KEY", "USE", "SEALS"}, rows); err != nil || len(missing) == 0 {
		return err
	}
	return fmt.Errorf("credentials are sealed with keys that are not configured: %s", strings.Join(missing, ", "))
}

// rotate seals anew what another key than the first has sealed. What does not open stays
// as it is, and is told.
func (r *keyring) rotate(ctx context.Context, out io.Writer) error {
	resealed, kept := 0, 0
	var faults []error
	err := r.each(ctx, func(secret store.SealedSecret) error {
		if seal.KeyID(secret.Sealed) == r.keys[0].ID() {
			kept++
			return nil
		}
		plain, err := r.sealer.Open(secret.Sealed, secret.Context)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", secret.Context, err))
			return nil
		}
		sealed, err := r.sealer.Seal(plain, secret.Context)
		if err != nil {
			return err
		}
		ok, err := r.db.Reseal(ctx, secret, sealed)
		if ok {
			resealed++
		}
		return err
	})
	fmt.Fprintf(out, "sealed anew: %d; sealed with key %s before: %d\n", resealed, r.keys[0].ID(), kept)
	return errors.Join(err, errors.Join(faults...))
}

// tellLostKeys says at the start which credentials do not open. The server runs on: what
// is pushed needs none of them.
func tellLostKeys(ctx context.Context, db *store.Store, sealer *seal.Sealer, log *slog.Logger) error {
	r := &keyring{db: db, sealer: sealer}
	return r.each(ctx, func(secret store.SealedSecret) error {
		if _, err := sealer.Open(secret.Sealed, secret.Context); err != nil {
			log.ErrorContext(ctx, "a stored credential does not open; look at SCIMBRIDGE_SECRET_KEY",
				"directory", secret.DirectoryID, "error", err.Error())
		}
		return nil
	})
}
