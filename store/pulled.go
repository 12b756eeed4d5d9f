package store

import (
	"context"

	"gorm.io/gorm"

	"scimbridge/models"
)

// settled leaves out records that are removed although the pull last saw them exist, and
// that do not wait for a name: the next reading, equal or not, brings them back or ties
// the object to a living namesake.
const (
	settledUser  = "(living OR waiting OR pull_says <> 'exists')"
	settledGroup = "(living OR pull_says <> 'exists')"
)

// UserReadings tells what the pull last read of users, by object id: the hash of the
// reading. Who is not settled is left out.
func (s *Store) UserReadings(ctx context.Context, directoryID string, objectIDs []string) (map[string]int64, error) {
	return userReadings(s, func() *gorm.DB {
		return s.db.WithContext(ctx).Model(&models.User{}).Where("directory_id = ?", directoryID)
	}, objectIDs)
}

// UserReadings does the same within a transaction.
func (tx *Tx) UserReadings(objectIDs []string) (map[string]int64, error) {
	return userReadings(tx.store, tx.users, objectIDs)
}

func userReadings(s *Store, users func() *gorm.DB, objectIDs []string) (map[string]int64, error) {
	readings := make(map[string]int64, len(objectIDs))
	err := inChunks(objectIDs, func(chunk []string) error {
		var rows []struct {
			EntraObjectID string
			PullHash      int64
		}
		err := s.among(users(), "entra_object_id", chunk).Select("entra_object_id", "pull_hash").Where(settledUser).Find(&rows).Error
		for _, row := range rows {
			readings[row.EntraObjectID] = row.PullHash
		}
		return err
	})
	return readings, err
}

// ExistingUsers tells which object ids are those of users whom the pull last saw as
// existing.
func (tx *Tx) ExistingUsers(objectIDs []string) (map[string]bool, error) {
	return existing(tx.store, tx.users, objectIDs)
}

// ExistingGroups tells the same of groups.
func (tx *Tx) ExistingGroups(objectIDs []string) (map[string]bool, error) {
	return existing(tx.store, tx.groups, objectIDs)
}

func existing(s *Store, from func() *gorm.DB, objectIDs []string) (map[string]bool, error) {
	found := make(map[string]bool, len(objectIDs))
	err := inChunks(objectIDs, func(chunk []string) error {
		var ids []string
		err := s.among(from(), "entra_object_id", chunk).Where("pull_says = ?", models.Exists).Pluck("entra_object_id", &ids).Error
		for _, id := range ids {
			found[id] = true
		}
		return err
	})
	return found, err
}

// UsersKnownAt tells which object ids are those of users whom the pull saw as existing when
// a round completed, and ever since. Who has been found later, by a run that has not been
// completed, may not have been read whole.
func (tx *Tx) UsersKnownAt(objectIDs []string, round models.Instant) (map[string]bool, error) {
	return existing(tx.store, func() *gorm.DB { return tx.users().Where("pull_since <= ?", round) }, objectIDs)
}

// GroupsKnownAt tells the same of groups.
func (tx *Tx) GroupsKnownAt(objectIDs []string, round models.Instant) (map[string]bool, error) {
	return existing(tx.store, func() *gorm.DB { return tx.groups().Where("pull_since <= ?", round) }, objectIDs)
}

// GroupReading is what the pull last read of a group.
type GroupReading struct {
	PullHash    int64
	MembersHash int64
}

// GroupReadings tells what the pull last read of groups, by object id.
func (s *Store) GroupReadings(ctx context.Context, directoryID string, objectIDs []string) (map[string]GroupReading, error) {
	return groupReadings(s, func() *gorm.DB {
		return s.db.WithContext(ctx).Model(&models.Group{}).Where("directory_id = ?", directoryID)
	}, objectIDs)
}

// GroupReadings does the same within a transaction.
func (tx *Tx) GroupReadings(objectIDs []string) (map[string]GroupReading, error) {
	return groupReadings(tx.store, tx.groups, objectIDs)
}

func groupReadings(s *Store, groups func() *gorm.DB, objectIDs []string) (map[string]GroupReading, error) {
	readings := make(map[string]GroupReading, len(objectIDs))
	err := inChunks(objectIDs, func(chunk []string) error {
		var rows []struct {
			EntraObjectID   string
			PullHash        int64
			PullMembersHash int64
		}
		err := s.among(groups(), "entra_object_id", chunk).
			Select("entra_object_id", "pull_hash", "pull_members_hash").Where(settledGroup).Find(&rows).Error
		for _, row := range rows {
			readings[row.EntraObjectID] = GroupReading{PullHash: row.PullHash, MembersHash: row.PullMembersHash}
		}
		return err
	})
	return readings, err
}

// missable holds for records whose absence from a complete round means something: the
// pull has vouched for them, or they live although the pull last said that they are gone
// or out of scope: who is disabled is to be known, in scope or not.
const missable = "(pull_says IN ('exists', 'soft-deleted') OR pull_says IN ('gone', 'out-of-scope') AND living)"

