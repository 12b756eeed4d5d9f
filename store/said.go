package store

import (
	"gorm.io/gorm"

	"scimbridge/models"
)

// saidBy holds for users and groups of which a path has said what its end withdraws.
var saidBy = map[models.Path]string{
	models.Push: "push_says <> ''",
	models.Pull: "pull_says <> '' AND (pull_says <> 'gone' OR living)",
}

// vouchedBy holds for those that a path still vouches for, or did before its scope changed.
var vouchedBy = map[models.Path]string{
	models.Push: "push_says = 'exists'",
	models.Pull: "pull_says IN ('exists', 'soft-deleted', 'out-of-scope')",
}

// UsersSaid reads and locks users of whom a path has spoken, by id after a given one.
func (tx *Tx) UsersSaid(path models.Path, afterID string, limit int) ([]models.User, error) {
	if err := tx.turn(); err != nil {
		return nil, err
	}
	var users []models.User
	return users, afterKey(forUpdate(tx.users()).Where(saidBy[path]), afterID).Limit(limit).Find(&users).Error
}

// GroupsSaid reads and locks groups of which a path has spoken, by id after a given one.
func (tx *Tx) GroupsSaid(path models.Path, afterID string, limit int) ([]models.Group, error) {
	if err := tx.turn(); err != nil {
		return nil, err
	}
	var groups []models.Group
	return groups, afterKey(forUpdate(tx.groups()).Where(saidBy[path]), afterID).Limit(limit).Find(&groups).Error
}

// edgesSaidBy holds for edges that a path says are there, and for those that it may have
// denied against the other; what waits for a guard is settled with them.
var edgesSaidBy = map[models.Path]string{
	models.Push: "(push_says = 1 OR pull_says = 1 AND NOT present OR held)",
	models.Pull: "(pull_says = 1 OR push_says = 1 AND NOT present OR held)",
}

// EdgesSaid reads edges of which a path has spoken, by key after a given one.
func (tx *Tx) EdgesSaid(path models.Path, after models.Membership, limit int) ([]models.Membership, error) {
	var edges []models.Membership
	return edges, afterEdge(tx.memberships().Where(edgesSaidBy[path]), after).Limit(limit).Find(&edges).Error
}

func afterEdge(query *gorm.DB, after models.Membership) *gorm.DB {
	query = query.Order("group_id, member_id")
	if after.GroupID == "" {
		return query
	}
	return query.Where("group_id > ? OR group_id = ? AND member_id > ?", after.GroupID, after.GroupID, after.MemberID)
}

// StillSaid counts what a path vouches for.
func (tx *Tx) StillSaid(path models.Path) (models.Losses, error) {
	edges := "push_says = 1"
	if path == models.Pull {
		edges = "pull_says = 1"
	}
	return tx.countEach(vouchedBy[path], vouchedBy[path], edges)
}
