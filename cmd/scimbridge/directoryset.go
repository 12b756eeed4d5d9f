package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scimbridge/admin/client"
	"scimbridge/models"
)

// change is what the flags of `directory set` say.
type change struct {
	guard                                                           guardChange
	requestLogKeep                                                  string
	requestLogValues                                                bool
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
		Example: "  scimbridge directory set Contoso --mode production --schedule on --at 02:30 --time-zone Europe/Berlin\n" +
			"  scimbridge directory set Contoso --guard-users max=20,percent=5,ceiling=200",
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
	flags.StringVar(&to.requestLogKeep, "request-log-keep", "", "how long SCIM requests are kept, such as 336h")
	flags.BoolVar(&to.requestLogValues, "request-log-values", false, "keep the personal data in them too")
	to.guard.flags(cmd)
	completeWith(cmd, "mode", "test", "production")
	completeWith(cmd, "user-name-from", "userPrincipalName", "mail")
	completeWith(cmd, "scope", "all", "groups")
	completeWith(cmd, "guests", "include", "exclude")
	completeWith(cmd, "disabled", "include", "exclude")
	completeWith(cmd, "schedule", "on", "off")
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

// patch holds what was given. What the API replaces as a whole, such as scope and schedule,
// keeps its other parts.
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
	if given("request-log-keep") || given("request-log-values") {
		log := client.RequestLogUpdate{Keep: &before.RequestLog.Keep, Values: &before.RequestLog.Values}
		set("request-log-keep", func() { log.Keep = &to.requestLogKeep })
		set("request-log-values", func() { log.Values = &to.requestLogValues })
		p.RequestLog = &log
	}
	var err error
	if p.Guard, err = to.guard.patch(given, before.Guard); err != nil {
		return p, err
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
