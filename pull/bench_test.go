package pull_test

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// BenchmarkFullPull pulls 20,000 users, 1,000 groups and 100,000 memberships from the
// emulator over TLS: for the first time, dry, and with nothing changed. Beside it stands
// the limit: the same client that only downloads and decodes the same pages.
func BenchmarkFullPull(b *testing.B) {
	office := newOffice(b)
	b.Run("download", func(b *testing.B) {
		for b.Loop() {
			office.download(b)
		}
	})
	b.Run("sqlite", func(b *testing.B) { office.benchmark(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { office.benchmark(b, storetest.PostgreSQL(b)) })
}

// office is a company of the size that is measured, and where it is served.
type office struct {
	tenant *graphemu.Tenant
	server *graphemu.Server
}

var mediumCompany = sync.OnceValue(func() *graphemu.Tenant {
	return graphemu.Company(1, graphemu.Medium, time.Now)
})

func newOffice(b *testing.B) office {
	b.Helper()
	tenant := mediumCompany()
	server, err := graphemu.Listen(graphemu.New(graphemu.Config{TokenLifetime: 24 * time.Hour}, tenant), "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Close() })
	return office{tenant, server}
}

func (o office) Dial(c pull.Connection) (pull.Source, error) {
	s := &source{http: o.server.Client(), origin: o.server.URL, now: time.Now}
	return s, s.signIn(o.tenant.ID(), c.ClientSecret)
}

func (office) Test(context.Context, pull.Connection) []pull.Check { return nil }

func (o office) download(b *testing.B) {
	b.Helper()
	read, err := o.Dial(pull.Connection{ClientSecret: graphemu.ClientSecret})
	if err != nil {
		b.Fatal(err)
	}
	defer read.(*source).http.Transport.(*http.Transport).CloseIdleConnections()
	readAll(b, read.UsersDelta)
	readAll(b, read.GroupsDelta)
}

func readAll[T any](b *testing.B, next func(context.Context, string) (pull.Page[T], error)) {
	b.Helper()
	link := ""
	for {
		page, err := next(b.Context(), link)
		if err != nil {
			b.Fatal(err)
		}
		if link = page.Next; link == "" {
			return
		}
	}
}

func (o office) benchmark(b *testing.B, databaseURL string) {
	s := storetest.Open(b, databaseURL, store.Options{})
	first := &bridge{TB: b, store: s, tenant: o.tenant}
	runner := first.newRunner("bench")
	runner.Dial, runner.Now = o, time.Now
	first.runner = runner
	measure := func(name string, dryRun, again bool) {
		b.Run(name, func(b *testing.B) {
			first.TB = b
			if again {
				first.directory = first.newDirectory()
				first.succeeds(false)
			}
			peak := watchHeap(b)
			for b.Loop() {
				if !again {
					b.StopTimer()
					first.directory = first.newDirectory()
					b.StartTimer()
				}
				first.succeeds(dryRun)
			}
			b.ReportMetric(float64(peak())/(1<<20), "MiB-heap")
		})
	}
	measure("first", false, false)
	measure("dry", true, false)
	measure("quiet", false, true)
}

func (b *bridge) succeeds(dryRun bool) {
	b.Helper()
	if run := b.run(dryRun); run.State != models.Succeeded {
		b.Fatalf("the run is %s: %+v", run.State, run.Failure)
	}
}

// watchHeap looks at the heap until the answer is asked for: the most that was in use.
func watchHeap(b *testing.B) (peak func() uint64) {
	done, most := make(chan struct{}), make(chan uint64)
	ticks := time.NewTicker(20 * time.Millisecond)
	go func() {
		var highest uint64
		for {
			var memory runtime.MemStats
			runtime.ReadMemStats(&memory)
			highest = max(highest, memory.HeapInuse)
			select {
			case <-done:
				most <- highest
				return
			case <-ticks.C:
			}
		}
	}()
	return func() uint64 {
		ticks.Stop()
		close(done)
		return <-most
	}
}
