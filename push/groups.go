package push

import (
	"context"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/scim"
	"scimbridge/scim/schema"
	"scimbridge/store"
)

// createGroup is POST. It takes over a group that only the pull has brought.
func (b *backend) createGroup(ctx context.Context, r scim.Resource) (scim.Resource, error) {
	if err := checkGroup(r.Attributes); err != nil {
		return scim.Resource{}, err
	}
	who := identity(r.Attributes, "displayName")
	var group models.Group
	err := b.inTx(ctx, func(tx *store.Tx) error {
		candidates, err := tx.PushGroupCandidates(who.ObjectID(), models.Fold(who.Name), who.ExternalID)
		if err != nil {
			return err
		}
		match, err := reconcile.MatchPushedGroup(candidates, who)
		if err != nil {
			return err
		}
		change := groupChange{said: whole(r.Attributes)}
		change.after = models.Group{DirectoryID: b.directory.ID, ID: tx.NewID()}
		if match >= 0 {
			change.before, change.after = &candidates[match], candidates[match]
		}
		if len(r.Members) > 0 {
			change.members.apply(scim.MemberChange{Op: scim.AddMembers, Members: r.Members})
		}
		group, err = b.hearGroup(tx, change)
		return err
	})
	if err != nil {
		return scim.Resource{}, tellValue(err, r.Attributes)
	}
	return b.groupResource(ctx, store.ShowGroup(group), scim.Want{Members: len(r.Members) > 0})
}

// replaceGroup is PUT. Where it gives members, the list is complete, as far as push can
// know them; a PUT without members does not speak of them (RFC 7644 section 3.5.1 lets
// the server keep them, and clients that rename by PUT would empty the group).
func (b *backend) replaceGroup(ctx context.Context, id string, r scim.Resource, c scim.Condition, want scim.Want) (scim.Resource, error) {
	return b.changeGroup(ctx, id, c, want, func(before models.Group) (groupChange, error) {
		change := groupChange{said: whole(r.Attributes)}
		if r.Members != nil {
			change.members.apply(scim.MemberChange{Op: scim.ReplaceMembers, Members: r.Members})
		}
		if err := scim.CheckImmutable(b.schemas, schema.Group, before.Attributes, r.Attributes); err != nil {
			return change, err
		}
		return change, checkGroup(r.Attributes)
	})
}

// patchGroup is PATCH. A rename never touches the members.
func (b *backend) patchGroup(ctx context.Context, id string, p scim.Patch, c scim.Condition, want scim.Want) (scim.Resource, error) {
	return b.changeGroup(ctx, id, c, want, func(before models.Group) (groupChange, error) {
		patched, err := p.Apply(before.Attributes)
		if err != nil {
			return groupChange{}, err
		}
		change := groupChange{said: parts(before.Attributes, patched)}
		for _, m := range p.MemberChanges() {
			if m.Op == scim.ReplaceMembers && b.directory.Settings.AdditiveMembers {
				m.Op = scim.AddMembers
			}
			change.members.apply(m)
		}
		return change, checkGroup(patched.Attributes)
	})
}

func (b *backend) changeGroup(ctx context.Context, id string, c scim.Condition, want scim.Want, hear func(models.Group) (groupChange, error)) (scim.Resource, error) {
	var group models.Group
	var change groupChange
	err := b.inTx(ctx, func(tx *store.Tx) error {
		stored, err := tx.GroupForUpdate(id)
		if err != nil {
			return err
		}
		if err := check(c, stored.Version); err != nil {
			return err
		}
		if change, err = hear(stored); err != nil {
			return err
		}
		change.before, change.after = &stored, stored
		if change.yields, err = groupRivals(tx, stored, change.said); err != nil {
			return err
		}
		group, err = b.hearGroup(tx, change)
		return err
	})
	if err != nil {
		return scim.Resource{}, tellValue(err, change.said.Values)
	}
	return b.groupResource(ctx, store.ShowGroup(group), want)
}

