package graph

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// permission is an application permission (app role) of Microsoft Graph.
type permission struct {
	name string
	// broader ones open the same, and more than is needed.
	broader []string
}

// The set of section 5.1.
var (
	readUsers = permission{"User.Read.All",
		[]string{"User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}}
	readGroups = permission{"GroupMember.Read.All",
		[]string{"GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}}
	readOrganization = permission{"Organization.Read.All",
		[]string{"Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}}
	readHidden = permission{"Member.Read.Hidden", nil}

	neededPermissions   = []permission{readUsers, readGroups}
	optionalPermissions = []permission{readOrganization, readHidden, readApplications}
)

// grantedBy returns the role that grants p, the least one first; "" if none does.
func (p permission) grantedBy(roles []string) string {
	for _, name := range slices.Concat([]string{p.name}, p.broader) {
		if slices.Contains(roles, name) {
			return name
		}
	}
	return ""
}

// claims are what an access token says of itself. It is Graph's to read and no
// contract with us: good for telling an admin what is granted, and for nothing else
// (section 5.2).
type claims struct {
	Roles  []string `json:"roles"`
	Tenant string   `json:"tid"`
}

// claims signs in, or takes the token at hand, and reads it. A token that is no JWT
// has no claims.
func (c *client) claims(ctx context.Context) (claims, bool, error) {
	token, err := c.credential.GetToken(ctx, policy.TokenRequestOptions{
		Scopes: []string{c.tenant.scope()}, EnableCAE: true, // as the adapter asks, so the cache is one
	})
	if err != nil {
		return claims{}, false, err
	}
	said, ok := readClaims(token.Token)
	return said, ok, nil
}

func readClaims(token string) (claims, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return claims{}, false
	}
	var said claims
	err = json.Unmarshal(payload, &said)
	return said, err == nil
}

// missingIn names the permissions of needs that no role grants.
func missingIn(roles []string, needs []permission) string {
	var missing []string
	for _, p := range needs {
		if p.grantedBy(roles) == "" {
			missing = append(missing, p.name)
		}
	}
	return strings.Join(missing, " and ")
}

// grantHint says how to grant a permission. Section 5.2: a consent shows in a new
// token only; each run and each test starts with one.
func grantHint(names string) string {
	return "In the Entra admin center open App registrations > the application > API permissions > Add a permission > Microsoft Graph > Application permissions, add " +
		names + ", and click Grant admin consent. It can take a few minutes to show."
}
