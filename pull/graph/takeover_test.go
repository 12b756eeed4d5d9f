package graph

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/pull/graphemu"
	"scimbridge/push"
	"scimbridge/scim"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// push sends one request as the provisioning client does.
func (d *bridged) push(method, path, body string) {
	d.Helper()
	text, hash := access.NewToken()
	_, err := d.store.CreateToken(d.Context(), models.Token{DirectoryID: d.id, Name: "Entra", Access: models.WriteAccess, Hash: hash})
	d.must(err)
	server := echo.New()
	scim.New(&push.Opener{Store: d.store, PublicURL: "https://bridge.example"}).Mount(server.Group("/scim/:tenant/v2"))
	r := httptest.NewRequestWithContext(d.Context(), method, "/scim/"+d.id+"/v2"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+text)
	r.Header.Set("Content-Type", "application/scim+json")
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, r)
	if answer.Code >= http.StatusBadRequest {
		d.Fatalf("%s %s: %d %s", method, path, answer.Code, answer.Body)
	}
}

// recordOf is the id of the record that is an Entra object.
func (d *bridged) recordOf(objectID string) (id string) {
	d.Helper()
	d.must(d.store.InTx(d.Context(), d.id, func(tx *store.Tx) error {
		ends, err := tx.EndsByObjectID([]string{objectID}, nil)
		id = ends[objectID].ID
		return err
	}))
	return id
}

// Push deletes somebody and creates them anew, without a word that it is the same Entra
// object. An incremental round that hears of the object ties it to the new record, and
// has to learn its groups.
func TestWhoTakesAnObjectOverInAnIncrementalRoundIsInItsGroups(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		o := newOffice(t, graphemu.Size{Users: 20, Groups: 4, GroupsPerUser: 2, Depth: 1}, small)
		d := newDirectoryOf(t, o, databaseURL)
		d.run(models.FullRun)
		users := o.tenant.Users()
		i := slices.IndexFunc(users, func(u graphemu.User) bool {
			return slices.ContainsFunc(o.tenant.Edges(), func(e graphemu.Edge) bool { return e.MemberID == u.ID })
		})
		member := users[i]
		d.push(http.MethodDelete, "/Users/"+d.recordOf(member.ID), "")
		d.push(http.MethodPost, "/Users", fmt.Sprintf(`{"userName":%q}`, member.UserPrincipalName))
		d.must(o.tenant.UpdateUser(member.ID, graphemu.Properties{"jobTitle": "Returned"}))
		if run := d.run(models.IncrementalRun); run.Full {
			t.Error("the round is to be an incremental one")
		}
		d.equals(trulyShown(o.tenant, everybody))
	})
}
