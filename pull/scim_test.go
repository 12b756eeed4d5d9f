package pull_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/labstack/echo/v4"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/push"
	"scimbridge/scim"
)

// provisioning is the client that pushes into a bridge, as Entra does.
type provisioning struct {
	*bridge
	server *echo.Echo
	token  string
}

func (b *bridge) provisioning() provisioning {
	b.Helper()
	text, hash := access.NewToken()
	_, err := b.store.CreateToken(b.Context(), models.Token{
		DirectoryID: b.directory.ID, Name: "Entra", Access: models.WriteAccess, Hash: hash,
	})
	b.must(err)
	server := echo.New()
	scim.New(&push.Opener{Store: b.store, PublicURL: "https://bridge.example"}).Mount(server.Group("/scim/:tenant/v2"))
	return provisioning{b, server, text}
}

// send makes one request and answers its status and body.
func (p provisioning) send(method, path string, body any) (int, map[string]any) {
	p.Helper()
	text, err := json.Marshal(body)
	p.must(err)
	request := httptest.NewRequestWithContext(p.Context(), method, "/scim/"+p.directory.ID+"/v2"+path, strings.NewReader(string(text)))
	request.Header.Set("Authorization", "Bearer "+p.token)
	request.Header.Set("Content-Type", "application/scim+json")
	answer := httptest.NewRecorder()
	p.server.ServeHTTP(answer, request)
	var said map[string]any
	if answer.Body.Len() > 0 {
		p.must(json.Unmarshal(answer.Body.Bytes(), &said))
	}
	return answer.Code, said
}

// says sends a request that must be taken, and answers the id of its resource.
func (p provisioning) says(method, path string, body any) string {
	p.Helper()
	status, answer := p.send(method, path, body)
	if status >= http.StatusMultipleChoices {
		p.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	id, _ := answer["id"].(string)
	return id
}

// object is the body of a request.
type object = map[string]any

func (p provisioning) createUser(userName string, more object) (id string) {
	p.Helper()
	body := object{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": userName, "active": true}
	for name, value := range more {
		body[name] = value
	}
	return p.says(http.MethodPost, "/Users", body)
}

func (p provisioning) createGroup(displayName string, more object) (id string) {
	p.Helper()
	body := object{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": displayName}
	for name, value := range more {
		body[name] = value
	}
	return p.says(http.MethodPost, "/Groups", body)
}

// patch sends one operation, as Entra does.
func (p provisioning) patch(path, op, attribute string, value any) {
	p.Helper()
	p.says(http.MethodPatch, path, patchOf(op, attribute, value))
}

func patchOf(op, attribute string, value any) object {
	operation := object{"op": op, "path": attribute}
	if value != nil {
		operation["value"] = value
	}
	return object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": []object{operation}}
}

func (p provisioning) addMember(group, member string) {
	p.Helper()
	p.patch("/Groups/"+group, "Add", "members", []object{{"value": member}})
}

func (p provisioning) removeMember(group, member string) {
	p.Helper()
	p.patch("/Groups/"+group, "Remove", fmt.Sprintf("members[value eq %q]", member), nil)
}

func (p provisioning) delete(path string) {
	p.Helper()
	p.says(http.MethodDelete, path, object{})
}

// ids are the SCIM ids by object id, of users and groups.
func (b *bridge) ids() map[string]string {
	b.Helper()
	ids := make(map[string]string)
	for _, u := range b.users() {
		ids[string(u.EntraObjectID)] = u.ID
	}
	for _, g := range b.groups() {
		ids[string(g.EntraObjectID)] = g.ID
	}
	return ids
}
