package main

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"scimbridge/internal/seal"
	"scimbridge/pull/graphemu"
)

func demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the whole main job with nothing configured",
		Long: `Show the whole main job with nothing configured: a built-in Microsoft Graph with a
sample company, a first pull, a push as Entra sends it, a pull that reconciles, and
a server that goes on until Ctrl-C. Everything lies in one folder and on loopback.`,
		Args: cobra.NoArgs,
	}
	address := cmd.Flags().String("listen", envOr("SCIMBRIDGE_LISTEN", "127.0.0.1:8080"), "where to serve")
	folder := cmd.Flags().String("folder", "scimbridge-demo", "where the database lies; an earlier demo's is replaced")
	once := cmd.Flags().Bool("once", false, "end after the summary instead of serving on")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return runDemo(cmd.Context(), cmd.OutOrStdout(), *address, *folder, *once)
	}
	return cmd
}

func envOr(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// unhurried is a Graph with pages and answers of a kind that a person can watch.
var unhurried = graphemu.Config{UsersPerDeltaPage: 25, GroupsPerDeltaPage: 5, Latency: 60 * time.Millisecond}

// runDemo starts the emulator and a real bridge, and plays the script against its doors.
func runDemo(ctx context.Context, out io.Writer, address, folder string, once bool) error {
	listener, err := listen(address) // before the earlier demo's files are touched
	if err != nil {
		return err
	}
	defer listener.Close()
	tenant := graphemu.Company(2026, graphemu.Demo, time.Now)
	emulator, err := graphemu.Listen(graphemu.New(unhurried, tenant), "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer emulator.Close()
	log := consoleLog()
	slog.SetDefault(log)
	adminToken := "demo-" + rand.Text()
	b, err := demoBridge(ctx, folder, listener, emulator, adminToken, log)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- b.serve(ctx, listener, func() {}) }()

	script := newScript(out, "http://"+listener.Addr().String(), adminToken, tenant, emulator.URL)
	if err := script.play(ctx); err != nil {
		interrupted := ctx.Err() != nil // by Ctrl-C: nothing that failed
		stop()
		if served := <-ended; served != nil || interrupted {
			fmt.Fprintln(out) // a line of progress may stand unfinished
			return served
		}
		return err
	}
	if once {
		stop()
	} else {
		fmt.Fprintln(out, "\nServing until you press Ctrl-C.")
	}
	return <-ended
}

// demoBridge is a bridge on a fresh SQLite file that trusts the emulator's certificate.
func demoBridge(ctx context.Context, folder string, listener net.Listener, emulator *graphemu.Server, adminToken string, log *slog.Logger) (*bridge, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the demo's folder: %w", err)
	}
	path := filepath.Join(folder, "scimbridge.db")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("clear the earlier demo: %w", err)
		}
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(emulator.RootsPEM)
	return newBridge(ctx, wiring{
		databaseURL: "sqlite://" + path,
		publicURL:   "http://" + listener.Addr().String(),
		adminToken:  seal.Secret(adminToken),
		key:         seal.NewKey(),
		roots:       roots,
		log:         log,
	})
}
