package push

import (
	"context"
	"maps"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/scim"
	"scimbridge/store"
)

// createUser is POST. It takes over a record that only the pull has brought.
func (b *backend) createUser(ctx context.Context, r scim.Resource) (scim.Resource, error) {
	who := identity(r.Attributes, "userName")
	var user models.User
	err := b.inTx(ctx, func(tx *store.Tx) error {
		candidates, err := tx.PushUserCandidates(who.ObjectID(), models.Fold(who.Name))
		if err != nil {
			return err
		}
		match, err := reconcile.MatchPushedUser(candidates, who)
		if err != nil {
			return err
		}
		plan := userPlan{others: others(candidates, match)}
		if match.Record >= 0 {
			plan.before = &candidates[match.Record]
			plan.after = candidates[match.Record]
		} else {
			plan.after = models.User{DirectoryID: b.directory.ID, ID: tx.NewID()}
		}
		if match.Yields >= 0 {
			plan.after.EntraObjectID = candidates[match.Yields].EntraObjectID
			plan.steps = append(plan.steps, reconcile.Yield(candidates[match.Yields]))
		}
		user, err = b.hearUser(tx, plan, whole(r.Attributes))
		return err
	})
	if err != nil {
		return scim.Resource{}, err
	}
	return b.userResource(ctx, user, scim.Want{Groups: true})
}

// replaceUser is PUT.
func (b *backend) replaceUser(ctx context.Context, id string, r scim.Resource, c scim.Condition, want scim.Want) (scim.Resource, error) {
	return b.changeUser(ctx, id, c, want, func(models.User) (reconcile.PushSaid, error) {
		return whole(r.Attributes), nil
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
		return parts(before, patched), nil
	})
}

func (b *backend) changeUser(ctx context.Context, id string, c scim.Condition, want scim.Want, hear func(models.User) (reconcile.PushSaid, error)) (scim.Resource, error) {
	var user models.User
	err := b.inTx(ctx, func(tx *store.Tx) error {
		stored, err := tx.UserForUpdate(id)
		if err != nil {
			return err
		}
		if err := check(c, stored.Version); err != nil {
			return err
		}
		said, err := hear(stored)
		if err != nil {
			return err
		}
		plan := userPlan{before: &stored, after: stored}
		if plan.others, err = b.rivals(tx, stored, said); err != nil {
			return err
		}
		user, err = b.hearUser(tx, plan, said)
		return err
	})
	if err != nil {
		return scim.Resource{}, err
	}
	return b.userResource(ctx, user, want)
}

// rivals reads the other records that hold a userName or object id which the request
// asks for; none, if it asks for neither.
func (b *backend) rivals(tx *store.Tx, u models.User, said reconcile.PushSaid) ([]models.User, error) {
	name, named := said.Values["userName"].(string)
	externalID, identified := said.Values["externalId"]
	text, _ := externalID.(string)
	if identified || said.Whole {
		if err := checkExternalID(&u.Standing, said, text); err != nil {
			return nil, err
		}
	}
	objectID, _ := models.ObjectID(text)
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
	for _, r := range rivals {
		switch {
		case r.ID == u.ID || !r.Living || !r.PushSays.Vouches():
		case key != "" && string(r.UserNameKey) == key:
			return nil, &models.ConflictError{Attribute: "userName", Value: name}
		default:
			return nil, &models.ConflictError{Attribute: "externalId", Value: text}
		}
	}
	return rivals, nil
}

// checkExternalID allows a PUT to leave externalId out: then push's word is withdrawn
// and the object id shows.
func checkExternalID(s *models.Standing, said reconcile.PushSaid, externalID string) error {
	if said.Whole && externalID == "" {
		return nil
	}
	return reconcile.CheckExternalID(s, externalID)
}

// userPlan is one request on one user: the record, and others that stand in its way.
type userPlan struct {
	before *models.User
	after  models.User
	others []models.User
	steps  []reconcile.UserStep // to be applied first
}

// hearUser records what push says, merges, and writes.
func (b *backend) hearUser(tx *store.Tx, plan userPlan, said reconcile.PushSaid) (models.User, error) {
	heard := reconcile.HearPushUser(plan.after, said, b.received)
	var takenEdges []models.Membership
	for _, other := range plan.others {
		switch {
		case other.ID == heard.ID:
		case heard.EntraObjectID != "" && other.EntraObjectID == heard.EntraObjectID:
			var left models.User
			heard, left = reconcile.JoinUsers(heard, other)
			step := reconcile.PlanUsers([]*models.User{&other}, []models.User{left}, nil, b.rules, b.received)
			plan.steps = append(plan.steps, step...)
			edges, err := tx.EdgesOfMember(other.ID)
			if err != nil {
				return heard, err
			}
			takenEdges = edges
		default:
			plan.steps = append(plan.steps, reconcile.Displace(other, b.received))
		}
	}
	rules, err := b.rulesFor(tx, heard)
	if err != nil {
		return heard, err
	}
	merged := reconcile.PlanUsers([]*models.User{plan.before}, []models.User{heard}, nil, rules, b.received)
	if err := reconcile.ApplyUsers(tx, append(plan.steps, merged...), b.origin); err != nil {
		return heard, err
	}
	return merged[0].After, b.followEdges(tx, plan.before, merged[0].After, takenEdges)
}

// followEdges settles the edges of a user who came back, or who took another record over.
func (b *backend) followEdges(tx *store.Tx, before *models.User, after models.User, taken []models.Membership) error {
	if len(taken) > 0 {
		own, err := tx.EdgesOfMember(after.ID)
		if err != nil {
			return err
		}
		held := make(map[string]models.Membership, len(own))
		for _, edge := range own {
			held[edge.GroupID] = edge
		}
		if _, err := reconcile.SettleEdges(tx, reconcile.JoinEdges(after, taken, held), b.rules, b.origin); err != nil {
			return err
		}
	}
	if before == nil || before.Living || !after.Living {
		return nil
	}
	_, err := reconcile.RemergeEdgesOf(tx, after.ID, b.rules, b.origin)
	return err
}

// rulesFor resolves the manager that push names, where the pull has named one too.
func (b *backend) rulesFor(tx *store.Tx, u models.User) (reconcile.Rules, error) {
	rules := b.rules
	said, spoke := u.PushWords[models.ManagerPath]
	id, _ := said.Value.(string)
	if _, read := u.PullWords[models.ManagerPath]; !spoke || !read || said.Agreed || id == "" {
		return rules, nil
	}
	var err error
	rules.ObjectIDs, err = tx.ObjectIDs([]string{id})
	return rules, err
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
		gone := stored
		reconcile.HearPushGone(&gone.Standing, b.received)
		steps := reconcile.PlanUsers([]*models.User{&stored}, []models.User{gone}, nil, b.rules, b.received)
		return reconcile.ApplyUsers(tx, steps, b.origin)
	})
}

// others are the candidates that the request does not speak of, but whose userName it
// takes; a match that yields is taken care of apart.
func others(candidates []models.User, match reconcile.Match) []models.User {
	var rest []models.User
	for i, u := range candidates {
		if i != match.Record && i != match.Yields {
			rest = append(rest, u)
		}
	}
	return rest
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
	document := maps.Clone(u.Attributes)
	enterprise, _ := document[models.EnterpriseURN].(map[string]any)
	enterprise = maps.Clone(enterprise)
	if enterprise == nil {
		enterprise = make(map[string]any)
	}
	enterprise["manager"] = map[string]any{"value": string(manager)}
	document[models.EnterpriseURN] = enterprise
	return document
}
