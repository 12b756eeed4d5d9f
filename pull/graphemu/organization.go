package graphemu

// getOrganization answers /organization, the cheapest proof that token, tenant
// and network are right.
//
// Source: https://learn.microsoft.com/graph/api/organization-list
func getOrganization(c *call) (*answer, error) {
	organization, err := c.query.selectValues("organization", map[string]any{
		"id":          c.tenant.id,
		"displayName": c.tenant.Name,
		"tenantType":  "AAD",
		"verifiedDomains": []map[string]any{
			{"name": c.tenant.Domain, "isDefault": true, "isInitial": false, "type": "Managed", "capabilities": "Email"},
		},
		"countryLetterCode":     "DE",
		"createdDateTime":       c.tenant.born.UTC().Format("2006-01-02T15:04:05Z"),
		"onPremisesSyncEnabled": nil,
	})
	if err != nil {
		return nil, err
	}
	return graphJSON(map[string]any{
		"@odata.context": c.origin + "/v1.0/$metadata#organization",
		"value":          []any{organization},
	}), nil
}
