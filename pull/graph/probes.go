package graph

import (
	"context"
	"errors"
	"regexp"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/groups"
	"github.com/microsoftgraph/msgraph-sdk-go/organization"
	"github.com/microsoftgraph/msgraph-sdk-go/users"
)

// The single reads of a connection test.

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func isGUID(text string) bool { return guid.MatchString(text) }

var errNoOrganization = errors.New("it names no organization")

// signIn fetches a token as a read would, with the same patience.
func (c *client) signIn(ctx context.Context) (said claims, ok bool, err error) {
	_, err = c.ask(ctx, question{name: "sign-in", once: func(ctx context.Context) (err error) {
		said, ok, err = c.claims(ctx)
		return err
	}})
	return said, ok, err
}

type named struct{ id, name string }

// organization is the tenant, as it calls itself.
func (c *client) organization(ctx context.Context) (named, error) {
	send := func(ctx context.Context, headers *abstractions.RequestHeaders, options []abstractions.RequestOption) error {
		_, err := organization.NewOrganizationRequestBuilderInternal(map[string]string{}, c.adapter).
			Get(ctx, &organization.OrganizationRequestBuilderGetRequestConfiguration{
				Headers: headers, Options: options,
				QueryParameters: &organization.OrganizationRequestBuilderGetQueryParameters{Select: []string{"id", "displayName"}},
			})
		return err
	}
	found, err := c.probe(ctx, reading{"organization", []permission{readOrganization}, send})
	if err == nil && len(found) == 0 {
		err = badAnswer(errNoOrganization).sourceError()
	}
	if err != nil {
		return named{}, err
	}
	return found[0], nil
}

var one int32 = 1

func (c *client) oneUser(ctx context.Context) (string, error) {
	send := func(ctx context.Context, headers *abstractions.RequestHeaders, options []abstractions.RequestOption) error {
		_, err := users.NewUsersRequestBuilderInternal(map[string]string{}, c.adapter).
			Get(ctx, &users.UsersRequestBuilderGetRequestConfiguration{
				Headers: headers, Options: options,
				QueryParameters: &users.UsersRequestBuilderGetQueryParameters{Select: []string{"id"}, Top: &one},
			})
		return err
	}
	return c.first(ctx, reading{"a user", []permission{readUsers}, send})
}

func (c *client) oneGroup(ctx context.Context) (string, error) {
	send := func(ctx context.Context, headers *abstractions.RequestHeaders, options []abstractions.RequestOption) error {
		_, err := groups.NewGroupsRequestBuilderInternal(map[string]string{}, c.adapter).
			Get(ctx, &groups.GroupsRequestBuilderGetRequestConfiguration{
				Headers: headers, Options: options,
				QueryParameters: &groups.GroupsRequestBuilderGetQueryParameters{Select: []string{"id"}, Top: &one},
			})
		return err
	}
	return c.first(ctx, reading{"a group", []permission{readGroups}, send})
}

func (c *client) oneMember(ctx context.Context, group string) error {
	send := func(ctx context.Context, headers *abstractions.RequestHeaders, options []abstractions.RequestOption) error {
		_, err := groups.NewGroupsRequestBuilderInternal(map[string]string{}, c.adapter).ByGroupId(group).Members().
			Get(ctx, &groups.ItemMembersRequestBuilderGetRequestConfiguration{
				Headers: headers, Options: options,
				QueryParameters: &groups.ItemMembersRequestBuilderGetQueryParameters{Select: []string{"id"}, Top: &one},
			})
		return err
	}
	_, err := c.probe(ctx, reading{"a member", []permission{readGroups}, send})
	return err
}

func (c *client) first(ctx context.Context, what reading) (string, error) {
	found, err := c.probe(ctx, what)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0].id, nil
}

// probe reads the first page of a list.
func (c *client) probe(ctx context.Context, what reading) ([]named, error) {
	page, err := readList(ctx, c, "", what, func(s *scanner) (named, error) {
		var found named
		err := s.object(func(name []byte) (err error) {
			switch string(name) {
			case "id":
				found.id, err = s.objectID()
			case "displayName":
				found.name, err = s.text()
			default:
				err = s.skip()
			}
			return err
		})
		return found, err
	})
	return page.Items, err
}
