// Command scimbridge is the bridge: one program that receives users and groups over
// SCIM 2.0, pulls the same tenant through Microsoft Graph, and shows the one truth.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // schedules name time zones, and not every machine knows them

	"github.com/spf13/cobra"
)

// version is set when the program is built (see Makefile).
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // whoever presses Ctrl-C once more does not want to wait
	if err := newCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "scimbridge:", err)
		os.Exit(exitCode(err))
	}
}

// exitCode is 1, unless the command has a meaning of its own for it.
func exitCode(err error) int {
	var exit *exitError
	if errors.As(err, &exit) {
		return exit.code
	}
	return 1
}

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "scimbridge",
		Short:         "One directory of users and groups, from SCIM pushes and Microsoft Graph pulls",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(serveCommand(), demoCommand(), migrateCommand(), doctorCommand(), versionCommand(),
		directoryCommand(), tokenCommand(), scimClientCommand(), extensionCommand(), syncCommand(), runCommand(), stormCommand(), findingCommand(),
		userCommand(), groupCommand(), requestsCommand(), purgesCommand(), auditCommand(), keyCommand())
	return root
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintln(cmd.OutOrStdout(), "scimbridge", version)
		},
	}
}
