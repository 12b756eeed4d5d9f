package push

import (
	"context"
	"fmt"
	"strings"

	"scimbridge/access"
	"scimbridge/internal/seal"
	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/scim"
	"scimbridge/scim/schema"
	"scimbridge/store"
)

// Opener opens a directory to whoever holds one of its tokens.
type Opener struct {
	Store *store.Store
	// Schemas keeps the registry of each directory.
	Schemas Registries
	// PublicURL is where clients reach the server, such as https://bridge.example.
	PublicURL string
	// RequestID names the request that a context belongs to, for the change feed; nil
	// leaves requests without a name.
	RequestID func(context.Context) string
	// Look has Graph asked for a person within seconds, in the transaction of the request
	// that makes it worth asking; nil leaves it to the next run.
	Look func(ctx context.Context, tx *store.Tx, directoryID, objectID string) error
	// Storms is told of what is taken away; nil tells nobody.
	Storms *StormWatch
	// Cursors seals the cursors of lists; replicas need the same key. nil makes them good
	// for this process alone.
	Cursors *seal.Sealer
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
	schemas, err := o.Schemas.Of(admitted.Directory.Settings.Extensions)
	if err != nil {
		return nil, fmt.Errorf("extensions of directory %s: %w", directoryID, err)
	}
	base := BaseURL(o.PublicURL, directoryID)
	session := &scim.Session{
		Backend: &backend{
			store:     o.Store,
			schemas:   schemas,
			directory: admitted.Directory,
			baseURL:   base,
			rules:     reconcile.Rules{Settle: admitted.Directory.Settings.Settle, RoundAt: admitted.RoundAt},
			client:    admitted.Token.Access == models.WriteAccess,
			clock:     admitted.Now,
			requestID: o.requestID(ctx),
			cursors:   o.sealer(),
			look:      o.Look,
			storms:    o.Storms,
			tokenID:   admitted.Token.ID,
		},
		Schemas:  schemas,
		BaseURL:  base,
		ReadOnly: admitted.Token.Access != models.WriteAccess,

		TokenID:   admitted.Token.ID,
		LogValues: admitted.Directory.Settings.RequestLog.Values,
	}
	if admitted.Directory.Settings.Push.Off && !session.ReadOnly {
		session.ReadOnly, session.WhyReadOnly = true, switchedOff
	}
	return session, nil
}

// switchedOff tells a client that writes to a directory whose push has ended.
const switchedOff = "Provisioning over SCIM is switched off for this directory, so nothing is written; " +
	"its admin can switch it on again, or stop the provisioning job"

func (o *Opener) sealer() *seal.Sealer {
	if o.Cursors == nil {
		return ownCursors()
	}
	return o.Cursors
}

func (o *Opener) requestID(ctx context.Context) string {
	if o.RequestID == nil {
		return ""
	}
	return o.RequestID(ctx)
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
	baseURL   string
	rules     reconcile.Rules
	// client is true for the provisioning client, false for the product, which reads.
	client bool
	// clock is when the request came, by the database's clock, and moves on with every
	// write, so that the operations of one bulk request keep their order.
	clock     models.Instant
	requestID string
	cursors   *seal.Sealer
	look      func(ctx context.Context, tx *store.Tx, directoryID, objectID string) error
	storms    *StormWatch
	tokenID   string
}

// next is the time of a write on a record of which push last spoke at spoke: when the
// request came, but after everything that push has said before. Of two requests at once,
// the one that came later may have been quicker.
func (b *backend) next(spoke models.Instant) models.Instant {
	at := max(b.clock, spoke+1)
	b.clock = at + 1
	return at
}

// from says where a change at a time comes from, for the feed.
func (b *backend) from(at models.Instant) reconcile.Origin {
	return reconcile.Origin{By: models.Push, ID: b.requestID, At: at}
}

// canonical is an id as it is stored. Ours are UUIDs in lower case; Microsoft's tools
// now and then write GUIDs in capitals.
func canonical(id string) string { return strings.ToLower(id) }

func (b *backend) Create(ctx context.Context, t schema.ResourceType, r scim.Resource) (scim.Resource, error) {
	if t == schema.Group {
		return b.createGroup(ctx, r)
	}
	return b.createUser(ctx, r)
}

func (b *backend) Get(ctx context.Context, t schema.ResourceType, id string, want scim.Want) (scim.Resource, error) {
	id = canonical(id)
	if t == schema.Group {
		g, err := b.store.ShownGroup(ctx, b.directory.ID, id)
		if err != nil {
			return scim.Resource{}, err
		}
		return b.groupResource(ctx, g, want)
	}
	u, around, err := b.store.ShownUser(ctx, b.directory.ID, id, want.Groups)
	if err != nil {
		return scim.Resource{}, err
	}
	return userResources([]store.ShownUser{u}, around)[0], nil
}

func (b *backend) List(ctx context.Context, t schema.ResourceType, q scim.Query) (scim.Page, error) {
	if t == schema.Group {
		return b.listGroups(ctx, q)
	}
	return b.listUsers(ctx, q)
}

func (b *backend) Replace(ctx context.Context, t schema.ResourceType, id string, r scim.Resource, c scim.Condition, want scim.Want) (scim.Resource, error) {
	id = canonical(id)
	if t == schema.Group {
		return b.replaceGroup(ctx, id, r, c, want)
	}
	return b.replaceUser(ctx, id, r, c, want)
}

func (b *backend) Patch(ctx context.Context, t schema.ResourceType, id string, p scim.Patch, c scim.Condition, want scim.Want) (scim.Resource, error) {
	id = canonical(id)
	if t == schema.Group {
		return b.patchGroup(ctx, id, p, c, want)
	}
	return b.patchUser(ctx, id, p, c, want)
}

func (b *backend) Delete(ctx context.Context, t schema.ResourceType, id string, c scim.Condition) error {
	id = canonical(id)
	if t == schema.Group {
		return b.deleteGroup(ctx, id, c)
	}
	return b.deleteUser(ctx, id, c)
}

// inTx runs one request's transaction.
func (b *backend) inTx(ctx context.Context, f func(*store.Tx) error) error {
	return b.watched(ctx, b.store.InTx, f)
}

// atOnce is inTx for what mostly needs no transaction.
func (b *backend) atOnce(ctx context.Context, f func(*store.Tx) error) error {
	return b.watched(ctx, b.store.AtOnce, f)
}

// watched runs f, and notes for the watch what it has taken away.
func (b *backend) watched(ctx context.Context, run func(context.Context, string, func(*store.Tx) error) error, f func(*store.Tx) error) error {
	tookAway := false
	err := run(ctx, b.directory.ID, func(tx *store.Tx) error {
		err := f(tx)
		tookAway = tx.TookAway()
		return err
	})
	if err == nil && tookAway && b.storms != nil {
		b.storms.Lost(b.directory.ID, b.tokenID)
	}
	return err
}
