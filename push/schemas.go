package push

import (
	_ "embed"
	"fmt"

	"scimbridge/scim/schema"
)

// The definitions of what only the pull reads: attributes of Entra that have no place
// in SCIM's own schemas. Clients see them and cannot set them.
var (
	//go:embed entra_user.schema.json
	entraUser []byte
	//go:embed entra_group.schema.json
	entraGroup []byte
)

// Schemas are the resource types of every directory: SCIM's own with the enterprise
// extension, and what Graph tells beyond them.
func Schemas() *schema.Registry {
	r, err := schemas()
	if err != nil {
		panic(err) // our own definitions cannot clash
	}
	return r
}

func schemas() (*schema.Registry, error) {
	users, err := schema.Parse(entraUser)
	if err != nil {
		return nil, fmt.Errorf("users of Entra: %w", err)
	}
	groups, err := schema.Parse(entraGroup)
	if err != nil {
		return nil, fmt.Errorf("groups of Entra: %w", err)
	}
	return schema.New(
		schema.Extension{Type: schema.User, Schema: users},
		schema.Extension{Type: schema.Group, Schema: groups},
	)
}
