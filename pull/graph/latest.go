package graph

import (
	"context"
	"strings"
)

// LatestLinks asks for delta links without the data before them (section 2.1).
func (s *source) LatestLinks(ctx context.Context) (users, groups string, err error) {
	users, err = s.latest(ctx, "users", readUsers, s.selection.userDelta())
	if err != nil {
		return "", "", err
	}
	groups, err = s.latest(ctx, "groups", readGroups, s.selection.groupDelta())
	return users, groups, err
}

func (s *source) latest(ctx context.Context, of string, needs permission, properties []string) (string, error) {
	link := s.tenant.baseURL() + "/" + of + "/delta?$deltatoken=latest&$select=" + strings.Join(properties, ",")
	for range maxPages {
		what := reading{"latest link of " + of, []permission{needs}, s.get(link, nil)}
		page, err := readPage(ctx, s.client, link, what, (*scanner).reference, answer[reference].oneEnd)
		if err != nil || page.Delta != "" {
			return page.Delta, err
		}
		link = page.Next
	}
	return "", badAnswer(errEndless).sourceError()
}
