package store

import (
	"context"

	"scimbridge/models"
)

// ShownUser is a user as answers show it: what was merged, without what it was merged
// from, which is most of the row.
type ShownUser struct {
	ID              string
	Attributes      models.Attributes
	SoftDeleted     bool
	ManagerID       models.Optional
	ManagerObjectID models.Optional
	Version         int64
	CreatedAt       models.Instant
	UpdatedAt       models.Instant
}

// ShowUser is what of a user an answer shows.
func ShowUser(u models.User) ShownUser {
	return ShownUser{u.ID, u.Attributes, u.SoftDeleted, u.ManagerID, u.ManagerObjectID, u.Version, u.CreatedAt, u.UpdatedAt}
}

// shownUsers are the columns of a ShownUser, in the order of places.
const shownUsers = `users.id, users.attributes, users.soft_deleted, users.manager_id, users.manager_object_id,
	users.version, users.created_at, users.updated_at`

func (u *ShownUser) places() []any {
	return []any{&u.ID, &u.Attributes, &u.SoftDeleted, &u.ManagerID, &u.ManagerObjectID, &u.Version, &u.CreatedAt, &u.UpdatedAt}
}

func (u *ShownUser) id() string { return u.ID }

// ShownGroup is a group as answers show it, without its members.
type ShownGroup struct {
	ID         string
	Attributes models.Attributes
	PushWords  models.Words
	Version    int64
	CreatedAt  models.Instant
	UpdatedAt  models.Instant
}

// ShowGroup is what of a group an answer shows.
func ShowGroup(g models.Group) ShownGroup {
	return ShownGroup{g.ID, g.Attributes, g.PushWords, g.Version, g.CreatedAt, g.UpdatedAt}
}

const shownGroups = `groups.id, groups.attributes, groups.push_words, groups.version, groups.created_at, groups.updated_at`

func (g *ShownGroup) places() []any {
	return []any{&g.ID, &g.Attributes, &g.PushWords, &g.Version, &g.CreatedAt, &g.UpdatedAt}
}

func (g *ShownGroup) id() string { return g.ID }

// ShownUser reads one visible user, and what is around it; the groups only if they are
// wanted.
func (s *Store) ShownUser(ctx context.Context, directoryID, id string, groups bool) (ShownUser, Around, error) {
	var u ShownUser
	if !isID(id) {
		return u, Around{}, models.ErrNotFound
	}
	one := sqlf("SELECT "+shownUsers+" FROM users WHERE users.directory_id = %s AND users.id = %s AND users.living", argument(directoryID), argument(id))
	questions := []question{{one, func(scan func(...any) error) error { return scan(u.places()...) }}}
	var in found
	if s.canAskAround() {
		questions = append(questions, s.around(directoryID, one, groups, &in)...)
	}
	err := s.ask(ctx, questions...)
	switch {
	case err != nil:
		return u, Around{}, err
	case u.ID == "":
		return u, Around{}, models.ErrNotFound
	case s.canAskAround():
		return u, in.around(), nil
	}
	around, err := s.Around(ctx, directoryID, []ShownUser{u}, groups)
	return u, around, err
}

// ShownGroup reads one visible group.
func (s *Store) ShownGroup(ctx context.Context, directoryID, id string) (ShownGroup, error) {
	var g ShownGroup
	if !isID(id) {
		return g, models.ErrNotFound
	}
	err := s.ask(ctx, question{
		sqlf("SELECT "+shownGroups+" FROM groups WHERE groups.directory_id = %s AND groups.id = %s AND groups.living", argument(directoryID), argument(id)),
		func(scan func(...any) error) error { return scan(g.places()...) },
	})
	if err == nil && g.ID == "" {
		err = models.ErrNotFound
	}
	return g, err
}
