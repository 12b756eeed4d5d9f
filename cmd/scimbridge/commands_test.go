package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scimbridge/pull/graphemu"
	"scimbridge/store/storetest"
)

func TestCommandsSayWhatIsWrongAndWhatToDo(t *testing.T) {
	t.Parallel()
	p := start(t, newSettings(storetest.SQLite(t)))
	s, folder := commandSettings(p), t.TempDir()
	token := filepath.Join(folder, "token")
	must(t, os.WriteFile(token, []byte(adminToken+"\n"), 0o600))
	made := run(t, s, folder, "directory", "create", "Contoso", "-o", "json")
	var directory struct{ ID string }
	must(t, json.Unmarshal([]byte(made.output), &directory))

	for name, tc := range map[string]struct {
		s         settings
		arguments string
		code      int
		says      string
	}{
		"no token":                     {s.with("SCIMBRIDGE_TOKEN", ""), "directory list", 1, "set SCIMBRIDGE_TOKEN, or name a file"},
		"a wrong token":                {s.with("SCIMBRIDGE_TOKEN", "wrong"), "directory list", 1, "the admin token is not one of this server"},
		"no token file":                {s, "directory list --token-file nowhere", 1, "read the admin token"},
		"a token file":                 {s.with("SCIMBRIDGE_TOKEN", "wrong"), "directory list --token-file " + token, 0, "Contoso"},
		"no server":                    {s.with("SCIMBRIDGE_URL", "http://127.0.0.1:1"), "directory list", 1, "the server cannot be reached"},
		"no address":                   {s.with("SCIMBRIDGE_URL", "bridge"), "directory list", 1, "is not an address such as"},
		"not an API":                   {s.with("SCIMBRIDGE_URL", p.url+"/elsewhere"), "directory list", 1, "There is nothing here"},
		"an unknown output":            {s, "directory list -o yaml", 1, "neither table nor json"},
		"an unknown directory":         {s, "directory show Fabrikam", 1, "there are: Contoso"},
		"a directory by name":          {s, "directory show contoso", 0, directory.ID},
		"a directory by id":            {s, "directory show " + directory.ID, 0, "Contoso"},
		"nothing to set":               {s, "directory set Contoso", 1, "nothing to change"},
		"a value that cannot be":       {s, "directory set Contoso --settle never", 1, "settle: must be a duration"},
		"a schedule":                   {s, "directory set Contoso --at 03:15", 0, "03:15 UTC"},
		"neither on nor off":           {s, "directory set Contoso --schedule maybe", 1, "neither on nor off"},
		"a run without Graph settings": {s, "sync Contoso", 1, "Set them first"},
		"a run that is not there":      {s, "run show Contoso 00000000-0000-7000-8000-000000000000", 1, "Nothing has this id here"},
		"a delete without a yes":       {s, "directory delete Contoso", 1, "repeat it with --yes"},
		"an expiry that is none":       {s, "token create Contoso --name x --access read --expires soon", 1, "neither a duration"},
		"a token without a directory":  {s, "token create --name x --access read", 1, "name the directory"},
		"a user who is not there":      {s, "user show Contoso ann", 1, "there is no user whose userName or displayName begins with"},
		"limits of the guard":          {s, "directory set Contoso --guard-users max=20,ceiling=0 --guard-expire-after 48h", 0, "more than 20 and 10 %\n"},
		"a limit that is none":         {s, "directory set Contoso --guard-groups most=5", 1, "none of max, percent and ceiling"},
		"what is kept of requests":     {s, "directory set Contoso --request-log-keep 48h --request-log-values", 0, "kept for 48h, with personal data"},
		"requests of nobody":           {s, "requests Contoso --user 00000000-0000-7000-8000-000000000000 -o json", 0, "[]"},
		"an empty list":                {s, "run list Contoso", 0, "(none)"},
		"requests of two":              {s, "requests Contoso --user a --group b", 1, "none of the others can be"},
		"a group that is not there":    {s, "group explain Contoso Sales", 1, "there is no group whose displayName begins with"},
		"a client's unknown kind":      {s, "client create Contoso --name x --kind handshake", 1, "kind: must be one of"},
		"a client that is not there":   {s, "client show Contoso 00000000-0000-7000-8000-000000000000", 1, "Nothing has this id here"},
		"completion of a flag":         {settings{}, "__complete client create --kind ", 0, "entra-token"},
		"completion":                   {settings{}, "completion bash", 0, "complete"},
	} {
		t.Run(name, func(t *testing.T) {
			o := run(t, tc.s, folder, strings.Fields(tc.arguments)...)
			if o.code != tc.code || !strings.Contains(o.output, tc.says) {
				t.Errorf("%s: code %d, not %d, or not %q:\n%s", tc.arguments, o.code, tc.code, tc.says, o.output)
			}
		})
	}
	if o := run(t, s, folder, "directory", "delete", "Contoso", "--yes"); o.code != 0 {
		t.Errorf("delete: %s", o.output)
	}
}

func TestTheExitCodeOfSyncTellsTheResult(t *testing.T) {
	t.Parallel()
	c := newCustomer(t, storetest.SQLite(t))
	s, folder := commandSettings(c.program), t.TempDir()
	if o := run(t, s, folder, "sync", "Contoso"); o.code != 0 || !strings.Contains(o.output, "memberships") {
		t.Errorf("code %d:\n%s", o.code, o.output)
	}
	c.log.forgive("sync run failed")
	c.tenant.emulator.Configure(func(config *graphemu.Config) { config.App.Disabled = true })
	o := run(t, s, folder, "sync", "Contoso", "-o", "json")
	if o.code != 4 || !strings.Contains(o.output, "AADSTS7000112") {
		t.Errorf("code %d:\n%s", o.code, o.output)
	}
}
