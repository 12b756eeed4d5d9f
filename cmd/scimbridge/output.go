package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

const (
	tableOutput = "table"
	jsonOutput  = "json"
)

// print writes a value as JSON for programs, or as a table for people.
func (c *connection) print(out io.Writer, value any, header []string, rows [][]string) error {
	if c.output == jsonOutput {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(value)
	}
	return writeTable(out, header, rows)
}

func writeTable(out io.Writer, header []string, rows [][]string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if header != nil {
		fmt.Fprintln(w, strings.Join(header, "\t"))
		if len(rows) == 0 {
			fmt.Fprintln(w, "(none)")
		}
	}
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// when is a time as people read it, "-" for never.
func when(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

func orDash[T ~string](text *T) string {
	if text == nil || *text == "" {
		return "-"
	}
	return string(*text)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
