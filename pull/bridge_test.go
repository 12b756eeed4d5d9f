package pull_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// clock is the time of database, runner and tenant. It moves on with every look at it,
// so that no two things happen at once.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 6, 15, 9, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

func (c *clock) Instant() models.Instant { return models.At(c.Now()) }

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bridge is one directory in a database, pulled from a tenant in the emulator.
type bridge struct {
	testing.TB
	clock     *clock
	databases string // the URL
	store     *store.Store
	directory models.Directory
	tenant    *graphemu.Tenant
	emu       *graphemu.Emulator
	runner    *pull.Runner
	// wrap stands between the run and the emulator.
	wrap func(pull.Source) pull.Source

	mu         sync.Mutex
	statements []string
	// onStatement sees each statement after it was made.
	onStatement func(sql string)
}

// each runs f on both databases with a tenant made by found.
func each(t *testing.T, found func(b *bridge) *graphemu.Tenant, f func(b *bridge)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		f(newBridge(t, databaseURL, found))
	})
}

// table runs f with every case on both databases. On PostgreSQL the cases share one
// database: making one takes longer than most of them.
func table[C any](t *testing.T, cases map[string]C, found func(b *bridge) *graphemu.Tenant, f func(b *bridge, tc C)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		for name, tc := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				own := databaseURL
				if strings.HasPrefix(own, "sqlite:") {
					own = storetest.SQLite(t)
				}
				f(newBridge(t, own, found), tc)
			})
		}
	})
}

// sliced makes every listing and every list of members come in several pages.
var sliced = graphemu.Config{
	TokenLifetime:     24 * 365 * time.Hour,
	UsersPerDeltaPage: 40, GroupsPerDeltaPage: 7, MembersPerDeltaPage: 60, MembersPerSlice: 20, EmptyPageEvery: 5,
}

func newBridge(t testing.TB, databaseURL string, found func(b *bridge) *graphemu.Tenant) *bridge {
	t.Helper()
	b := &bridge{TB: t, clock: newClock(), databases: databaseURL}
	b.wrap = func(s pull.Source) pull.Source { return s }
	b.store = storetest.Open(t, databaseURL, store.Options{Now: b.clock.Instant})
	b.tenant = found(b)
	b.emu = graphemu.New(sliced, b.tenant)
	b.directory = b.newDirectory()
	b.runner = b.newRunner("first")
	return b
}

// listen has every statement told from now on. It is not so from the start, since writing out
// a statement with its values takes as long as carrying it out.
func (b *bridge) listen() {
	b.Helper()
	b.store = storetest.Open(b, b.databases, store.Options{Now: b.clock.Instant, Trace: b.trace})
	b.runner.Store = b.store
}

func (b *bridge) trace(sql string) {
	b.mu.Lock()
	b.statements = append(b.statements, sql)
	seen := b.onStatement
	b.mu.Unlock()
	if seen != nil {
		seen(sql)
	}
}

// told answers the statements since the last call, once the bridge listens.
func (b *bridge) told() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	told := b.statements
	b.statements = nil
	return told
}

// newDirectory makes a directory in production, with settings for the tenant.
func (b *bridge) newDirectory() models.Directory {
	b.Helper()
	ctx := b.Context()
	d, err := b.store.CreateDirectory(ctx, "Contoso", models.DefaultSettings())
	b.must(err)
	d, err = b.store.UpdateDirectory(ctx, d.ID, func(d *models.Directory) error {
		d.Mode = models.ProductionMode
		return nil
	})
	b.must(err)
	_, err = b.store.SetGraphSettings(ctx, models.GraphSettings{
		DirectoryID: d.ID, TenantID: b.tenant.ID(), ClientID: graphemu.ClientID,
		SealedSecret: graphemu.ClientSecret, Cloud: models.CloudGlobal,
	})
	b.must(err)
	return d
}

// set changes the directory's settings.
func (b *bridge) set(change func(*models.Directory)) {
	b.Helper()
	d, err := b.store.UpdateDirectory(b.Context(), b.directory.ID, func(d *models.Directory) error {
		change(d)
		return nil
	})
	b.must(err)
	b.directory = d
}

func (b *bridge) must(errs ...error) {
	b.Helper()
	for _, err := range errs {
		if err != nil {
			b.Fatal(err)
		}
	}
}

func (b *bridge) newRunner(owner string) *pull.Runner {
	return &pull.Runner{
		Store: b.store, Dial: dialer{b}, Secrets: unsealed{}, Owner: owner, Now: b.clock.Now,
		Log: slog.New(slog.DiscardHandler), SpoolDir: b.TempDir(),
		Renew: func() (<-chan time.Time, func()) { return nil, func() {} },
	}
}

// dialer opens sources that read the emulator of a bridge.
type dialer struct{ *bridge }

func (d dialer) Dial(c pull.Connection) (pull.Source, error) {
	s := &source{http: &http.Client{Transport: inProcess{d.emu}}, origin: "https://graph.example", now: d.clock.Now}
	if err := s.signIn(c.Settings.TenantID, c.ClientSecret); err != nil {
		return nil, err
	}
	return d.wrap(s), nil
}

func (dialer) Test(context.Context, pull.Connection) []pull.Check { return nil }

// unsealed keeps secrets in clear, under the context that they belong to.
type unsealed struct{}

func (unsealed) Open(sealed, context string) ([]byte, error) {
	if sealed == "lost" {
		return nil, fmt.Errorf("no key opens it for %s", context)
	}
	return []byte(sealed), nil
}

// request queues a run that nobody is woken for.
func (b *bridge) request(dryRun bool) models.SyncRun {
	b.Helper()
	run, err := b.store.CreateRun(b.Context(), models.SyncRun{
		DirectoryID: b.directory.ID, Kind: models.FullRun, DryRun: dryRun, Trigger: models.ByAdmin,
	}, func(*store.Tx, models.SyncRun) error { return nil })
	b.must(err)
	return run
}

// run performs a run to its end and answers its row.
func (b *bridge) run(dryRun bool) models.SyncRun {
	b.Helper()
	run := b.request(dryRun)
	b.must(b.runner.Work(b.Context(), run.DirectoryID, run.ID))
	return b.stored(run)
}

func (b *bridge) stored(run models.SyncRun) models.SyncRun {
	b.Helper()
	stored, err := b.store.Run(context.WithoutCancel(b.Context()), run.DirectoryID, run.ID)
	b.must(err)
	return stored
}

// pull performs a run that must succeed, an hour after whatever was before.
func (b *bridge) pull() models.SyncRun {
	b.Helper()
	b.clock.Advance(time.Hour)
	run := b.run(false)
	if run.State != models.Succeeded {
		b.Fatalf("the run is %s: %+v", run.State, run.Failure)
	}
	return run
}

// items are a run's items, without what only the database knows.
func (b *bridge) items(run models.SyncRun) []string {
	b.Helper()
	found, err := b.store.Items(b.Context(), run.DirectoryID, run.ID, 0, 1_000_000)
	b.must(err)
	items := make([]string, len(found))
	for i, item := range found {
		items[i] = fmt.Sprintf("%s %s %s: %s", item.Kind, item.Action, item.EntraObjectID, item.Detail)
	}
	slices.Sort(items)
	return items
}
