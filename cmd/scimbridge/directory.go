package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
	"scimbridge/models"
)

func directoryCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "directory", Short: "Create, show and change directories, one for each customer", Aliases: []string{"directories"}}
	c := connect(cmd)
	cmd.AddCommand(directoryList(c), directoryCreate(c), directoryShow(c), directorySet(c), directoryDelete(c), directoryGroups(c), graphCommand(c))
	return cmd
}

func directoryList(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List directories", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, err := c.client()
			if err != nil {
				return err
			}
			directories, err := listDirectories(cmd.Context(), api)
			if err != nil {
				return err
			}
			var rows [][]string
			for _, d := range directories {
				rows = append(rows, []string{d.ID, d.Name, string(d.Mode), schedule(d)})
			}
			return c.print(cmd.OutOrStdout(), directories, []string{"ID", "NAME", "MODE", "SCHEDULE"}, rows)
		},
	}
}

func schedule(d client.Directory) string {
	if !d.Schedule.Enabled {
		return "off"
	}
	return d.Schedule.At + " " + d.Schedule.TimeZone
}

func directoryCreate(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "create NAME", Short: "Create a directory, in test mode", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := c.client()
			if err != nil {
				return err
			}
			d, err := answered[client.Directory](api.CreateDirectory(cmd.Context(), nil, client.DirectoryCreate{Name: args[0]}))
			if err != nil {
				return err
			}
			return c.printDirectory(cmd.OutOrStdout(), d)
		},
	}
}

func directoryShow(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "show DIRECTORY", Short: "Show a directory, by id or name", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, id, err := c.directory(cmd, args[0])
			if err != nil {
				return err
			}
			d, err := answered[client.Directory](api.GetDirectory(cmd.Context(), id))
			if err != nil {
				return err
			}
			return c.printDirectory(cmd.OutOrStdout(), d)
		},
	}
}

// directory is a signed-in client, and the directory that is named.
func (c *connection) directory(cmd *cobra.Command, named string) (*client.Client, string, error) {
	api, err := c.client()
	if err != nil {
		return nil, "", err
	}
	id, err := directoryID(cmd.Context(), api, named)
	return api, id, err
}

func (c *connection) printDirectory(out io.Writer, d client.Directory) error {
	scope := string(d.Scope.Kind)
	if len(d.Scope.IncludeGroups) > 0 {
		scope += " " + strings.Join(d.Scope.IncludeGroups, ", ")
	}
	if len(d.Scope.ExcludeGroups) > 0 {
		scope += ", without " + strings.Join(d.Scope.ExcludeGroups, ", ")
	}
	if d.Scope.Guests == client.TakingExclude {
		scope += ", without guests"
	}
	if d.Scope.Disabled == client.TakingExclude {
		scope += ", without disabled people"
	}
	limit := func(l client.Limit) string {
		text := fmt.Sprintf("more than %d and %d %%", l.Max, l.Percent)
		if l.Ceiling > 0 {
			text += fmt.Sprintf(", or more than %d", l.Ceiling)
		}
		return text
	}
	rows := [][]string{
		{"id", d.ID},
		{"name", d.Name},
		{"mode", string(d.Mode)},
		{"SCIM base URL", d.ScimBaseURL},
		{"scope", scope},
		{"schedule", schedule(d)},
		{"settling time", d.Settle},
		{"user name from", string(d.UserNameFrom)},
		{"UPN as e-mail", yesNo(d.UpnAsMail)},
		{"attributes of users", leftOut(d.Attributes.Users, models.UserAttributes)},
		{"attributes of groups", leftOut(d.Attributes.Groups, models.GroupAttributes)},
		{"additive members", yesNo(d.AdditiveMembers)},
		{"push", onOff(d.Push.Enabled)},
		{"guard, users", limit(d.Guard.Users)},
		{"guard, groups", limit(d.Guard.Groups)},
		{"guard, memberships", limit(d.Guard.Memberships)},
		{"held runs expire after", d.Guard.ExpireAfter},
		{"created", when(&d.CreatedAt)},
		{"changed", when(&d.UpdatedAt)},
	}
	for _, w := range d.Warnings {
		rows = append(rows, []string{"warning", w.Message})
	}
	return c.print(out, d, nil, rows)
}

