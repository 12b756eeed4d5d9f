package graph

import (
	"context"
	"net/url"
	"slices"
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
	living := lookup{name: "users by id", path: "/users/", needs: readUsers,
		query: "?$select=" + strings.Join(userProperties, ",") + "&$expand=manager($select=id)"}
	bin := lookup{name: "deleted users by id", path: "/directory/deletedItems/", query: "?$select=id", needs: readUsers}
	take := func(id string, scan *scanner) error {
		user, err := scanUser(scan)
		found[id] = s.mapping.user(&user, true)
		return err
	}
	takeDeleted := func(id string, scan *scanner) error {
		found[id] = models.SourceUser{ObjectID: id, Existence: models.SoftDeleted}
		return scan.skip()
	}
	first, missing, err := s.lookUp(ctx, living, ids, take)
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
	living := lookup{name: "groups by id", path: "/groups/", needs: readGroups,
		query: "?$select=" + strings.Join(groupProperties, ",")}
	first, _, err := s.lookUp(ctx, living, ids, func(id string, scan *scanner) error {
		group, err := scanGroup(scan)
		found[id] = s.mapping.group(group)
		return err
	})
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

// lookup is a read by id.
type lookup struct {
	name  string
	path  string // before the id
	query string // after it
	needs permission
}

func (l lookup) url(id string) string { return l.path + url.PathEscape(id) + l.query }

// lookUp asks for ids in batches. It returns the time of the earliest attempt that
// counts, and the ids that Graph says it does not know.
func (c *client) lookUp(ctx context.Context, l lookup, ids []string, take func(id string, s *scanner) error) (time.Time, []string, error) {
	var first time.Time
	var missing []string
	for chunk := range slices.Chunk(distinct(ids), batchSize) {
		b := &batch{lookup: l, take: take, pending: chunk}
		sentAt, err := b.run(ctx, c)
		if err != nil {
			return first, nil, err
		}
		if first.IsZero() || sentAt.Before(first) {
			first = sentAt
		}
		missing = append(missing, b.missing...)
	}
	return first, missing, nil
}

func distinct(ids []string) []string {
	lower := make([]string, len(ids))
	for i, id := range ids {
		lower[i] = strings.ToLower(id)
	}
	slices.Sort(lower)
	return slices.Compact(lower)
}
