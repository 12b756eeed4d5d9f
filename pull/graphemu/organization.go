package graphemu

import "strings"

// getOrganization answers /organization, the cheapest proof that token, tenant
// and network are right.
//
// Source: https://learn.microsoft.com/graph/api/organization-list
func getOrganization(c *call) (*answer, error) {
	values := map[string]any{
		"id":          c.tenant.id,
		"displayName": c.tenant.Name,
		"tenantType":  "AAD",
		"verifiedDomains": []map[string]any{
			{"name": c.tenant.Domain, "isDefault": true, "isInitial": false, "type": "Managed", "capabilities": "Email"},
		},
		"countryLetterCode":     "DE",
		"createdDateTime":       c.tenant.born.UTC().Format("2006-01-02T15:04:05Z"),
		"onPremisesSyncEnabled": nil,
	}
	if c.query.has("select") {
		selected := map[string]any{}
		for name := range strings.SplitSeq(c.query.get("select"), ",") {
			value, known := values[strings.TrimSpace(name)]
			if !known {
				return nil, badRequest("Could not find a property named '%s' on type 'microsoft.graph.organization'.", name)
			}
			selected[strings.TrimSpace(name)] = value
		}
		values = selected
	}
	return graphJSON(map[string]any{
		"@odata.context": c.origin + "/v1.0/$metadata#organization",
		"value":          []any{values},
	}), nil
}
