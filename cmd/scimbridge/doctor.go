package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"scimbridge/store"
)

func doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check the configuration, the database and the running server",
		Args:  cobra.NoArgs,
	}
	file := configFlag(cmd)
	readyOnly := cmd.Flags().Bool("ready", false, "only ask the running server whether it is ready, as a health check does")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := readConfig(*file)
		if err != nil {
			return err
		}
		if *readyOnly {
			return askReady(cmd.Context(), cfg)
		}
		return examine(cmd.Context(), cmd.OutOrStdout(), cfg)
	}
	return cmd
}

// examine runs all checks, and fails if one did. What stands on configuration and database
// is looked at only if these are right.
func examine(ctx context.Context, out io.Writer, cfg Config) error {
	findings := []finding{{name: "configuration", err: cfg.Validate()}, {name: "database", err: examineDatabase(ctx, cfg)}}
	if findings[0].err == nil && findings[1].err == nil {
		findings = append(findings, examineMore(ctx, cfg)...)
	} else {
		findings = append(findings, finding{name: "server", err: askReady(ctx, cfg)})
	}
	failed := 0
	for _, f := range findings {
		if f.err == nil {
			fmt.Fprintf(out, "✓ %s\n", f.name)
			continue
		}
		mark := "–"
		if !f.hint {
			failed++
			mark = "✗"
		}
		fmt.Fprintf(out, "%s %s\n  %s\n", mark, f.name, strings.ReplaceAll(f.err.Error(), "\n", "\n  "))
	}
	if failed > 0 {
		return fmt.Errorf("%d of the checks failed", failed)
	}
	return nil
}

func examineDatabase(ctx context.Context, cfg Config) error {
	db, err := store.Open(ctx, cfg.DatabaseURL, store.Options{MustExist: true})
	if err != nil {
		return err
	}
	return errors.Join(db.Ready(ctx), db.Close())
}

// askReady asks the server where it listens. It is this machine's own server, so its
// certificate need not be for the name under which it is asked.
func askReady(ctx context.Context, cfg Config) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	address := cfg.localURL(cfg.Listen)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // this machine, and only a status is read
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+readyPath, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the server does not answer at %s; is scimbridge serve running?", address)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the server at %s answers %d: %s", address, answer.StatusCode, strings.TrimSpace(string(text)))
	}
	return nil
}
