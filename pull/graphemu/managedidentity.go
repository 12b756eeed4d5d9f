package graphemu

import (
	"net/http"
	"strconv"
	"strings"
)

// managedIdentity is the endpoint inside an Azure machine, http://169.254.169.254, where
// it asks for tokens of its own identity. A client reaches it by way of a proxy.
//
// Source: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
func managedIdentity(c *call) (*answer, error) {
	app, asked := c.config.App, c.request.URL.Query()
	resource, id := asked.Get("resource"), asked.Get("client_id")
	switch {
	case !app.ManagedIdentity:
		return nil, &Error{Status: 404, Code: "NotFound", Message: "There is no managed identity here."}
	case c.header.Get("Metadata") != "true":
		return identityRefusal("Required metadata header not specified"), nil
	case asked.Get("api-version") == "" || !strings.HasPrefix(resource, "https://"):
		return identityRefusal("The request is missing the api-version or the resource"), nil
	case id != "" && !strings.EqualFold(id, app.ID):
		return identityRefusal("Identity not found"), nil
	}
	lifetime := c.config.TokenLifetime
	return jsonAnswer(200, map[string]any{
		"access_token": c.accessToken(c.emulator.tenants[0], lifetime), "client_id": app.ID, "resource": resource,
		"token_type": "Bearer", "expires_in": strconv.Itoa(int(lifetime.Seconds())),
		"expires_on": strconv.FormatInt(c.now().Add(lifetime).Unix(), 10),
	}), nil
}

func identityRefusal(description string) *answer {
	return jsonAnswer(http.StatusBadRequest, map[string]any{"error": "invalid_request", "error_description": description})
}
