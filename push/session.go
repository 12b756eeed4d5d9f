package push

import (
	"context"
	"strings"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/scim"
	"scimbridge/scim/schema"
	"scimbridge/store"
)

// Opener opens a directory to whoever holds one of its tokens.
type Opener struct {
	Store   *store.Store
	Schemas *schema.Registry
	// PublicURL is where clients reach the server, such as https://bridge.example.
	PublicURL string
	// RequestID names the request that a context belongs to, for the change feed.
	RequestID func(context.Context) string
}

var _ scim.Opener = (*Opener)(nil)

// Open implements scim.Opener.
func (o *Opener) Open(ctx context.Context, directoryID, bearer string) (*scim.Session, error) {
	if bearer == "" {
		return nil, models.ErrUnauthorized
	}
	admitted, err := o.Store.Admit(ctx, directoryID, access.Hash(bearer))
	if err != nil {
		return nil, err
	}
	return &scim.Session{
		Backend: &backend{
			store:     o.Store,
			schemas:   o.Schemas,
			directory: admitted.Directory,
			rules:     reconcile.Rules{Settle: admitted.Directory.Settings.Settle, RoundAt: admitted.RoundAt},
			client:    admitted.Token.Access == models.WriteAccess,
			received:  admitted.Now,
			origin:    reconcile.Origin{By: models.Push, ID: o.RequestID(ctx), At: admitted.Now},
		},
		Schemas:  o.Schemas,
		BaseURL:  BaseURL(o.PublicURL, directoryID),
		ReadOnly: admitted.Token.Access != models.WriteAccess,
	}, nil
}

// BaseURL is the URL that an admin enters in Entra as the tenant URL.
func BaseURL(publicURL, directoryID string) string {
	return strings.TrimRight(publicURL, "/") + "/scim/" + directoryID + "/v2"
}

// backend is one request's view of its directory.
type backend struct {
	store     *store.Store
	schemas   *schema.Registry
	directory models.Directory
	rules     reconcile.Rules
	// client is true for the provisioning client, false for the product, which reads.
	client   bool
	received models.Instant // when the request came, by the database's clock
	origin   reconcile.Origin
}

func (b *backend) Create(ctx context.Context, t schema.ResourceType, r scim.Resource) (scim.Resource, error) {
	if t == schema.Group {
		return b.createGroup(ctx, r)
	}
	return b.createUser(ctx, r)
}

func (b *backend) Get(ctx context.Context, t schema.ResourceType, id string, want scim.Want) (scim.Resource, error) {
	if t == schema.Group {
		g, err := b.store.Group(ctx, b.directory.ID, id)
		if err != nil {
			return scim.Resource{}, err
		}
		return b.groupResource(ctx, g, want)
	}
	u, err := b.store.User(ctx, b.directory.ID, id)
	if err != nil {
		return scim.Resource{}, err
	}
	return b.userResource(ctx, u, want)
}

func (b *backend) List(ctx context.Context, t schema.ResourceType, q scim.Query) (scim.Page, error) {
	if t == schema.Group {
		return b.listGroups(ctx, q)
	}
	return b.listUsers(ctx, q)
}

func (b *backend) Replace(ctx context.Context, t schema.ResourceType, id string, r scim.Resource, c scim.Condition, want scim.Want) (scim.Resource, error) {
	if t == schema.Group {
		return b.replaceGroup(ctx, id, r, c, want)
	}
	return b.replaceUser(ctx, id, r, c, want)
}

func (b *backend) Patch(ctx context.Context, t schema.ResourceType, id string, p scim.Patch, c scim.Condition, want scim.Want) (scim.Resource, error) {
	if t == schema.Group {
		return b.patchGroup(ctx, id, p, c, want)
	}
	return b.patchUser(ctx, id, p, c, want)
}

func (b *backend) Delete(ctx context.Context, t schema.ResourceType, id string, c scim.Condition) error {
	if t == schema.Group {
		return b.deleteGroup(ctx, id, c)
	}
	return b.deleteUser(ctx, id, c)
}

// inTx runs one request's transaction.
func (b *backend) inTx(ctx context.Context, f func(*store.Tx) error) error {
	return b.store.InTx(ctx, b.directory.ID, f)
}
