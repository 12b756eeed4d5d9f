package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"scimbridge/store/storetest"
)

// A client that is let loose is noticed by the server itself, and the command line undoes it.
func TestAStormIsToldAndRestoredByCommand(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		c := &customer{}
		server := newSettings(databaseURL)
		c.program = start(t, server)
		const warning = "a storm: the SCIM client takes away more than the guard allows within an hour; it is applied, and can be restored"
		c.log.forgive(warning)
		c.setUp(t)
		var ids []string
		for i := range 12 {
			r := c.scim(t, http.MethodPost, "/Users", fmt.Sprintf(`{"userName":"person%d@contoso.example","active":true}`, i))
			ids = append(ids, r.object(t)["id"].(string))
		}
		for _, id := range ids {
			if r := c.scim(t, http.MethodDelete, "/Users/"+id, ""); r.status != http.StatusNoContent {
				t.Fatalf("DELETE: %d %s", r.status, r.body)
			}
		}
		c.waitFor(t, warning)
		s, folder := commandSettings(c.program), t.TempDir()
		command := func(arguments string, says ...string) string {
			t.Helper()
			o := run(t, s, folder, strings.Fields(arguments)...)
			for _, text := range says {
				if o.code != 0 || !strings.Contains(o.output, text) {
					t.Errorf("%s: code %d, or not %q:\n%s", arguments, o.code, text, o.output)
				}
			}
			return o.output
		}
		var storms []struct{ ID string }
		if err := json.Unmarshal([]byte(command("storm list Contoso -o json")), &storms); err != nil || len(storms) != 1 {
			t.Fatalf("storms: %v, %v", storms, err)
		}
		command("storm list Contoso", storms[0].ID, "RESTORED")
		command("storm show Contoso "+storms[0].ID, "users deactivated or removed within an hour", "person0@contoso.example", "removed")
		command("directory show Contoso", "restore the storm "+storms[0].ID)
		doctor := run(t, server.with("SCIMBRIDGE_LISTEN", strings.TrimPrefix(c.url, "http://")), folder, "doctor")
		doctor.says(t, 0, "– warning of Contoso\n  The SCIM client takes away more than the guard allows within an hour")
		command("storm restore Contoso "+storms[0].ID+" --only groups", "restored")
		command("storm restore Contoso "+storms[0].ID, "restored", "still lost")
		for _, id := range ids {
			if r := c.scim(t, http.MethodGet, "/Users/"+id, ""); r.status != http.StatusOK || r.object(t)["active"] != true {
				t.Errorf("%s: %d %s", id, r.status, r.body)
			}
		}
	})
}

func TestSomebodyWhoMayHaveComeBackIsToldByCommand(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		c := &customer{}
		server := newSettings(databaseURL)
		c.program = start(t, server)
		c.setUp(t)
		for i, active := range []bool{false, true} {
			body := fmt.Sprintf(`{"userName":"ann%d@contoso.example","active":%v,"externalId":"%08d-0000-4000-8000-000000000000",
				"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"4711"}}`, i, active, i+1)
			if r := c.scim(t, http.MethodPost, "/Users", body); r.status != http.StatusCreated {
				t.Fatalf("POST: %d %s", r.status, r.body)
			}
		}
		run(t, commandSettings(c.program), t.TempDir(), "finding", "list", "Contoso").says(t, 0, "ann0@contoso.example")
		run(t, server.with("SCIMBRIDGE_LISTEN", strings.TrimPrefix(c.url, "http://")), t.TempDir(), "doctor").
			says(t, 0, "– people of Contoso\n  pairs of records that may be one person: 1; scimbridge finding list \"Contoso\" shows them")
	})
}
