package graph

import (
	"context"
	"strings"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
)

// ConfirmUsers asks for each user by its id. A list with a filter would take fewer
// requests, but answers an id that it does not know with silence, as it answers one
// that its index has not seen yet; by id Graph says "not found" in so many words.
func (s *source) ConfirmUsers(ctx context.Context, ids []string) (pull.Page[models.SourceUser], error) {
	found := make(map[string]models.SourceUser, len(ids))
	first, err := s.confirmUsers(ctx, ids, found)
	if err != nil {
		return pull.Page[models.SourceUser]{}, err
	}
	page := pull.Page[models.SourceUser]{Items: make([]models.SourceUser, 0, len(ids)), SentAt: first}
	for _, id := range ids {
		user, ok := found[strings.ToLower(id)]
		if !ok {
			user = models.SourceUser{ObjectID: strings.ToLower(id), Existence: models.Gone}
		}
		page.Items = append(page.Items, user)
	}
	return page, nil
}

// confirmUsers looks among the living, then in the recycle bin, and then among the
// living again: who was restored between the first two would look gone.
func (s *source) confirmUsers(ctx context.Context, ids []string, found map[string]models.SourceUser) (time.Time, error) {
	living := lookup{name: "users by id", needs: readUsers,
		url: objectURL("/users/", "?"+s.selection.userQuery())}
	bin := lookup{name: "deleted users by id", needs: readUsers, url: objectURL("/directory/deletedItems/", "?$select=id")}
	take := object(func(id string, scan *scanner) error {
		user, err := scanUser(scan)
		found[id] = s.mapping.user(&user, true)
		return err
	})
	takeDeleted := object(func(id string, scan *scanner) error {
		found[id] = models.SourceUser{ObjectID: id, Existence: models.SoftDeleted}
		return scan.skip()
	})
	first, missing, err := s.lookUp(ctx, living, distinct(ids), take)
	if err != nil || len(missing) == 0 {
		return first, err
	}
	_, missing, err = s.lookUp(ctx, bin, missing, takeDeleted)
	if err != nil || len(missing) == 0 {
		return first, err
	}
	_, _, err = s.lookUp(ctx, living, missing, take)
	return first, err
}

// ConfirmGroups asks for each group by its id. The bin is not asked: a soft-deleted
// group is gone, and listing deleted groups would need a further permission.
func (s *source) ConfirmGroups(ctx context.Context, ids []string) (pull.Page[models.SourceGroup], error) {
	found := make(map[string]models.SourceGroup, len(ids))
	living := lookup{name: "groups by id", needs: readGroups,
		url: objectURL("/groups/", "?"+s.selection.groupQuery())}
	first, _, err := s.lookUp(ctx, living, distinct(ids), object(func(id string, scan *scanner) error {
		group, err := scanGroup(scan)
		found[id] = s.mapping.group(group)
		return err
	}))
	if err != nil {
		return pull.Page[models.SourceGroup]{}, err
	}
	page := pull.Page[models.SourceGroup]{Items: make([]models.SourceGroup, 0, len(ids)), SentAt: first}
	for _, id := range ids {
		group, ok := found[strings.ToLower(id)]
		if !ok {
			group = models.SourceGroup{ObjectID: strings.ToLower(id), Existence: models.Gone}
		}
		page.Items = append(page.Items, group)
	}
	return page, nil
}