// PulledUserIDs lists the object ids of users whom the pull knows, in their order.
func (s *Store) PulledUserIDs(ctx context.Context, directoryID, after string, limit int) ([]string, error) {
	return s.pulledIDs(ctx, &models.User{}, directoryID, after, limit)
}

// PulledGroupIDs lists the object ids of groups that the pull knows, in their order.
func (s *Store) PulledGroupIDs(ctx context.Context, directoryID, after string, limit int) ([]string, error) {
	return s.pulledIDs(ctx, &models.Group{}, directoryID, after, limit)
}

func (s *Store) pulledIDs(ctx context.Context, of any, directoryID, after string, limit int) ([]string, error) {
	var ids []string
	query := s.db.WithContext(ctx).Model(of).
		Where("directory_id = ? AND entra_object_id IS NOT NULL AND "+missable, directoryID).
		Order("entra_object_id").Limit(limit)
	if after != "" {
		query = query.Where("entra_object_id > ?", after)
	}
	return ids, query.Pluck("entra_object_id", &ids).Error
}

// CountPulledUsers counts the users whom the pull last saw.
func (s *Store) CountPulledUsers(ctx context.Context, directoryID string) (int, error) {
	var n int64
	err := s.db.WithContext(ctx).Model(&models.User{}).
		Where("directory_id = ? AND pull_says = ?", directoryID, models.Exists).Count(&n).Error
	return int(n), err
}

// CountPulledGroups counts the groups that the pull last saw.
func (s *Store) CountPulledGroups(ctx context.Context, directoryID string) (int, error) {
	var n int64
	err := s.db.WithContext(ctx).Model(&models.Group{}).
		Where("directory_id = ? AND pull_says = ?", directoryID, models.Exists).Count(&n).Error
	return int(n), err
}

// WaitingUsers reads and locks everybody who waits for a userName.
func (tx *Tx) WaitingUsers() ([]models.User, error) {
	if err := tx.turn(); err != nil {
		return nil, err
	}
	var users []models.User
	return users, forUpdate(tx.users()).Where("waiting").Find(&users).Error
}

// UsersPushedSince reads and locks users of whom push has spoken after since.
func (tx *Tx) UsersPushedSince(since models.Instant, afterID string, limit int) ([]models.User, error) {
	if err := tx.turn(); err != nil {
		return nil, err
	}
	var users []models.User
	query := forUpdate(tx.users()).Where("push_spoke_at > 0 AND push_spoke_at > ?", since).Limit(limit)
	if afterID != "" {
		query = query.Where("id > ?", afterID)
	}
	return users, query.Find(&users).Error
}

// GroupsPushedSince reads and locks groups of which push has spoken after since.
func (tx *Tx) GroupsPushedSince(since models.Instant, afterID string, limit int) ([]models.Group, error) {
	if err := tx.turn(); err != nil {
		return nil, err
	}
	var groups []models.Group
	query := forUpdate(tx.groups()).Where("push_spoke_at > 0 AND push_spoke_at > ?", since).Limit(limit)
	if afterID != "" {
		query = query.Where("id > ?", afterID)
	}
	return groups, query.Find(&groups).Error
}

// UsersPulled reads and locks users of whom the pull has spoken, by their ids.
func (tx *Tx) UsersPulled(afterID string, limit int) ([]models.User, error) {
	if err := tx.turn(); err != nil {
		return nil, err
	}
	var users []models.User
	query := forUpdate(tx.users()).Where("pull_says <> ?", models.Unheard).Limit(limit)
	if afterID != "" {
		query = query.Where("id > ?", afterID)
	}
	return users, query.Find(&users).Error
}

// GroupsPulled does the same with groups.
func (tx *Tx) GroupsPulled(afterID string, limit int) ([]models.Group, error) {
	if err := tx.turn(); err != nil {
		return nil, err
	}
	var groups []models.Group
	query := forUpdate(tx.groups()).Where("pull_says <> ?", models.Unheard).Limit(limit)
	if afterID != "" {
		query = query.Where("id > ?", afterID)
	}
	return groups, query.Find(&groups).Error
}

// EdgesOfGroups reads the edges of several groups, present or not.
func (tx *Tx) EdgesOfGroups(groupIDs []string) ([]models.Membership, error) {
	var edges []models.Membership
	err := inChunks(groupIDs, func(chunk []string) error {
		var some []models.Membership
		err := tx.among(tx.memberships(), "group_id", chunk).Order("group_id, member_id").Find(&some).Error
		edges = append(edges, some...)
		return err
	})
	return edges, err
}

// EdgesOfRecords reads the edges that begin or end at records, present or not.
func (tx *Tx) EdgesOfRecords(ids []string) ([]models.Membership, error) {
	var edges []models.Membership
	err := inChunks(ids, func(chunk []string) error {
		var some []models.Membership
		err := tx.memberships().Where("group_id IN ? OR member_id IN ?", chunk, chunk).Order("group_id, member_id").Find(&some).Error
		edges = append(edges, some...)
		return err
	})
	return edges, err
}
