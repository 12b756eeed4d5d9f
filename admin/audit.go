package admin

import (
	"context"
	"encoding/json"
	"fmt"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/store"
)

// act is what is told of a change. before and after are what the API shows of the thing,
// so that no secret is in them; nil where there was or is nothing.
type act struct {
	directory, target string
	before, after     any
}

// told tells of an act in the transaction that does it.
func told[T any](ctx context.Context, a *api, action string, of func(T) act) store.Also[T] {
	return func(tx *store.Tx, written T) error {
		e, err := a.event(ctx, action, of(written))
		if err != nil {
			return err
		}
		return tx.AppendAudit(ctx, e)
	}
}

// tell tells of an act that somebody else's transaction did.
func (a *api) tell(ctx context.Context, action string, what act) error {
	e, err := a.event(ctx, action, what)
	if err != nil {
		return err
	}
	return a.Store.AppendAudit(ctx, e)
}

func (a *api) event(ctx context.Context, action string, what act) (models.AuditEvent, error) {
	actor := access.From(ctx).Actor
	e := models.AuditEvent{
		DirectoryID: models.Optional(what.directory), ActorKind: actor.Kind, ActorID: models.Optional(actor.ID), ActorName: actor.Name,
		Action: action, TargetID: what.target, Address: access.Address(ctx), RequestID: a.RequestID(ctx),
	}
	var err error
	if e.Before, err = facts(what.before); err != nil {
		return e, err
	}
	e.After, err = facts(what.after)
	return e, err
}

func facts(shown any) (models.Facts, error) {
	if shown == nil {
		return nil, nil
	}
	text, err := json.Marshal(shown)
	if err != nil {
		return nil, fmt.Errorf("tell of an act: %w", err)
	}
	return text, nil
}
