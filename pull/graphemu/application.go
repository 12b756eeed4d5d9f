package graphemu

import (
	"crypto/sha1"
	"encoding/base64"
	"strings"
)

// The application itself, as it may read about itself: when its secrets end, and
// which permissions were granted.
//
// Source: https://learn.microsoft.com/graph/api/application-get and
// https://learn.microsoft.com/graph/api/serviceprincipal-get

// getApplication answers /applications(appId='…'), and with it when secrets end.
// Microsoft lists no permission by which an application may read its own
// registration, other than Application.Read.All.
func getApplication(c *call) (*answer, error) {
	app := c.config.App
	if c.args["id"] != "appId='"+app.ID+"'" {
		return nil, notFound(c.args["id"])
	}
	secrets := []map[string]any{}
	for _, s := range app.Secrets {
		secret := map[string]any{"displayName": "client secret", "hint": s.Value[:min(3, len(s.Value))], "endDateTime": nil, "secretText": nil}
		if !s.Expires.IsZero() {
			secret["endDateTime"] = s.Expires.UTC().Format("2006-01-02T15:04:05Z")
		}
		secrets = append(secrets, secret)
	}
	return c.oneOf("application", "applications", map[string]any{
		"id": app.ID, "appId": app.ID, "displayName": "scimbridge", "passwordCredentials": secrets, "keyCredentials": app.keyCredentials(),
	})
}

// keyCredentials are the certificates that an admin uploaded, by their public part.
func (a App) keyCredentials() []map[string]any {
	keys := []map[string]any{}
	for _, c := range a.Certificates {
		sum := sha1.Sum(c.Raw) // as Entra shows it
		keys = append(keys, map[string]any{
			"displayName": c.Subject.String(), "type": "AsymmetricX509Cert", "usage": "Verify",
			"customKeyIdentifier": base64.StdEncoding.EncodeToString(sum[:]), "endDateTime": c.NotAfter.UTC().Format("2006-01-02T15:04:05Z"),
		})
	}
	return keys
}

// getServicePrincipal answers /servicePrincipals(appId='…') for the application
// and needs no permission for that.
func getServicePrincipal(c *call) (*answer, error) {
	app := c.config.App
	if c.args["id"] != "appId='"+app.ID+"'" && c.args["id"] != app.ID {
		return nil, notFound(c.args["id"])
	}
	return c.oneOf("servicePrincipal", "servicePrincipals", map[string]any{
		"id": app.ID, "appId": app.ID, "displayName": "scimbridge", "accountEnabled": !app.Disabled,
		"appRoleAssignmentRequired": true, "servicePrincipalType": "Application",
	})
}

// oneOf answers with one object that is made of values, by $select.
func (c *call) oneOf(resource, set string, values map[string]any) (*answer, error) {
	selected, err := c.query.selectValues(resource, values)
	if err != nil {
		return nil, err
	}
	selected["@odata.context"] = c.origin + "/v1.0/$metadata#" + set + "/$entity"
	return graphJSON(selected), nil
}

// selectValues projects an object that is made of values.
func (q query) selectValues(resource string, values map[string]any) (map[string]any, error) {
	if !q.has("select") {
		return values, nil
	}
	selected := map[string]any{}
	for name := range strings.SplitSeq(q.get("select"), ",") {
		name = strings.TrimSpace(name)
		value, known := values[name]
		if !known {
			return nil, badRequest("Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, resource)
		}
		selected[name] = value
	}
	return selected, nil
}
