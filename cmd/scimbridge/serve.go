package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
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
SCIMBRIDGE_TLS_CERT, SCIMBRIDGE_TLS_KEY, SCIMBRIDGE_TRUSTED_PROXIES,
SCIMBRIDGE_RATE_LIMIT, SCIMBRIDGE_KEEP_AUDIT, SCIMBRIDGE_LOG_LEVEL, SCIMBRIDGE_LOG_FORMAT,
AZURE_FEDERATED_TOKEN_FILE;
or from a file of such lines (--config, SCIMBRIDGE_CONFIG), which they overrule.`,
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := readConfig(*file)
		if err != nil {
			return err
		}
		if err := cfg.Validate(); err != nil {
			return fmt.Errorf("the configuration has mistakes:\n%w", err)
		}
		return serve(cmd.Context(), cfg)
	}
	return cmd
}

// The bridge holds little, and would collect garbage often under load. These trade memory
// for time: garbage may take twice as much as what is held, and ballast counts as held. It is
// never touched, so that it takes no memory itself.
const (
	garbagePercent = 200
	ballastBytes   = 12 << 20
)

// serve runs the bridge until ctx ends.
func serve(ctx context.Context, cfg Config) error {
	log, err := cfg.logger()
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" { // else somebody has measured it for their machine
		debug.SetGCPercent(garbagePercent)
		ballast := make([]byte, ballastBytes)
		defer runtime.KeepAlive(ballast)
	}
	slog.SetDefault(log) // for rooms and libraries that are handed no logger
	keys, err := seal.ParseKeys(cfg.SecretKey)
	if err != nil {
		return err
	}
	trusted, err := cfg.trustedProxies()
	if err != nil {
		return err
	}
	listener, err := cfg.listen(log)
	if err != nil {
		return err
	}
	defer listener.Close()
	publicURL := cfg.publicURL(listener.Addr().String())
	b, err := newBridge(ctx, wiring{
		databaseURL: cfg.DatabaseURL, publicURL: publicURL,
		adminToken: seal.Secret(cfg.AdminToken), key: keys[0], earlierKeys: keys[1:],
		rate: cfg.Rate, trusted: trusted, keepAudit: cfg.KeepAudit, assertionFile: cfg.AssertionFile, log: log,
	})
	if err != nil {
		return err
	}
	return b.serve(ctx, listener, func() {
		log.Info("scimbridge is ready", "version", version, "address", listener.Addr().String(), "publicUrl", publicURL)
	})
}

func (c Config) logger() (*slog.Logger, error) {
	level, err := logging.ParseLevel(c.LogLevel)
	if err != nil {
		return nil, err
	}
	return logging.New(os.Stderr, c.LogFormat, level)
}

// listen opens the port, with TLS if there is a certificate.
func (c Config) listen(log *slog.Logger) (net.Listener, error) {
	listener, err := listen(c.Listen)
	if err != nil || c.TLSCert == "" {
		return listener, err
	}
	certificate, err := loadCertificate(c.TLSCert, c.TLSKey, log, time.Now)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return tls.NewListener(listener, &tls.Config{
		GetCertificate: certificate.get,
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
	}), nil
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

// grace is the time that a stop may take. It stays under what orchestrators give (30 s
// in Kubernetes) with room for closing the database.
const grace = 20 * time.Second

// serve answers requests and works on runs until ctx ends, then stops in order: first
// whatever changes data, then the database beneath it.
func (b *bridge) serve(ctx context.Context, listener net.Listener, ready func()) error {
	if err := b.start(ctx); err != nil {
		return errors.Join(err, b.store.Close())
	}
	server := newServer(b.handler, b.log)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	ready()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		b.log.Info("stopping: finishing requests, handing running pulls back")
	}
	err = errors.Join(err, b.stop(server), b.store.Close())
	if err == nil {
		b.log.Info("stopped")
	}
	return err
}

// stop ends requests and runs, both at once: a run that is handed back early is taken
// up early by another replica.
func (b *bridge) stop(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	handedBack := make(chan error, 1)
	go func() { handedBack <- b.handBack(ctx) }()
	err := server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("some requests were not finished after %s and are cut off", grace), server.Close())
	}
	return errors.Join(err, <-handedBack)
}

// consoleLog is the log of commands that a person watches: warnings only.
func consoleLog() *slog.Logger {
	return slog.New(logging.NewHandler(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
}
