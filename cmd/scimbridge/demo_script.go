package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

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
	cast      cast
	// live is a terminal, where a line of progress may be written over.
	live bool
}

func newScript(out io.Writer, url, token string, tenant *graphemu.Tenant, graphURL string) *script {
	return &script{out: out, url: url, token: token, tenant: tenant, graphURL: graphURL, live: isTerminal(out)}
}

func (s *script) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

func (s *script) play(ctx context.Context) error {
	s.say("scimbridge demo: a sample company of %d people and %d groups in a built-in Microsoft Graph\n",
		len(s.tenant.Users()), len(s.tenant.Groups()))
	var err error
	if s.cast, err = castFrom(s.tenant); err != nil {
		return err
	}
	for _, step := range []struct {
		title string
		do    func(context.Context) error
	}{
		{"Set up a directory, with Microsoft Graph and a token for Entra", s.setUp},
		{"First pull: the whole company through Microsoft Graph", s.firstPull},
		{"Entra pushes over SCIM, in both of its dialects", s.push},
		{"Meanwhile in Entra: what a push does not carry", s.drift},
		{"Second pull: reconcile", s.secondPull},
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
	made, err := s.api.CreateDirectoryWithResponse(ctx, nil, client.CreateDirectoryJSONRequestBody{Name: "Contoso"})
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
	token, err := s.api.CreateScimTokenWithResponse(ctx, s.directory, nil, client.CreateScimTokenJSONRequestBody{Name: "Entra", Access: "write"})
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
	set, err := s.api.SetGraphWithResponse(ctx, s.directory, nil, client.SetGraphJSONRequestBody{
		TenantID: s.tenant.ID(), ClientID: ptr(graphemu.ClientID), ClientSecret: ptr(graphemu.ClientSecret),
		Cloud: &cloud, AuthorityHost: &s.graphURL, GraphHost: &s.graphURL,
	})
	if err != nil || set.JSON200 == nil {
		return errors.Join(err, refused(set.Status(), set.Body))
	}
	tested, err := s.api.TestGraphWithResponse(ctx, s.directory, nil, client.TestGraphJSONRequestBody{})
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

  curl -s -H 'Authorization: Bearer %[1]s' \
    -G '%[2]s/Users' \
    --data-urlencode 'filter=userName eq "%[3]s"'

and as an admin does:

  curl -s -H 'Authorization: Bearer %[4]s' \
    '%[5]s/sync-runs'

  curl -s -X POST -H 'Authorization: Bearer %[4]s' -H 'Content-Type: application/json' \
    -d '{"kind":"full"}' \
    '%[5]s/sync-runs'

or, by command:

  export SCIMBRIDGE_URL=%[6]s SCIMBRIDGE_TOKEN=%[4]s
  scimbridge user explain Contoso %[3]s
  scimbridge requests Contoso
  scimbridge sync Contoso

  server     %[6]s
  SCIM       %[2]s
  admin API  %[5]s`, s.scim.token, s.scim.base, newHire, s.token, admin, s.url)
	return nil
}