// leftOut tells what is stored by what is not, which is shorter.
func leftOut(chosen, all []string) string {
	var out []string
	for _, name := range all {
		if !slices.Contains(chosen, name) {
			out = append(out, name)
		}
	}
	switch len(out) {
	case 0:
		return "all"
	case len(all):
		return "none"
	}
	return "all but " + strings.Join(out, ", ")
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// change is what the flags of `directory set` say.
type change struct {
	name, mode, settle, userNameFrom, scope, at, timeZone, schedule string
	guests, disabled                                                string
	attributes, groupAttributes                                     []string
	include, exclude                                                []string
	upnAsMail, additive                                             bool
	push                                                            string
}

func directorySet(c *connection) *cobra.Command {
	var to change
	cmd := &cobra.Command{
		Use: "set DIRECTORY", Short: "Change what the flags name, and nothing else", Args: cobra.ExactArgs(1),
		Example: "  scimbridge directory set Contoso --mode production --schedule on --at 02:30 --time-zone Europe/Berlin",
	}
	flags := cmd.Flags()
	flags.StringVar(&to.name, "name", "", "another name")
	flags.StringVar(&to.mode, "mode", "", "test (a pull plans and writes nothing) or production")
	flags.StringVar(&to.settle, "settle", "", "how long Graph may lag behind its own writes, such as 30m")
	flags.StringVar(&to.userNameFrom, "user-name-from", "", "userPrincipalName or mail")
	flags.BoolVar(&to.upnAsMail, "upn-as-mail", false, "take the user principal name for a missing e-mail address")
	flags.BoolVar(&to.additive, "additive-members", false, `read "replace members" as "add members"`)
	flags.StringVar(&to.scope, "scope", "", "all or groups: whom a pull takes")
	flags.StringSliceVar(&to.include, "include", nil, "object ids of the groups to take")
	flags.StringSliceVar(&to.exclude, "exclude", nil, "object ids of the groups to leave out")
	flags.StringVar(&to.guests, "guests", "", "include or exclude: whether guests are in scope")
	flags.StringVar(&to.disabled, "disabled", "", "include or exclude: whether disabled people are in scope; they are deactivated either way")
	flags.StringSliceVar(&to.attributes, "attributes", nil, "attributes of users to store, or all: "+strings.Join(models.UserAttributes, ", "))
	flags.StringSliceVar(&to.groupAttributes, "group-attributes", nil, "attributes of groups to store, or all: "+strings.Join(models.GroupAttributes, ", "))
	flags.StringVar(&to.schedule, "schedule", "", "on or off: the nightly pull")
	flags.StringVar(&to.push, "push", "", "on or off: whether SCIM clients may write; off withdraws what they have said, by a run")
	flags.StringVar(&to.at, "at", "", "when the nightly pull runs, such as 02:00")
	flags.StringVar(&to.timeZone, "time-zone", "", "of that time, such as Europe/Berlin")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		before, err := answered[client.Directory](api.GetDirectory(cmd.Context(), id))
		if err != nil {
			return err
		}
		patch, err := to.patch(cmd.Flags().Changed, before)
		if err != nil {
			return err
		}
		d, err := answered[client.Directory](api.UpdateDirectory(cmd.Context(), id, nil, patch))
		if err != nil {
			return err
		}
		return c.printDirectory(cmd.OutOrStdout(), d)
	}
	return cmd
}

