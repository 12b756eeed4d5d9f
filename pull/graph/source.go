package graph

import (
	"context"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/groups"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"scimbridge/models"
	"scimbridge/pull"
)

// source reads one tenant for one run.
type source struct {
	*client
	mapping   mapping
	selection selection
	rounds    *rounds
}

var _ pull.Source = (*source)(nil)

func newSource(c *client, m mapping) *source {
	return &source{client: c, mapping: m, selection: m.selection, rounds: newRounds()}
}

// Usage tells what the source has asked of Graph so far, sign-in aside.
func (s *source) Usage() pull.Usage { return s.meter.total() }

// UsersDelta reads one page of a round of users, managers inline (section 1.5).
func (s *source) UsersDelta(ctx context.Context, link string) (pull.Page[models.SourceUser], error) {
	fresh := s.rounds.isFresh(link)
	what := reading{"users delta", []permission{readUsers}, s.sendUsersDelta(link)}
	page, err := readDelta(ctx, s.client, link, what, func(scan *scanner) (models.SourceUser, error) {
		user, err := scanUser(scan)
		return s.mapping.user(&user, fresh), err
	})
	if err == nil {
		err = s.refuseNulls(ctx, page.Items)
	}
	if err != nil {
		return pull.Page[models.SourceUser]{}, err
	}
	s.rounds.follow(link, page.Next)
	return page, nil
}

func (s *source) sendUsersDelta(link string) sender {
	return func(ctx context.Context, headers *abstractions.RequestHeaders, options []abstractions.RequestOption) error {
		config := &users.DeltaRequestBuilderGetRequestConfiguration{Headers: headers, Options: options}
		builder := users.NewUsersRequestBuilderInternal(map[string]string{}, s.adapter).Delta()
		if link != "" {
			builder = builder.WithUrl(link) // the query is sealed in the link
		} else {
			config.QueryParameters = &users.DeltaRequestBuilderGetQueryParameters{Select: s.selection.userDelta()}
		}
		_, err := builder.GetAsDeltaGetResponse(ctx, config)
		return err
	}
}

// GroupsDelta reads one page of a round of groups with slices of their direct
// members (section 2.4).
func (s *source) GroupsDelta(ctx context.Context, link string) (pull.Page[models.SourceGroup], error) {
	what := reading{"groups delta", []permission{readGroups}, s.sendGroupsDelta(link)}
	return readDelta(ctx, s.client, link, what, func(scan *scanner) (models.SourceGroup, error) {
		group, err := scanGroup(scan)
		return s.mapping.group(group), err
	})
}

func (s *source) sendGroupsDelta(link string) sender {
	return func(ctx context.Context, headers *abstractions.RequestHeaders, options []abstractions.RequestOption) error {
		config := &groups.DeltaRequestBuilderGetRequestConfiguration{Headers: headers, Options: options}
		builder := groups.NewGroupsRequestBuilderInternal(map[string]string{}, s.adapter).Delta()
		if link != "" {
			builder = builder.WithUrl(link)
		} else {
			config.QueryParameters = &groups.DeltaRequestBuilderGetQueryParameters{Select: s.selection.groupDelta()}
		}
		_, err := builder.GetAsDeltaGetResponse(ctx, config)
		return err
	}
}
