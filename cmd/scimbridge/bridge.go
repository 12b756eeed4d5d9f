package main

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"scimbridge/access"
	"scimbridge/admin"
	"scimbridge/internal/seal"
	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graph"
	"scimbridge/push"
	"scimbridge/scim"
	"scimbridge/store"
)

// bridge is the whole program but for its listener: serve and demo run the same.
type bridge struct {
	store     *store.Store
	queue     *pull.Queue
	scheduler *pull.Scheduler
	requests  *push.RequestLog
	storms    *push.StormWatch
	handler   http.Handler
	log       *slog.Logger
	// handBack hands running runs back and ends the work on them. start fills it.
	handBack func(context.Context) error
}

// wiring is what a bridge is built from.
type wiring struct {
	databaseURL string
	publicURL   string
	adminToken  seal.Secret
	key         seal.Key
	earlierKeys []seal.Key // open what they sealed
	// roots are certificates to trust for Graph; nil means the system's.
	roots *x509.CertPool
	// assertionFile holds the server's own token for directories that are read by
	// workload identity federation; "" is none.
	assertionFile string
	// rate is how many requests a second one token may send; trusted are the proxies
	// that say where a request comes from.
	rate    float64
	trusted []netip.Prefix
	// keepAudit is for how long audit events are kept; 0 is for ever.
	keepAudit time.Duration
	log       *slog.Logger
}

// newBridge opens and migrates the database, and wires the rooms in reading order.
func newBridge(ctx context.Context, w wiring) (*bridge, error) {
	db, err := store.Open(ctx, w.databaseURL, store.Options{})
	if err != nil {
		return nil, err
	}
	b := &bridge{store: db, log: w.log}
	if err := b.wire(ctx, w); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return b, nil
}

func (b *bridge) wire(ctx context.Context, w wiring) error {
	if err := b.store.Migrate(ctx); err != nil {
		return err
	}
	sealer := seal.NewSealer(w.key, w.earlierKeys...)
	if err := tellLostKeys(ctx, b.store, sealer, w.log); err != nil {
		return err
	}
	dialer := &graph.Dialer{Roots: w.roots, Proxy: http.ProxyFromEnvironment, Log: w.log, Now: time.Now}
	if w.assertionFile != "" {
		dialer.Assertion = graph.AssertionFromFile(w.assertionFile)
	}
	runner := &pull.Runner{
		Store: b.store, Dial: dialer, Secrets: sealer, Log: w.log,
		Now: time.Now, Owner: ownerName(), Renew: everyFiveSeconds,
	}
	var err error
	upkeep := &pull.Upkeep{Store: b.store, Log: w.log, KeepAudit: w.keepAudit}
	if b.queue, err = pull.NewQueue(runner, upkeep, b.store, quiet(w.log)); err != nil {
		return err
	}
	b.scheduler = &pull.Scheduler{Store: b.store, Queue: b.queue, Log: w.log}
	b.storms = push.NewStormWatch(b.store, w.log)
	opener := &push.Opener{
		Store: b.store, PublicURL: w.publicURL, RequestID: requestID, Look: b.queue.Look,
		Cursors: sealer,
		Storms:  b.storms,
	}
	verifier := newVerifier(w.roots)
	door := newScimDoor(opener, b.store, verifier, w.log)
	b.requests = push.NewRequestLog(b.store, w.log)
	admins := access.NewAdmins(w.adminToken, b.store)
	api := admin.New(admin.Config{
		Store: b.store, SignIn: admins, Sealer: sealer,
		Runs:    runs{queue: b.queue, store: b.store},
		Tenants: tenants{dialer}, CheckExtensions: push.CheckExtensions, PublicURL: w.publicURL, RequestID: requestID, Log: w.log,
	})
	tokens := &access.TokenEndpoint{Clients: b.store, Verifier: verifier, Log: w.log}
	m := newMetrics()
	m.watch(b.store, b.storms.Began, w.log)
	rooms := routes(w.log, b.store, scim.New(door, scim.WithRecorder(b.requests)), api, tokens, m.door(admins))
	gate := newGate(b.store, w.log, w.rate, w.trusted)
	b.handler = observed(w.log, m, armoured(strings.HasPrefix(w.publicURL, "https://"), gate.Protect(rooms)))
	return nil
}

