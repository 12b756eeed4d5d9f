package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"scimbridge/admin/client"
	"scimbridge/pull/graphemu"
)

// script plays the demo through the bridge's own doors: what it does, a person can do.
type script struct {
	out       io.Writer
	url       string
	token     string
	tenant    *graphemu.Tenant
	graphURL  string
	api       *client.ClientWithResponses
	directory string
	scim      *scimClient
}

func newScript(out io.Writer, url, token string, tenant *graphemu.Tenant, graphURL string) *script {
	return &script{out: out, url: url, token: token, tenant: tenant, graphURL: graphURL}
}

func (s *script) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

func (s *script) play(ctx context.Context) error {
	s.say("scimbridge demo: a sample company of %d people and %d groups in a built-in Microsoft Graph\n",
		len(s.tenant.Users()), len(s.tenant.Groups()))
	for _, step := range []struct {
		title string
		do    func(context.Context) error
	}{
		{"Set up a directory, with Microsoft Graph and a token for Entra", s.setUp},
		{"First pull: the whole company through Microsoft Graph", s.pull},
		{"Entra pushes over SCIM, in both of its dialects", s.push},
		{"Meanwhile in Entra: what a push does not carry", s.drift},
		{"Second pull: reconcile", s.pull},
	} {
		s.say("── %s", step.title)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", strings.ToLower(step.title[:1])+step.title[1:], err)
		}
		s.say("")
	}
	return s.summary(ctx)
}

// setUp does what an admin does through the API.
func (s *script) setUp(ctx context.Context) error {
	var err error
	s.api, err = client.NewClientWithResponses(s.url, client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+s.token)
		return nil
	}))
	if err != nil {
		return err
	}
	made, err := s.api.CreateDirectoryWithResponse(ctx, client.CreateDirectoryJSONRequestBody{Name: "Contoso"})
	if err != nil {
		return err
	}
	if made.JSON201 == nil {
		return refused(made.Status(), made.Body)
	}
	s.directory = made.JSON201.ID
	mode, settle := client.Mode("production"), "0s" // the emulator does not lag behind its own writes
	changed, err := s.api.UpdateDirectoryWithResponse(ctx, s.directory, nil, client.UpdateDirectoryJSONRequestBody{Mode: &mode, Settle: &settle})
	if err != nil || changed.JSON200 == nil {
		return errors.Join(err, refused(changed.Status(), changed.Body))
	}
	if err := s.connectGraph(ctx); err != nil {
		return err
	}
	token, err := s.api.CreateScimTokenWithResponse(ctx, s.directory, client.CreateScimTokenJSONRequestBody{Name: "Entra", Access: "write"})
	if err != nil {
		return err
	}
	if token.JSON201 == nil {
		return refused(token.Status(), token.Body)
	}
	s.scim = &scimClient{base: made.JSON201.ScimBaseURL, token: token.JSON201.Token}
	return nil
}

func (s *script) connectGraph(ctx context.Context) error {
	cloud := client.Cloud("custom")
	set, err := s.api.SetGraphWithResponse(ctx, s.directory, client.SetGraphJSONRequestBody{
		TenantID: s.tenant.ID(), ClientID: graphemu.ClientID, ClientSecret: ptr(graphemu.ClientSecret),
		Cloud: &cloud, AuthorityHost: &s.graphURL, GraphHost: &s.graphURL,
	})
	if err != nil || set.JSON200 == nil {
		return errors.Join(err, refused(set.Status(), set.Body))
	}
	tested, err := s.api.TestGraphWithResponse(ctx, s.directory, client.TestGraphJSONRequestBody{})
	if err != nil {
		return err
	}
	if tested.JSON200 == nil {
		return refused(tested.Status(), tested.Body)
	}
	for _, check := range tested.JSON200.Checks {
		mark := "✓"
		if !check.Ok {
			mark = "✗"
		}
		s.say("   %s %-12s %s", mark, check.Name, check.Detail)
	}
	return nil
}

func ptr[T any](v T) *T { return &v }

// refused says what the bridge answered instead of what was hoped for.
func refused(status string, body []byte) error {
	return fmt.Errorf("the bridge answered %s: %s", status, body)
}

// pull starts a run and shows its progress until it ends.
func (s *script) pull(ctx context.Context) error {
	started, err := s.api.StartSyncRunWithResponse(ctx, s.directory, client.StartSyncRunJSONRequestBody{Kind: "full"})
	if err != nil {
		return err
	}
	if started.JSON202 == nil {
		return refused(started.Status(), started.Body)
	}
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for shown := ""; ; {
		read, err := s.api.GetSyncRunWithResponse(ctx, s.directory, started.JSON202.ID)
		if err != nil {
			return err
		}
		if read.JSON200 == nil {
			return refused(read.Status(), read.Body)
		}
		run := *read.JSON200
		if line := progress(run); line != shown {
			shown = line
			s.say("   %s", line)
		}
		switch run.State {
		case "succeeded":
			s.report(run)
			return nil
		case "queued", "running":
		default:
			return fmt.Errorf("the run ended %s: %+v", run.State, run.Error)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

func progress(run client.SyncRun) string {
	c := run.Counts
	return fmt.Sprintf("%-9s  read %4d users  %3d groups  %5d memberships  in %2d requests",
		run.State, c.Users.Read, c.Groups.Read, c.Memberships.Read, run.Requests)
}

func (s *script) report(run client.SyncRun) {
	c := run.Counts
	s.say("")
	s.say("                created  adopted  updated  deactivated  restored  removed  conflicts")
	for _, row := range []struct {
		name string
		n    client.RecordCounts
	}{{"users", c.Users}, {"groups", c.Groups}} {
		s.say("   %-11s  %7d  %7d  %7d  %11d  %8d  %7d  %9d", row.name,
			row.n.Created, row.n.Adopted, row.n.Updated, row.n.Deactivated, row.n.Restored, row.n.Removed, row.n.Conflicts)
	}
	s.say("   memberships  %d added, %d removed", c.Memberships.Added, c.Memberships.Removed)
}

func (s *script) summary(ctx context.Context) error {
	counts, err := s.scim.totals(ctx)
	if err != nil {
		return err
	}
	admin := s.url + "/api/v1/directories/" + s.directory
	s.say("── The directory now: %d users, %d groups", counts.users, counts.groups)
	s.say(`
Look at it as the product does, over SCIM:

  curl -s -H 'Authorization: Bearer %[1]s' \
    '%[2]s/Users?count=2'

  curl -s -H 'Authorization: Bearer %[1]s' -G '%[2]s/Users' \
    --data-urlencode 'filter=userName eq "%[3]s"'

and as an admin does:

  curl -s -H 'Authorization: Bearer %[4]s' \
    '%[5]s/sync-runs'

  curl -s -X POST -H 'Authorization: Bearer %[4]s' -H 'Content-Type: application/json' \
    -d '{"kind":"full"}' '%[5]s/sync-runs'

  server     %[6]s
  SCIM       %[2]s
  admin API  %[5]s`, s.scim.token, s.scim.base, newHire, s.token, admin, s.url)
	return nil
}
