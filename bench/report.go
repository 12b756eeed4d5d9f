package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report prints figures as they come, each with its limit and its budget.
type report struct {
	out  io.Writer
	over []string
}

// figure is one line: what we do, the limit in the same run, and what is promised.
type figure struct {
	name  string
	ours  string
	limit string
	// ratio is what the budget speaks of; 0 if there is none.
	ratio  float64
	budget budget
}

// budget is a promise of docs/design.md, section 6. The zero value promises nothing.
type budget struct {
	text string
	met  bool
}

// atLeast and atMost are promises on a ratio.
func atLeast(ratio, promised float64) budget {
	return budget{fmt.Sprintf("≥ %.2f", promised), ratio >= promised}
}

func atMost(ratio, promised float64) budget {
	return budget{fmt.Sprintf("≤ %.2f", promised), ratio <= promised}
}

// under is a promise on a plain figure.
func under(value, promised float64, unit string) budget {
	return budget{fmt.Sprintf("< %g %s", promised, unit), value < promised}
}

func (r *report) machine(database string) {
	fmt.Fprintf(r.out, "%s, %s, %d cores, %s/%s, %s\n", time.Now().UTC().Format("2006-01-02 15:04 UTC"),
		runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, database)
}

// begin heads a bench; the load says how much of the machine others had.
func (r *report) begin(title string) {
	fmt.Fprintf(r.out, "\n%s (load before it: %s)\n", title, loadAverage())
}

func (r *report) add(f figure) {
	verdict := ""
	if f.budget.text != "" {
		verdict = "budget " + f.budget.text + "  pass"
		if !f.budget.met {
			verdict = "budget " + f.budget.text + "  OVER"
			r.over = append(r.over, f.name)
		}
	}
	ratio := ""
	if f.ratio != 0 {
		ratio = fmt.Sprintf("%.2f", f.ratio)
	}
	fmt.Fprintln(r.out, strings.TrimRight(fmt.Sprintf("  %-46s %14s   %-30s %6s   %s", f.name, f.ours, f.limit, ratio, verdict), " "))
}

// note tells what helps to read the figures.
func (r *report) note(format string, args ...any) {
	fmt.Fprintf(r.out, "    "+format+"\n", args...)
}

func (r *report) summary() {
	if len(r.over) == 0 {
		fmt.Fprintf(r.out, "\nall within budget (load after it: %s)\n", loadAverage())
		return
	}
	fmt.Fprintf(r.out, "\nover budget: %s (load after it: %s)\n", strings.Join(r.over, "; "), loadAverage())
}

// loadAverage is that of the last minute.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// median of at least one value.
func median[T int | float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func perSecond(rate float64) string { return number(int(rate)) + "/s" }

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// number groups digits as people read them.
func number(n int) string {
	digits := fmt.Sprint(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
