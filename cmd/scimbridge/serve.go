package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"scimbridge/internal/logging"
	"scimbridge/internal/seal"
)

func serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the bridge",
		Long: `Run the bridge until it is told to stop (SIGINT or SIGTERM): requests are
finished and running pulls are handed back. The database is migrated at the start.

Settings come from the environment: SCIMBRIDGE_LISTEN, SCIMBRIDGE_PUBLIC_URL,
SCIMBRIDGE_DATABASE_URL, SCIMBRIDGE_ADMIN_TOKEN, SCIMBRIDGE_SECRET_KEY,
SCIMBRIDGE_TLS_CERT, SCIMBRIDGE_TLS_KEY, SCIMBRIDGE_LOG_LEVEL, SCIMBRIDGE_LOG_FORMAT.`,
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := readConfig(*file)
		if err == nil {
			err = cfg.Validate()
		}
		if err != nil {
			return fmt.Errorf("the configuration has mistakes:\n%w", err)
		}
		return serve(cmd.Context(), cfg)
	}
	return cmd
}

// serve runs the bridge until ctx ends.
func serve(ctx context.Context, cfg Config) error {
	level, err := logging.ParseLevel(cfg.LogLevel)
	if err != nil {
		return err
	}
	log, err := logging.New(os.Stderr, cfg.LogFormat, level)
	if err != nil {
		return err
	}
	key, err := seal.ParseKey(cfg.SecretKey)
	if err != nil {
		return err
	}
	listener, err := listen(cfg.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	publicURL := cfg.publicURL(listener.Addr().String())
	b, err := newBridge(ctx, wiring{
		databaseURL: cfg.DatabaseURL, publicURL: publicURL,
		adminToken: seal.Secret(cfg.AdminToken), key: key, log: log,
	})
	if err != nil {
		return err
	}
	log.Info("scimbridge is ready", "version", version, "address", listener.Addr().String(), "publicUrl", publicURL)
	return b.serve(ctx, listener, cfg.TLSCert, cfg.TLSKey)
}

// Time that a stop may take: first for requests, then for running pulls to be handed
// back. Together they stay under the grace that orchestrators give.
const (
	finishRequests = 20 * time.Second
	handBack       = 10 * time.Second
)

// serve answers requests and works on runs until ctx ends, then stops in order.
func (b *bridge) serve(ctx context.Context, listener net.Listener, cert, key string) error {
	stop, err := b.start(ctx)
	if err != nil {
		return errors.Join(err, b.store.Close())
	}
	server := newServer(b.handler, b.log)
	failed := make(chan error, 1)
	go func() {
		if cert != "" {
			failed <- server.ServeTLS(listener, cert, key)
		} else {
			failed <- server.Serve(listener)
		}
	}()
	select {
	case err = <-failed:
	case <-ctx.Done():
		b.log.Info("stopping: finishing requests, handing running pulls back")
	}
	err = errors.Join(err, shutdown(server), stopWithin(stop))
	if err == nil {
		b.log.Info("stopped")
	}
	return err
}

func shutdown(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), finishRequests)
	defer cancel()
	return server.Shutdown(ctx)
}

func stopWithin(stop func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), handBack)
	defer cancel()
	return stop(ctx)
}

// listen says what to do if the port is taken.
func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the address %s is taken by another program (perhaps another scimbridge): stop that, or choose another with SCIMBRIDGE_LISTEN=127.0.0.1:8081", address)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return listener, nil
}

// consoleLog is the log of commands that a person watches: warnings only.
func consoleLog() *slog.Logger {
	return slog.New(logging.NewHandler(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
}
