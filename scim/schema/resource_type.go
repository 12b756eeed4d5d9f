package schema

// URNs of the schemas that every tenant has.
const (
	UserURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	GroupURN      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	EnterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// ResourceType is what an endpoint serves (RFC 7643 section 6). It is a small
// value that can be compared; its extensions differ by tenant and are the
// Registry's to know.
type ResourceType struct {
	Name        string // "User"
	Endpoint    string // "/Users"
	Schema      string // URN of the core schema
	Description string
}

// The resource types of every tenant.
var (
	User  = ResourceType{Name: "User", Endpoint: "/Users", Schema: UserURN, Description: "User Account"}
	Group = ResourceType{Name: "Group", Endpoint: "/Groups", Schema: GroupURN, Description: "Group"}
)

// Extension adds a schema's attributes to a resource type, in an object under the
// schema's URN (RFC 7643 section 3.3).
type Extension struct {
	Type     ResourceType
	Schema   *Schema
	Required bool
}
