package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

func userExplain(c *connection) *cobra.Command {
	cmd := &cobra.Command{
		Use: "explain DIRECTORY USER", Short: "Explain a user: who said what and when, which rule decided, by which groups", Args: cobra.ExactArgs(2),
	}
	all := allFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		u, err := findUser(cmd.Context(), api, id, args[1])
		if err != nil {
			return err
		}
		why, err := answered[client.Explanation](api.ExplainUser(cmd.Context(), id, u.ID))
		if err != nil {
			return err
		}
		return c.printExplanation(cmd.OutOrStdout(), u.UserName, why, *all)
	}
	return cmd
}

func allFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("all", false, "show the empty attributes too")
}

func groupExplain(c *connection) *cobra.Command {
	cmd := &cobra.Command{
		Use: "explain DIRECTORY GROUP", Short: "Explain a group: who said what and when, which rule decided, in which groups it is", Args: cobra.ExactArgs(2),
	}
	all := allFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		g, err := findGroup(cmd.Context(), api, id, args[1])
		if err != nil {
			return err
		}
		why, err := answered[client.Explanation](api.ExplainGroup(cmd.Context(), id, g.ID))
		if err != nil {
			return err
		}
		return c.printExplanation(cmd.OutOrStdout(), g.DisplayName, why, *all)
	}
	return cmd
}

func (c *connection) printExplanation(out io.Writer, name string, why client.Explanation, all bool) error {
	if c.output == jsonOutput {
		return c.print(out, why, nil, nil)
	}
	fmt.Fprintf(out, "%s  %s\n\n", name, why.ID)
	rows := append(reasonRows("existence", why.Existence), reasonRows("activity", why.Activity)...)
	empty := 0
	for _, a := range why.Attributes {
		if !all && isEmpty(a) {
			empty++
			continue
		}
		rows = append(rows, attributeRows(a)...)
	}
	if err := writeTable(out, []string{"WHAT", "SHOWS", "SAID BY", "WHEN", "BECAUSE"}, rows); err != nil {
		return err
	}
	if empty > 0 {
		fmt.Fprintf(out, "(%d attributes are empty; --all shows them)\n", empty)
	}
	fmt.Fprintln(out)
	if err := writeTable(out, []string{"IN THE GROUP", "BY"}, chainRows(why.Groups)); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return writeTable(out, []string{"WHEN", "WHAT HAPPENED", "BY", "IN", "DETAIL"}, changeRows(why.Changes))
}

// reasonRows are a decision, and below it the words that it was made from.
func reasonRows(what string, r client.Reason) [][]string {
	return append([][]string{{what, r.Outcome, "", "", r.Rule}}, wordRows(r.Words)...)
}

// isEmpty tells whether nobody has said more of an attribute than that it is empty.
func isEmpty(a client.AttributeReason) bool {
	said := func(w client.SpokenWord) bool { return w.Value != nil }
	return a.Value == nil && !a.Drift && !slices.ContainsFunc(a.Words, said)
}

// attributeRows are what shows with who said it, and below it what others said.
func attributeRows(a client.AttributeReason) [][]string {
	because := a.Rule
	if a.Drift {
		because += " (drift: the pull reads another value)"
	}
	shown, others := []string{shortPath(a.Path), plain(a.Value), string(a.By), "", because}, []client.SpokenWord{}
	for _, w := range a.Words {
		if w.By == a.By {
			shown[3] = when(w.At)
			continue
		}
		others = append(others, w)
	}
	return append([][]string{shown}, wordRows(others)...)
}

func wordRows(words []client.SpokenWord) [][]string {
	var rows [][]string
	for _, w := range words {
		rows = append(rows, []string{"", plain(w.Value), string(w.By), when(w.At), ""})
	}
	return rows
}

// inSchema finds the name of an extension and the attribute in a path such as
// urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department.
var inSchema = regexp.MustCompile(`^urn:.*:([^:]+):[0-9.]+:(?:User|Group):(.+)$`)

// shortPath keeps the table as narrow as people can read it.
func shortPath(path string) string {
	if found := inSchema.FindStringSubmatch(path); found != nil {
		return found[2] + " (" + found[1] + ")"
	}
	return path
}

// chainRows begin with the nearest groups.
func chainRows(chains []client.GroupChain) [][]string {
	slices.SortStableFunc(chains, func(a, b client.GroupChain) int { return cmp.Compare(len(a.Through), len(b.Through)) })
	rows := [][]string{}
	for _, chain := range chains {
		by := "itself"
		if !chain.Direct {
			var steps []string
			for _, step := range chain.Through[:len(chain.Through)-1] {
				steps = append(steps, step.DisplayName)
			}
			by = "being in " + strings.Join(steps, ", which is in ")
		}
		rows = append(rows, []string{chain.DisplayName, by})
	}
	return rows
}

func changeRows(changes []client.RecordChange) [][]string {
	var rows [][]string
	for _, change := range changes {
		rows = append(rows, []string{when(&change.At), change.Action, string(change.By), change.Origin, plain(change.Detail)})
	}
	return rows
}

// plain is a JSON value as people read it: texts without quotes, nothing as "-".
func plain(value any) string {
	switch value := value.(type) {
	case nil:
		return "-"
	case string:
		return value
	case map[string]any:
		if len(value) == 0 {
			return "-"
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
