package pull

import (
	"fmt"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// writer is what planned steps are written to: the transaction, or, in a dry run,
// nothing. Everything else about the two is the same.
func (w *round) writer(tx *store.Tx) reconcile.EdgeTx {
	if w.run.DryRun {
		return planOnly{tx}
	}
	return tx
}

// planOnly reads like a transaction and writes nothing.
type planOnly struct{ *store.Tx }

func (planOnly) CreateUsers([]models.User) error            { return nil }
func (planOnly) UpdateUsers([]models.User) error            { return nil }
func (planOnly) FreeUserNames([]string) error               { return nil }
func (planOnly) CreateGroups([]models.Group) error          { return nil }
func (planOnly) UpdateGroups([]models.Group) error          { return nil }
func (planOnly) WriteMemberships([]models.Membership) error { return nil }
func (planOnly) AppendChanges([]models.Change) error        { return nil }

// plannedEnds are the records that a dry run would have written, by object id, as far
// as the decisions about memberships ask for them.
type plannedEnds map[string]plannedEnd

type plannedEnd struct {
	end   models.End
	group *models.Group
}

func (p plannedEnds) keep(dryRun bool, end models.End) {
	if dryRun && end.ObjectID != "" {
		p[string(end.ObjectID)] = plannedEnd{end: end}
	}
}

func (p plannedEnds) keepGroup(g models.Group) {
	if g.EntraObjectID != "" {
		p[string(g.EntraObjectID)] = plannedEnd{end: g.End(), group: &g}
	}
}

func (w *round) countUser(s reconcile.UserStep) { count(&w.run.Counts.Users, s.Action) }

// count adds an action to its counter. Being reactivated is a change like another.
func count(c *models.RecordCounts, action models.Action) {
	switch action {
	case models.Created:
		c.Created++
	case models.Updated, models.Reactivated:
		c.Updated++
	case models.Adopted:
		c.Adopted++
	case models.Deactivated:
		c.Deactivated++
	case models.Removed:
		c.Removed++
	case models.Restored:
		c.Restored++
	case models.Conflicted:
		c.Conflicts++
	}
}

func (w *round) countEdges(steps []reconcile.EdgeStep) (added, ended int) {
	for _, s := range steps {
		switch {
		case s.Added():
			added++
		case s.Ended():
			ended++
		}
	}
	w.run.Counts.Memberships.Added += added
	w.run.Counts.Memberships.Removed += ended
	return added, ended
}

func (w *round) userItems(steps []reconcile.UserStep) []models.Item {
	var items []models.Item
	for _, s := range steps {
		if s.Action == "" {
			continue
		}
		detail := s.After.UserName
		if s.Conflict != "" {
			detail = fmt.Sprintf("userName %q belongs to somebody else; the record waits for it", s.Conflict)
		}
		items = append(items, w.item("user", s.Action, s.After.ID, s.After.EntraObjectID, detail))
	}
	return items
}

func (w *round) groupItems(steps []reconcile.GroupStep) []models.Item {
	var items []models.Item
	for _, s := range steps {
		if s.Action != "" {
			items = append(items, w.item("group", s.Action, s.After.ID, s.After.EntraObjectID, s.After.DisplayName))
		}
	}
	return items
}

func (w *round) item(kind string, action models.Action, id string, objectID models.Optional, detail string) models.Item {
	return models.Item{
		DirectoryID: w.directory.ID, RunID: w.run.ID, Kind: kind, Action: action,
		RecordID: models.Optional(id), EntraObjectID: objectID, Detail: detail,
	}
}
