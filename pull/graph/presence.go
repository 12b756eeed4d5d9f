package graph

import (
	"context"
	"slices"
	"strings"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
)

var _ pull.Presence = (*source)(nil)

// ReadUsers reads users whole: with the manager, and with their direct groups.
func (s *source) ReadUsers(ctx context.Context, ids []string) ([]pull.UserReading, error) {
	chunks := slices.Collect(slices.Chunk(distinct(ids), batchSize))
	readings := make([]map[string]pull.UserReading, len(chunks))
	err := s.atOnce(ctx, len(chunks), func(ctx context.Context, i int) (err error) {
		readings[i], err = s.readUsers(ctx, chunks[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	all := make([]pull.UserReading, 0, len(ids))
	for _, id := range ids {
		id = strings.ToLower(id)
		for _, some := range readings {
			if reading, ok := some[id]; ok {
				all = append(all, reading)
				break
			}
		}
	}
	return all, nil
}

// readUsers reads a batch of users. Groups are told after the people: who is deleted in
// between keeps the groups untold.
func (s *source) readUsers(ctx context.Context, ids []string) (map[string]pull.UserReading, error) {
	page, err := s.ConfirmUsers(ctx, ids)
	if err != nil {
		return nil, err
	}
	var living []string
	readings := make(map[string]pull.UserReading, len(ids))
	for _, user := range page.Items {
		readings[user.ObjectID] = pull.UserReading{User: user, SentAt: page.SentAt}
		if user.Existence == models.Exists {
			living = append(living, user.ObjectID)
		}
	}
	groups, err := s.groupsAbove(ctx, "/users/", readUsers, living)
	if err != nil {
		return nil, err
	}
	for id, told := range groups {
		reading := readings[id]
		reading.Groups, reading.GroupsAt = told.ids, told.sentAt
		readings[id] = reading
	}
	return readings, nil
}

// direct are the groups that one user or group is in.
type direct struct {
	ids    []string
	sentAt time.Time
	next   string
}

// groupsAbove asks for the direct groups of users or groups. The list is not cast to
// groups: a cast is answered by an index that may lag behind (section 1.2), and who has
// roles or administrative units has few of them.
func (s *source) groupsAbove(ctx context.Context, collection string, needs permission, ids []string) (map[string]direct, error) {
	told := make(map[string]direct, len(ids))
	l := lookup{name: "memberOf of " + strings.Trim(collection, "/"), needs: needs}
	err := s.inPages(func(top string) error {
		l.url = objectURL(collection, "/memberOf?$select=id&$top="+top)
		_, _, err := s.lookUp(ctx, l, ids, func(key string, f found) error {
			page, err := decodePage(f.body, (*scanner).reference)
			told[key] = direct{ids: groupsAmong(nil, page.items), sentAt: f.sentAt, next: page.next}
			return err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	for id, d := range told {
		err := follow(ctx, s.client, l, d.next, (*scanner).reference, func(more []reference) { d.ids = groupsAmong(d.ids, more) })
		if err != nil {
			return nil, err
		}
		told[id] = d
	}
	return told, nil
}

// groupsAmong appends the ids of groups: memberOf mixes them with directory roles and
// administrative units (section 1.3).
func groupsAmong(ids []string, all []reference) []string {
	if ids == nil {
		ids = make([]string, 0, len(all)) // none, rather than untold
	}
	for _, r := range all {
		if r.kind == models.GroupMember {
			ids = append(ids, r.id)
		}
	}
	return ids
}
