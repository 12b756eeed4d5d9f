package push

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"

	"scimbridge/models"
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

// Registries keeps the resource types of each directory: SCIM's own with the enterprise
// extension, what Graph tells beyond them, and what the customer has defined. The zero
// value is ready; directories with equal extensions share a registry.
type Registries struct {
	mu    sync.Mutex
	built map[string]*schema.Registry
}

// mostBuilt bounds the memory of a bridge with thousands of directories.
const mostBuilt = 1000

// Of is the registry of a directory with these extensions of its own.
func (r *Registries) Of(extensions []models.Extension) (*schema.Registry, error) {
	key := registryKey(extensions)
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.built[key]; ok {
		return known, nil
	}
	made, err := newRegistry(extensions)
	if err != nil {
		return nil, err
	}
	if r.built == nil || len(r.built) >= mostBuilt {
		r.built = make(map[string]*schema.Registry)
	}
	r.built[key] = made
	return made, nil
}

func registryKey(extensions []models.Extension) string {
	var key strings.Builder
	for _, e := range extensions {
		key.WriteString(e.ResourceType)
		key.Write(e.Definition)
	}
	return key.String()
}

// CheckExtensions tells whether a directory can have these extensions together: a
// *models.InvalidError names what is wrong with a definition.
func CheckExtensions(extensions []models.Extension) error {
	_, err := newRegistry(extensions)
	return err
}

func newRegistry(extensions []models.Extension) (*schema.Registry, error) {
	all, err := ofEntra()
	if err != nil {
		return nil, err
	}
	for _, e := range extensions {
		defined, err := schema.Define(e.Definition)
		if wrong, ok := errors.AsType[*schema.DefinitionError](err); ok {
			return nil, &models.InvalidError{Attribute: wrong.Field, Reason: wrong.Reason}
		}
		if err != nil {
			return nil, err
		}
		of := schema.User
		if e.ResourceType == schema.Group.Name {
			of = schema.Group
		}
		all = append(all, schema.Extension{Type: of, Schema: defined})
	}
	registry, err := schema.New(all...)
	if err != nil {
		return nil, &models.InvalidError{Attribute: "id", Reason: err.Error()}
	}
	return registry, nil
}

// ofEntra are the extensions of every directory.
func ofEntra() ([]schema.Extension, error) {
	users, err := schema.Parse(entraUser)
	if err != nil {
		return nil, fmt.Errorf("users of Entra: %w", err)
	}
	groups, err := schema.Parse(entraGroup)
	if err != nil {
		return nil, fmt.Errorf("groups of Entra: %w", err)
	}
	return []schema.Extension{{Type: schema.User, Schema: users}, {Type: schema.Group, Schema: groups}}, nil
}
