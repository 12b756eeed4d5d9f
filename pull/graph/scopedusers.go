package graph

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
)

// usersPerList is the most values that "in" takes (section 1.2).
const usersPerList = 15

// ScopedUsers reads users by lists of ids: 300 with one request and a fifteenth of the
// units that asking one by one takes. Such a list answers an id that it does not know
// with silence, so the silent ones are asked for one by one.
func (s *source) ScopedUsers(ctx context.Context, ids []string) (pull.Page[models.SourceUser], error) {
	people := make(map[string]models.SourceUser, len(ids))
	first, err := s.listUsers(ctx, distinct(ids), func(users []graphUser) {
		for i := range users {
			people[users[i].id] = s.mapping.user(&users[i], true)
		}
	})
	if err != nil {
		return pull.Page[models.SourceUser]{}, err
	}
	return s.withSilent(ctx, ids, people, first)
}

// listUsers reads the lists, and what follows on a list's page: one may end early.
func (s *source) listUsers(ctx context.Context, ids []string, take func([]graphUser)) (time.Time, error) {
	var lists []string
	asked := make(idSet, len(ids))
	for chunk := range slices.Chunk(ids, usersPerList) {
		lists = append(lists, "'"+strings.Join(chunk, "','")+"'")
		for _, id := range chunk {
			asked[id] = struct{}{}
		}
	}
	links := make(map[string]string)
	l := lookup{name: "users by lists of ids", needs: readUsers, url: s.usersURL}
	first, _, err := s.lookUp(ctx, l, lists, func(key string, f found) error {
		page, err := decodePage(f.body, asked.scanUser)
		if err == nil {
			links[key] = page.next
			take(page.items)
		}
		return err
	})
	for _, link := range links {
		if err == nil {
			err = follow(ctx, s.client, l, link, asked.scanUser, take)
		}
	}
	return first, err
}

// scanUser refuses people who were not asked for: Graph may ignore a filter without an
// error (section 1.2), and the answer would be the whole tenant.
func (s idSet) scanUser(scan *scanner) (graphUser, error) {
	user, err := scanUser(scan)
	if err == nil && !s.has(user.id) {
		err = errForeignPart
	}
	return user, err
}

func (s *source) usersURL(list string) string {
	filter := url.QueryEscape("id in (" + list + ")")
	return "/users?$filter=" + filter + "&" + s.selection.userQuery() + "&$top=" + strconv.Itoa(usersPerList)
}

// withSilent puts the page together, with an answer for those of whom no list told.
func (s *source) withSilent(ctx context.Context, ids []string, people map[string]models.SourceUser, first time.Time) (pull.Page[models.SourceUser], error) {
	var silent []string
	for _, id := range ids {
		if _, told := people[strings.ToLower(id)]; !told {
			silent = append(silent, id)
		}
	}
	rest, err := s.ConfirmUsers(ctx, silent)
	if err != nil {
		return pull.Page[models.SourceUser]{}, err
	}
	for _, user := range rest.Items {
		people[user.ObjectID] = user
	}
	page := pull.Page[models.SourceUser]{Items: make([]models.SourceUser, len(ids)), SentAt: earlier(first, rest.SentAt)}
	for i, id := range ids {
		page.Items[i] = people[strings.ToLower(id)]
	}
	if err := s.refuseNulls(ctx, page.Items); err != nil {
		return pull.Page[models.SourceUser]{}, err
	}
	return page, nil
}