// routes puts the doors together.
func routes(log *slog.Logger, db *store.Store, protocol *scim.Handler, api, tokens http.Handler, metrics echo.HandlerFunc) http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = answerPlainly(log)
	protocol.Mount(e.Group("/scim/:tenant/v2"))
	e.Any(strings.TrimSuffix(admin.Path, "/"), echo.WrapHandler(api))
	e.Any(admin.Path+"*", echo.WrapHandler(api))
	e.Any(access.TokenPath, echo.WrapHandler(tokens))
	asked := []string{http.MethodGet, http.MethodHead} // health checks use either
	e.Match(asked, healthPath, healthy)
	e.Match(asked, readyPath, ready(log, db))
	e.GET(metricsPath, metrics)
	e.Match(asked, "/", welcome)
	return e
}

// scheduleEvery is how often the schedule and abandoned runs are looked at.
const scheduleEvery = 10 * time.Second

// start begins to work on runs and on the schedule.
func (b *bridge) start(ctx context.Context) error {
	if err := b.queue.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the job queue: %w", err)
	}
	work, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.keepSchedule(work)
	}()
	stopKeeping := keep(ctx, b.requests.Run, b.storms.Run)
	b.handBack = func(ctx context.Context) error {
		cancel()
		<-done
		stopKeeping()
		return b.queue.Stop(ctx)
	}
	return nil
}

// keep runs what follows the requests, until it is stopped: when the last request has been
// answered, and not when the program is told to end.
func keep(ctx context.Context, run ...func(context.Context)) (stop func()) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	for _, r := range run {
		done.Go(func() { r(work) })
	}
	return func() {
		cancel()
		done.Wait()
	}
}

// keepSchedule looks at once, not only at the first tick: a run that was abandoned when
// the server went down has waited long enough.
func (b *bridge) keepSchedule(ctx context.Context) {
	if err := b.scheduler.Tick(ctx, time.Now()); err != nil && ctx.Err() == nil {
		b.log.ErrorContext(ctx, "the schedule could not be looked at; it is tried again shortly", "error", err)
	}
	ticker := time.NewTicker(scheduleEvery)
	defer ticker.Stop()
	b.scheduler.Run(ctx, ticker.C)
}

// runs starts and cancels sync runs for the admin API.
type runs struct {
	queue *pull.Queue
	store *store.Store
}

func (r runs) Start(ctx context.Context, directoryID string, kind models.RunKind, dryRun bool) (models.SyncRun, error) {
	directory, err := r.store.Directory(ctx, directoryID)
	if err != nil {
		return models.SyncRun{}, err
	}
	return r.queue.Request(ctx, models.SyncRun{
		DirectoryID: directoryID, Kind: kind, Trigger: models.ByAdmin,
		DryRun: dryRun || directory.Mode == models.TestMode && kind != models.EndPushRun,
	})
}

func (r runs) End(ctx context.Context, tx *store.Tx, directory models.Directory, kind models.RunKind) (models.SyncRun, error) {
	return r.queue.RequestIn(ctx, tx, models.SyncRun{
		DirectoryID: directory.ID, Kind: kind, Trigger: models.ByAdmin,
		DryRun: kind == models.EndPullRun && directory.Mode == models.TestMode, // the mode governs the pull alone
	})
}

func (r runs) Decide(ctx context.Context, directoryID, runID string, decision models.Decision) (models.SyncRun, error) {
	return r.queue.Decide(ctx, directoryID, runID, decision)
}

func (r runs) Cancel(ctx context.Context, directoryID, runID string) (models.SyncRun, error) {
	return r.store.CancelRun(ctx, directoryID, runID)
}

// ownerName names this process in the lease of a run, differently at every start.
func ownerName() string {
	host, _ := os.Hostname() // the random part is what tells processes apart
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), rand.Text()[:8])
}

func everyFiveSeconds() (<-chan time.Time, func()) {
	ticker := time.NewTicker(5 * time.Second)
	return ticker.C, ticker.Stop
}
