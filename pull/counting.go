package pull

import (
	"fmt"

	"scimbridge/models"
	"scimbridge/reconcile"
)

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
	if w.ledger != nil && w.ledger.isNew(id) {
		id = "" // nobody will ever have it
	}
	return models.Item{
		DirectoryID: w.directory.ID, RunID: w.run.ID, Kind: kind, Action: action,
		RecordID: models.Optional(id), EntraObjectID: objectID, Detail: detail,
	}
}
