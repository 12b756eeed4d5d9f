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

// ReadGroups reads groups with all of their direct members and the groups that they are
// in. These are told after the groups: of one that is deleted in between they stay untold.
func (s *source) ReadGroups(ctx context.Context, ids []string) ([]pull.GroupReading, error) {
	lower := distinct(ids)
	readings, err := s.readGroups(ctx, lower)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]pull.GroupReading, len(readings))
	var living []string
	for _, r := range readings {
		byID[r.Group.ObjectID] = r
		if r.Group.Existence == models.Exists {
			living = append(living, r.Group.ObjectID)
		}
	}
	parents, err := s.groupsAbove(ctx, "/groups/", readGroups, living)
	if err != nil {
		return nil, err
	}
	inOrder := make([]pull.GroupReading, len(ids))
	for i, id := range ids {
		r := byID[strings.ToLower(id)]
		if above, told := parents[r.Group.ObjectID]; told {
			r.Parents, r.ParentsAt = above.ids, above.sentAt
		}
		inOrder[i] = r
	}
	return inOrder, nil
}

// groupsPerBatch: each takes two parts, itself and the first page of its members.
const groupsPerBatch = batchSize / 2

// readGroups reads groups with their members, in the order of ids, which are distinct.
func (s *source) readGroups(ctx context.Context, ids []string) ([]pull.GroupReading, error) {
	chunks := slices.Collect(slices.Chunk(ids, groupsPerBatch))
	readings := make([][]pull.GroupReading, len(chunks))
	err := s.atOnce(ctx, len(chunks), func(ctx context.Context, i int) (err error) {
		readings[i], err = s.readSomeGroups(ctx, chunks[i])
		return err
	})
	return slices.Concat(readings...), err
}

func (s *source) readSomeGroups(ctx context.Context, ids []string) ([]pull.GroupReading, error) {
	var parts map[string]*groupParts
	err := s.inPages(func(top string) (err error) {
		parts, err = s.askGroups(ctx, ids, top)
		return err
	})
	if err != nil {
		return nil, err
	}
	readings := make([]pull.GroupReading, len(ids))
	for i, id := range ids {
		readings[i] = parts[id].reading(id, s.mapping)
	}
	return readings, nil
}

// groupParts is what was told of one group. A group that is known while its members
// are not is on its way through Graph's replicas (section 2.7): to take that for an
// empty group would end everybody's membership.
type groupParts struct {
	group      *graphGroup
	members    []models.SourceMember
	hasMembers bool
	next       string
	sentAt     time.Time
}

func (p *groupParts) reading(id string, m mapping) pull.GroupReading {
	if p.group == nil {
		return pull.GroupReading{Group: models.SourceGroup{ObjectID: id, Existence: models.Gone}, SentAt: p.sentAt}
	}
	reading := pull.GroupReading{Group: m.group(*p.group), SentAt: p.sentAt}
	if p.hasMembers {
		reading.Group.Members, reading.Complete = p.members, true
	}
	return reading
}

// askGroups asks for groups and the first pages of their members in one batch, and
// follows the lists that are longer.
func (s *source) askGroups(ctx context.Context, ids []string, top string) (map[string]*groupParts, error) {
	parts := make(map[string]*groupParts, len(ids))
	keys := make([]string, 0, 2*len(ids))
	for _, id := range ids {
		parts[id] = &groupParts{}
		keys = append(keys, id, id+membersSuffix)
	}
	l := lookup{name: "groups with members", needs: readGroups, url: s.groupPartURL(top)}
	first, _, err := s.lookUp(ctx, l, keys, func(key string, f found) error {
		if id, ok := strings.CutSuffix(key, membersSuffix); ok {
			return parts[id].takeMembers(f)
		}
		return object(parts[key].takeGroup)(key, f)
	})
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		p.sentAt = first
		err := follow(ctx, s.client, l, p.next, (*scanner).sourceMember, func(more []models.SourceMember) { p.members = append(p.members, more...) })
		if err != nil {
			return nil, err
		}
	}
	return parts, nil
}

const membersSuffix = "/members"

func (s *source) groupPartURL(top string) func(key string) string {
	return func(key string) string {
		if id, ok := strings.CutSuffix(key, membersSuffix); ok {
			return "/groups/" + url.PathEscape(id) + "/members?$select=id&$top=" + top
		}
		return "/groups/" + url.PathEscape(key) + "?" + s.selection.groupQuery()
	}
}

func (p *groupParts) takeGroup(_ string, s *scanner) error {
	group, err := scanGroup(s)
	p.group = &group
	return err
}

func (p *groupParts) takeMembers(f found) error {
	page, err := decodePage(f.body, (*scanner).sourceMember)
	p.members, p.hasMembers, p.next = page.items, err == nil, page.next
	return err
}
