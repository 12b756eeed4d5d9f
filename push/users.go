package push

import (
	"context"
	"maps"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/scim"
	"scimbridge/scim/schema"
	"scimbridge/store"
)

// createUser is POST. It takes over a record that only the pull has brought.
func (b *backend) createUser(ctx context.Context, r scim.Resource) (scim.Resource, error) {
	if err := checkUser(r.Attributes); err != nil {
		return scim.Resource{}, err
	}
	who := identity(r.Attributes, "userName")
	var user models.User
	var known bool
	err := b.atOnce(ctx, func(tx *store.Tx) error {
		candidates, err := tx.PushUserCandidates(who.ObjectID(), models.Fold(who.Name))
		if err != nil {
			return err
		}
		match, err := reconcile.MatchPushedUser(candidates, who)
		if err != nil {
			return err
		}
		plan := userPlan{after: models.User{DirectoryID: b.directory.ID, ID: tx.NewID()}}
		if known = match.Record >= 0; known {
			plan.before, plan.after = &candidates[match.Record], candidates[match.Record]
		}
		plan.rivals = without(candidates, plan.after.ID)
		user, err = b.hearUser(tx, plan, whole(r.Attributes))
		return err
	})
	if err != nil {
		return scim.Resource{}, tellValue(err, r.Attributes)
	}
	return b.userResource(ctx, user, scim.Want{Groups: known}) // a newcomer is in none
}

// replaceUser is PUT.
func (b *backend) replaceUser(ctx context.Context, id string, r scim.Resource, c scim.Condition, want scim.Want) (scim.Resource, error) {
	return b.changeUser(ctx, id, c, want, func(before models.User) (reconcile.PushSaid, error) {
		if err := scim.CheckImmutable(b.schemas, schema.User, before.Attributes, r.Attributes); err != nil {
			return reconcile.PushSaid{}, err
		}
		return whole(r.Attributes), checkUser(r.Attributes)
	})
}

// patchUser is PATCH: the operations apply to what the client can see.
func (b *backend) patchUser(ctx context.Context, id string, p scim.Patch, c scim.Condition, want scim.Want) (scim.Resource, error) {
	return b.changeUser(ctx, id, c, want, func(u models.User) (reconcile.PushSaid, error) {
		before := withManager(u)
		patched, err := p.Apply(before)
		if err != nil {
			return reconcile.PushSaid{}, err
		}
		return parts(before, patched), checkUser(patched.Attributes)
	})
}

func (b *backend) changeUser(ctx context.Context, id string, c scim.Condition, want scim.Want, hear func(models.User) (reconcile.PushSaid, error)) (scim.Resource, error) {
	var user models.User
	var said reconcile.PushSaid
	err := b.inTx(ctx, func(tx *store.Tx) error {
		stored, err := tx.UserForUpdate(id)
		if err != nil {
			return err
		}
		if err := check(c, stored.Version); err != nil {
			return err
		}
		if said, err = hear(stored); err != nil {
			return err
		}
		plan := userPlan{before: &stored, after: stored}
		if plan.rivals, err = b.rivals(tx, stored, said); err != nil {
			return err
		}
		user, err = b.hearUser(tx, plan, said)
		return err
	})
	if err != nil {
		return scim.Resource{}, tellValue(err, said.Values)
	}
	return b.userResource(ctx, user, want)
}

// deleteUser is DELETE.
func (b *backend) deleteUser(ctx context.Context, id string, c scim.Condition) error {
	return b.inTx(ctx, func(tx *store.Tx) error {
		stored, err := tx.UserForUpdate(id)
		if err != nil {
			return err
		}
		if err := check(c, stored.Version); err != nil {
			return err
		}
		gone, at := stored, b.next(stored.PushSpokeAt)
		reconcile.HearPushGone(&gone.Standing, at)
		steps := reconcile.PlanUsers([]*models.User{&stored}, []models.User{gone}, nil, b.rules, at)
		return reconcile.ApplyUsers(tx, steps, b.from(at))
	})
}

// rivals reads the other records that hold a userName or object id which the request
// asks for; none, if it asks for neither.
func (b *backend) rivals(tx *store.Tx, u models.User, said reconcile.PushSaid) ([]models.User, error) {
	name, named := said.Values["userName"].(string)
	externalID, err := saidExternalID(&u.Standing, said)
	if err != nil {
		return nil, err
	}
	objectID, _ := models.ObjectID(externalID)
	if objectID == string(u.EntraObjectID) {
		objectID = ""
	}
	key := models.Fold(name)
	if !named || key == string(u.UserNameKey) {
		key = ""
	}
	if objectID == "" && key == "" {
		return nil, nil
	}
	rivals, err := tx.PushUserCandidates(objectID, key)
	if err != nil {
		return nil, err
	}
	rivals = without(rivals, u.ID)
	for _, r := range rivals {
		switch {
		case !r.Living || !r.PushSays.Vouches():
		case key != "" && string(r.UserNameKey) == key:
			return nil, &models.ConflictError{Attribute: "userName", Value: name}
		default:
			return nil, &models.ConflictError{Attribute: "externalId", Value: externalID}
		}
	}
	return rivals, nil
}

func without(users []models.User, id string) []models.User {
	return slices.DeleteFunc(slices.Clone(users), func(u models.User) bool { return u.ID == id })
}

// withManager is the document that a PATCH applies to. A manager whom only the pull has
// named stands there under the object id, so that a client can clear it.
func withManager(u models.User) models.Attributes {
	manager := u.ManagerID
	if manager == "" {
		manager = u.ManagerObjectID
	}
	if manager == "" {
		return u.Attributes
	}
	return inEnterprise(u.Attributes, "manager", map[string]any{"value": string(manager)})
}

// inEnterprise is a document with one more attribute in the enterprise extension.
func inEnterprise(attributes models.Attributes, name string, value any) models.Attributes {
	document := maps.Clone(attributes)
	if document == nil {
		document = make(models.Attributes)
	}
	enterprise, _ := document[models.EnterpriseURN].(map[string]any)
	enterprise = maps.Clone(enterprise)
	if enterprise == nil {
		enterprise = make(map[string]any)
	}
	enterprise[name] = value
	document[models.EnterpriseURN] = enterprise
	return document
}
