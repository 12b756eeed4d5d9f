package store

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"scimbridge/migrations"
	"scimbridge/models"
)

// Search asks for a page of visible records whose names begin so, ignoring case, in the
// order in which they came. Empty texts ask for everything.
type Search struct {
	UserName    string // of users only
	DisplayName string
	ObjectID    string
	After       string // the id of a record
	Limit       int
}

// SearchUsers lists users.
func (s *Store) SearchUsers(ctx context.Context, directoryID string, q Search) ([]models.User, error) {
	var users []models.User
	query := s.search(ctx, directoryID, q)
	if q.UserName != "" {
		// A soft-deleted user has no key, but keeps its name.
		query = query.Where(`COALESCE(user_name_key, lower(user_name)) LIKE ? ESCAPE '\'`, beginsWith(models.Fold(q.UserName)))
	}
	if q.DisplayName != "" {
		query = query.Where(`lower(display_name) LIKE lower(?) ESCAPE '\'`, beginsWith(q.DisplayName))
	}
	return users, query.Find(&users).Error
}

// SearchGroups lists groups.
func (s *Store) SearchGroups(ctx context.Context, directoryID string, q Search) ([]models.Group, error) {
	var groups []models.Group
	query := s.search(ctx, directoryID, q)
	if q.DisplayName != "" {
		query = query.Where(`display_name_key LIKE ? ESCAPE '\'`, beginsWith(models.Fold(q.DisplayName)))
	}
	return groups, query.Find(&groups).Error
}

func (s *Store) search(ctx context.Context, directoryID string, q Search) *gorm.DB {
	query := s.db.WithContext(ctx).Where("directory_id = ? AND living", directoryID).Order("id").Limit(q.Limit)
	if isID(q.After) {
		query = query.Where("id > ?", q.After)
	}
	if q.ObjectID != "" {
		column := "entra_object_id"
		if s.dialect == migrations.PostgreSQL {
			column += "::text"
		}
		query = query.Where(column+` LIKE ? ESCAPE '\'`, beginsWith(strings.ToLower(q.ObjectID)))
	}
	return query
}

// beginsWith is the pattern of LIKE for texts that begin with a given one.
func beginsWith(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}
