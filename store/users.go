package store

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"scimbridge/models"
)

// User reads one visible user.
func (s *Store) User(ctx context.Context, directoryID, id string) (models.User, error) {
	var u models.User
	if !isID(id) {
		return u, models.ErrNotFound
	}
	err := s.db.WithContext(ctx).
		Where("directory_id = ? AND id = ? AND living", directoryID, id).
		Take(&u).Error
	return u, toDomain(err)
}

// UserForUpdate reads one visible user and locks its row.
func (tx *Tx) UserForUpdate(id string) (models.User, error) {
	var u models.User
	if !isID(id) {
		return u, models.ErrNotFound
	}
	tx.queued.hasRow = true
	return u, toDomain(forUpdate(tx.users()).Where("id = ? AND living", id).Take(&u).Error)
}

// UsersForUpdate reads users by id, in any state, and locks their rows.
func (tx *Tx) UsersForUpdate(ids []string) ([]models.User, error) {
	var users []models.User
	if err := tx.turn(); err != nil {
		return nil, err
	}
	err := inChunks(ids, func(chunk []string) error {
		var some []models.User
		err := tx.among(forUpdate(tx.users()), "id", chunk).Find(&some).Error
		users = append(users, some...)
		return err
	})
	return users, err
}

// UserCandidates reads and locks whom a source may mean: users with one of the object
// ids, in any state, and those who occupy one of the folded userNames.
func (tx *Tx) UserCandidates(objectIDs, userNameKeys []string) ([]models.User, error) {
	if err := tx.turn(); err != nil {
		return nil, err
	}
	var users []models.User
	find := func(column string, values []string) error {
		return inChunks(values, func(chunk []string) error {
			var some []models.User
			err := tx.among(forUpdate(tx.users()), column, chunk).Find(&some).Error
			users = append(users, some...)
			return err
		})
	}
	if err := find("entra_object_id", objectIDs); err != nil {
		return nil, err
	}
	found := make(map[string]bool, len(users))
	for _, u := range users {
		found[string(u.UserNameKey)] = true
	}
	others := slices.DeleteFunc(slices.Clone(userNameKeys), func(key string) bool { return found[key] }) // nobody else has it
	return users, find("user_name_key", others)
}

// PushUserCandidates reads and locks whom a SCIM client may mean: with the object id,
// in any state, or occupying the folded userName. Mostly there is nobody, and then this
// takes no turn: the unique indexes keep equal newcomers apart. AtOnce does not even look:
// both values are unique, so a newcomer who is somebody else's equal meets them there.
func (tx *Tx) PushUserCandidates(objectID, userNameKey string) ([]models.User, error) {
	if tx.kept != nil {
		return nil, nil
	}
	meant := func() *gorm.DB {
		return tx.users().Where("entra_object_id = ? OR user_name_key = ?", models.Optional(objectID), models.Optional(userNameKey))
	}
	var users []models.User
	if !tx.queued.hasTurn {
		if err := meant().Limit(1).Find(&users).Error; err != nil || len(users) == 0 {
			return nil, err
		}
		if err := tx.turn(); err != nil {
			return nil, err
		}
	}
	return users, forUpdate(meant()).Find(&users).Error
}

// NameHolders tells who occupies which of the folded userNames: key to user id.
func (tx *Tx) NameHolders(keys []string) (map[string]string, error) {
	holders := make(map[string]string, len(keys))
	err := inChunks(keys, func(chunk []string) error {
		var rows []struct{ UserNameKey, ID string }
		err := tx.among(tx.users(), "user_name_key", chunk).Select("user_name_key", "id").Find(&rows).Error
		for _, row := range rows {
			holders[row.UserNameKey] = row.ID
		}
		return err
	})
	return holders, err
}

// isID tells whether a text can be the id of a record; anything else names none.
func isID(id string) bool {
	return len(id) == 36 && uuid.Validate(id) == nil
}
