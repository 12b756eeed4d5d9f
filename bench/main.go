// Command bench measures the bridge, and in the same run the limit that each figure is
// held against: pgbench on the SQL of the same request, a bare client of the same
// pages, a bare commit. Machines are shared and noisy, so the ratios count.
//
// It starts the real program as a process, on a PostgreSQL that waits for the disk:
//
//	make bench
//	make bench ARGS='-run create,lookup -seconds 10'
//	make bench ARGS='-sizes 1000,100000,1000000 -company large'
//
// What it found is kept in docs/benchmarks.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options are what the flags choose.
type options struct {
	run     []string
	rounds  int
	round   time.Duration
	sizes   []int
	company string
	binary  string
}

// benches are run in this order.
var benches = []struct {
	name string
	does string
	run  func(*bench, context.Context) error
}{
	{"create", "POST /Users against its SQL by pgbench", (*bench).create},
	{"directory", "look-ups, members and pages at several sizes; memory at rest, start", (*bench).directory},
	{"effective", "a user's groups, a page and an explanation at 1,000,000 memberships and depth 10", (*bench).effective},
	{"pull", "full pulls against a bare download and copy; the emulator's own speed", (*bench).pull},
	{"incremental", "later pulls: nothing and 1 % changed, and with slow answers", (*bench).incremental},
	{"sqlite", "durable creates on SQLite against bare commits", (*bench).sqlite},
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == echoCommand {
		fmt.Fprintln(os.Stderr, "bench:", serveEcho(os.Args[2]))
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := readFlags()
	if err == nil {
		err = measure(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func readFlags() (options, error) {
	var names []string
	about := "which benches, by comma:"
	for _, b := range benches {
		names = append(names, b.name)
		about += fmt.Sprintf("\n%-11s %s", b.name, b.does)
	}
	run := flag.String("run", strings.Join(names, ","), about)
	seconds := flag.Float64("seconds", 4, "length of a round of load")
	rounds := flag.Int("rounds", 3, "rounds of each load; the median counts")
	sizes := flag.String("sizes", "1000,100000", "users in the directories of the bench `directory`, by comma; 1000000 takes minutes to fill")
	company := flag.String("company", "medium", "what is pulled: medium (20,000 users, 1,000 groups) or large (100,000 and 5,000)")
	binary := flag.String("binary", "", "the program to measure; built from ./cmd/scimbridge if empty")
	flag.Parse()

	o := options{
		run: strings.Split(*run, ","), rounds: *rounds, company: *company, binary: *binary,
		round: time.Duration(*seconds * float64(time.Second)),
	}
	var problems []error
	for _, name := range o.run {
		if !slices.Contains(names, name) {
			problems = append(problems, fmt.Errorf("there is no bench %q; there are %s", name, strings.Join(names, ", ")))
		}
	}
	for _, text := range strings.Split(*sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < minUsers {
			problems = append(problems, fmt.Errorf("-sizes: %q is not a number of at least %d", text, minUsers))
		}
		o.sizes = append(o.sizes, n)
	}
	slices.Sort(o.sizes)
	if o.rounds < 1 || o.round <= 0 {
		problems = append(problems, errors.New("-rounds and -seconds must be more than 0"))
	}
	return o, errors.Join(problems...)
}

// bench is what all measurements share.
type bench struct {
	options
	cluster cluster
	folder  string
	report  report
}

func measure(ctx context.Context, o options) error {
	b := &bench{options: o, report: report{out: os.Stdout}}
	var err error
	if b.cluster, err = findCluster(ctx, os.Getenv(clusterVariable)); err != nil {
		return err
	}
	if b.folder, err = os.MkdirTemp("", "scimbridge-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.folder)
	if b.binary == "" {
		if b.binary, err = build(ctx, b.folder); err != nil {
			return err
		}
	}
	b.report.machine(b.cluster.about)
	for _, one := range benches {
		if !slices.Contains(o.run, one.name) {
			continue
		}
		if err := one.run(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
	}
	b.report.summary()
	return nil
}