// groupRivals answers a conflict if the request asks for a displayName or externalId
// that another group has, for which push vouches. A removed group that holds the object
// id has to yield it.
func groupRivals(tx *store.Tx, g models.Group, said reconcile.PushSaid) (yields []models.Group, err error) {
	externalID, err := saidExternalID(&g.Standing, said)
	if err != nil {
		return nil, err
	}
	if externalID == string(g.ExternalID) {
		externalID = ""
	}
	name, _ := said.Values["displayName"].(string)
	key := models.Fold(name)
	if key == g.DisplayNameKey {
		key = ""
	}
	if key == "" && externalID == "" {
		return nil, nil
	}
	objectID, _ := models.ObjectID(externalID)
	rivals, err := tx.PushGroupCandidates(objectID, key, externalID)
	if err != nil {
		return nil, err
	}
	for _, r := range rivals {
		sameObject := objectID != "" && string(r.EntraObjectID) == objectID
		vouched := r.Living && r.PushSays.Vouches()
		switch {
		case r.ID == g.ID:
		case vouched && key != "" && r.DisplayNameKey == key:
			return nil, &models.ConflictError{Attribute: "displayName", Value: name}
		case vouched && (sameObject || externalID != "" && string(r.ExternalID) == externalID):
			return nil, &models.ConflictError{Attribute: "externalId", Value: externalID}
		case sameObject && r.Living:
			return nil, &models.ConflictError{Attribute: "externalId", Value: externalID,
				Reason: "another record of this directory is that Entra object; delete this group and create it again with the externalId, so that the two join"}
		case sameObject:
			yields = append(yields, r)
		}
	}
	return yields, nil
}

// deleteGroup is DELETE.
func (b *backend) deleteGroup(ctx context.Context, id string, c scim.Condition) error {
	return b.inTx(ctx, func(tx *store.Tx) error {
		stored, err := tx.GroupForUpdate(id)
		if err != nil {
			return err
		}
		if err := check(c, stored.Version); err != nil {
			return err
		}
		gone, at := stored, b.next(stored.PushSpokeAt)
		reconcile.HearPushGone(&gone.Standing, at)
		steps := reconcile.PlanGroups([]*models.Group{&stored}, []models.Group{gone}, b.rules, at)
		return reconcile.ApplyGroups(tx, steps, b.from(at))
	})
}

// groupChange is one request on one group.
type groupChange struct {
	before  *models.Group // nil for a new one
	after   models.Group
	said    reconcile.PushSaid
	members memberWords
	yields  []models.Group // removed ones that held the object id
}

// hearGroup records what push says of a group and of its members, merges, and writes.
func (b *backend) hearGroup(tx *store.Tx, change groupChange) (models.Group, error) {
	at := b.next(change.after.PushSpokeAt)
	heard := reconcile.HearPushGroup(change.after, change.said, at)
	if change.members.complete {
		heard.PushMembersAt = at
	}
	merged := reconcile.PlanGroups([]*models.Group{change.before}, []models.Group{heard}, b.rules, at)
	step := &merged[0]
	edges, err := b.planMembers(tx, step.After, change.before, change.members, at)
	if err != nil {
		return heard, err
	}
	if step.Before != nil && step.Action == "" && membersDiffer(edges) {
		step.After.Version++
		step.After.UpdatedAt = at
	}
	var steps []reconcile.GroupStep
	for _, g := range change.yields {
		steps = append(steps, reconcile.YieldGroup(g))
	}
	if err := reconcile.ApplyGroups(tx, append(steps, merged...), b.from(at)); err != nil {
		return heard, err
	}
	if err := reconcile.ApplyEdges(tx, step.After.ID, edges, b.from(at)); err != nil {
		return heard, err
	}
	if step.Before != nil && !step.Before.Living && step.After.Living {
		_, err = reconcile.RemergeEdgesOf(tx, step.After.ID, b.rules, b.from(at))
	}
	return step.After, err
}

func membersDiffer(edges []reconcile.EdgeStep) bool {
	for _, e := range edges {
		if e.Added() || e.Ended() {
			return true
		}
	}
	return false
}