// patch holds what was given. Scope and schedule are replaced as a whole by the API, so
// their other parts are taken from what is there.
func (to change) patch(given func(flag string) bool, before client.Directory) (client.DirectoryPatch, error) {
	var p client.DirectoryPatch
	set := func(flag string, put func()) {
		if given(flag) {
			put()
		}
	}
	set("name", func() { p.Name = &to.name })
	set("mode", func() { p.Mode = ptr(client.Mode(to.mode)) })
	set("settle", func() { p.Settle = &to.settle })
	set("user-name-from", func() { p.UserNameFrom = ptr(client.UserNameFrom(to.userNameFrom)) })
	set("upn-as-mail", func() { p.UpnAsMail = &to.upnAsMail })
	set("additive-members", func() { p.AdditiveMembers = &to.additive })
	if given("scope") || given("include") || given("exclude") || given("guests") || given("disabled") {
		scope := client.ScopeUpdate{
			Kind: before.Scope.Kind, IncludeGroups: &before.Scope.IncludeGroups, ExcludeGroups: &before.Scope.ExcludeGroups,
			Guests: &before.Scope.Guests, Disabled: &before.Scope.Disabled,
		}
		set("guests", func() { scope.Guests = ptr(client.Taking(to.guests)) })
		set("disabled", func() { scope.Disabled = ptr(client.Taking(to.disabled)) })
		set("include", func() { scope.Kind, scope.IncludeGroups = "groups", &to.include })
		set("exclude", func() { scope.ExcludeGroups = &to.exclude })
		set("scope", func() { scope.Kind = client.ScopeKind(to.scope) })
		if scope.Kind == "all" && !given("include") {
			scope.IncludeGroups = nil
		}
		p.Scope = &scope
	}
	if given("attributes") || given("group-attributes") {
		attributes := client.SelectionUpdate{Users: &before.Attributes.Users, Groups: &before.Attributes.Groups}
		set("attributes", func() { attributes.Users = attributeNames(to.attributes) })
		set("group-attributes", func() { attributes.Groups = attributeNames(to.groupAttributes) })
		p.Attributes = &attributes
	}
	if given("push") {
		if to.push != "on" && to.push != "off" {
			return p, fmt.Errorf("--push %q is neither on nor off", to.push)
		}
		p.Push = &client.PushUpdate{Enabled: to.push == "on"}
	}
	if given("schedule") || given("at") || given("time-zone") {
		schedule := client.ScheduleUpdate{Enabled: &before.Schedule.Enabled, At: &before.Schedule.At, TimeZone: &before.Schedule.TimeZone}
		if given("schedule") && to.schedule != "on" && to.schedule != "off" {
			return p, fmt.Errorf("--schedule %q is neither on nor off", to.schedule)
		}
		set("schedule", func() { schedule.Enabled = ptr(to.schedule == "on") })
		set("at", func() { schedule.At = &to.at })
		set("time-zone", func() { schedule.TimeZone = &to.timeZone })
		p.Schedule = &schedule
	}
	if p == (client.DirectoryPatch{}) {
		return p, errors.New("nothing to change: name it with flags; scimbridge directory set --help lists them")
	}
	return p, nil
}

// attributeNames are those given; nil stands for all.
func attributeNames(given []string) *client.AttributeNames {
	if slices.Equal(given, []string{"all"}) {
		return nil
	}
	return ptr(append(client.AttributeNames{}, given...)) // never null
}

func directoryDelete(c *connection) *cobra.Command {
	cmd := &cobra.Command{
		Use: "delete DIRECTORY", Short: "Erase a directory with everything in it, for good", Args: cobra.ExactArgs(1),
	}
	sure := cmd.Flags().Bool("yes", false, "do it: this cannot be undone")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := c.directory(cmd, args[0])
		if err != nil {
			return err
		}
		if !*sure {
			return errors.New("this erases the directory with its users, groups, tokens and runs, and cannot be undone; repeat it with --yes")
		}
		if err := done(api.DeleteDirectory(cmd.Context(), id, nil)); err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, "erased", id)
		return nil
	}
	return cmd
}
