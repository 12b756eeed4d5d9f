package push

import (
	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// userPlan is one request on one user: the record, and others that hold what it asks for.
type userPlan struct {
	before *models.User // nil for someone new
	after  models.User
	// rivals hold the object id or the userName; push vouches for none of them.
	rivals []models.User
}

// hearUser records what push says, merges, and writes.
func (b *backend) hearUser(tx *store.Tx, plan userPlan, said reconcile.PushSaid) (models.User, error) {
	at := b.next(plan.after.PushSpokeAt)
	heard, first, err := b.takeObjectID(tx, reconcile.HearPushUser(plan.after, said, at), plan.rivals, at)
	if err != nil {
		return heard, err
	}
	rules, err := b.rulesFor(tx, heard)
	if err != nil {
		return heard, err
	}
	wanted := reconcile.MergeUser(heard, rules).UserNameKey
	names, err := holders(tx, plan, wanted)
	if err != nil {
		return heard, err
	}
	steps := first.steps
	for _, rival := range plan.rivals {
		if rival.ID != first.from && wanted != "" && rival.UserNameKey == wanted {
			steps = append(steps, reconcile.Displace(rival, at))
		}
	}
	merged := reconcile.PlanUsers([]*models.User{plan.before}, []models.User{heard}, names, rules, at)
	if name, asked := said.Values["userName"].(string); asked && merged[0].Conflict != "" {
		return heard, &models.ConflictError{Attribute: "userName", Value: name} // taken just now
	}
	if err := reconcile.ApplyUsers(tx, append(steps, merged...), b.from(at)); err != nil {
		return heard, err
	}
	if err := b.followEdges(tx, plan.before, merged[0].After, first.edges, at); err != nil {
		return heard, err
	}
	return merged[0].After, b.lookAgain(tx, merged[0].After, said, first.dead)
}

// lookAgain: push says that somebody is active whom the pull last found disabled or
// soft-deleted. The pull's reading stands, and may be a night old: Graph is asked for
// this one person, once the request is answered. So it is for who has taken the object id
// of a record that is gone: what the pull found of that object went with the record.
func (b *backend) lookAgain(tx *store.Tx, u models.User, said reconcile.PushSaid, tookOver bool) error {
	doubted := u.PullSays == models.SoftDeleted || u.PullEnabled != nil && !*u.PullEnabled
	asked := tookOver || doubted && said.Active != nil && *said.Active
	if b.look == nil || !asked || u.EntraObjectID == "" {
		return nil
	}
	return b.look(tx.Context(), tx, u.DirectoryID, string(u.EntraObjectID))
}

// holders tells who, other than the rivals, has the name that the record is to get. One
// that has waited for the name which the pull reads of it gets it with the next push of
// anything, if it is free.
func holders(tx *store.Tx, plan userPlan, wanted models.Optional) (reconcile.Names, error) {
	if wanted == "" || plan.before == nil || plan.before.UserNameKey == wanted {
		return nil, nil
	}
	names, err := tx.NameHolders([]string{string(wanted)})
	for _, rival := range plan.rivals {
		if names[string(wanted)] == rival.ID {
			delete(names, string(wanted))
		}
	}
	return names, err
}

// takeover is what a record takes from another that holds its object id.
type takeover struct {
	from  string               // the id of the other
	dead  bool                 // it was gone
	steps []reconcile.UserStep // on the other, to be applied first
	edges []models.Membership  // of the other
}

// takeObjectID joins the record with one that only the pull knows by the same object id,
// or takes the object id from one that is gone.
func (b *backend) takeObjectID(tx *store.Tx, heard models.User, rivals []models.User, at models.Instant) (models.User, takeover, error) {
	var t takeover
	for _, rival := range rivals {
		if heard.EntraObjectID == "" || rival.EntraObjectID != heard.EntraObjectID {
			continue
		}
		t.from = rival.ID
		if !rival.Living {
			t.steps, t.dead = []reconcile.UserStep{reconcile.Yield(rival)}, true
			return heard, t, nil
		}
		joined, left := reconcile.JoinUsers(heard, rival)
		t.steps = reconcile.PlanUsers([]*models.User{&rival}, []models.User{left}, nil, b.rules, at)
		var err error
		t.edges, err = tx.EdgesOfMember(rival.ID)
		return joined, t, err
	}
	return heard, t, nil
}

// followEdges settles the edges of a user who came back, or who took another record over.
func (b *backend) followEdges(tx *store.Tx, before *models.User, after models.User, taken []models.Membership, at models.Instant) error {
	if len(taken) > 0 {
		own, err := tx.EdgesOfMember(after.ID)
		if err != nil {
			return err
		}
		held := make(map[string]models.Membership, len(own))
		for _, edge := range own {
			held[edge.GroupID] = edge
		}
		if _, err := reconcile.SettleEdges(tx, reconcile.JoinEdges(after, taken, held), b.rules, b.from(at)); err != nil {
			return err
		}
	}
	if before == nil || before.Living || !after.Living {
		return nil
	}
	_, err := reconcile.RemergeEdgesOf(tx, after.ID, b.rules, b.from(at))
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
