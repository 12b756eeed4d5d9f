package main

import (
	"fmt"
	"net/http"
	"strings"
)

// A person as Entra's default mapping sends one, with every place filled that a new
// hire of a real company has. The marker stands wherever people differ.
const personBody = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",` +
	`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],` +
	`"externalId":"` + objectIDPrefix + `MARKER","userName":"bench.MARKER@contoso.example","active":true,` +
	`"displayName":"Bench MARKER","title":"Engineer","preferredLanguage":"en-GB",` +
	`"emails":[{"primary":true,"type":"work","value":"bench.MARKER@contoso.example"}],` +
	`"name":{"formatted":"Bench MARKER","givenName":"Bench","familyName":"MARKER"},` +
	`"addresses":[{"type":"work","streetAddress":"1 Main Street","locality":"Berlin","postalCode":"10115","country":"DE"}],` +
	`"phoneNumbers":[{"type":"work","value":"+49 30 1234567"},{"type":"mobile","value":"+49 170 1234567"}],` +
	`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"E-MARKER","department":"Research","costCenter":"4711"}}`

// objectIDPrefix and a marker make the object id that Entra sends as externalId, as the
// guide for admins recommends.
const objectIDPrefix = "5c1b0000-0000-4000-8000-"

func userName(m marker) string { return "bench." + m.String() + "@contoso.example" }

func (t tenancy) createUser(m marker) []byte {
	return t.request(http.MethodPost, "/Users", strings.ReplaceAll(personBody, "MARKER", m.String()))
}

func (t tenancy) createGroup(m marker) []byte {
	return t.request(http.MethodPost, "/Groups", fmt.Sprintf(
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Group %[1]s","externalId":"`+groupIDPrefix+`%[1]s"}`, m))
}

// groupIDPrefix and a marker make a group's object id.
const groupIDPrefix = "5c1b0000-0000-4000-9000-"

// addMember is how Entra adds one.
func (t tenancy) addMember(groupID, memberID string) []byte {
	return t.request(http.MethodPatch, "/Groups/"+groupID, fmt.Sprintf(
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"members","value":[{"value":"%s"}]}]}`, memberID))
}
