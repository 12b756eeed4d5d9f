package graph

import (
	"context"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/directory"

	"scimbridge/models"
	"scimbridge/pull"
)

// DeletedUsers lists the recycle bin, where a person stays for 30 days.
func (s *source) DeletedUsers(ctx context.Context, link string) (pull.Page[models.SourceUser], error) {
	for {
		top := s.pages.get()
		page, err := s.deletedUsers(ctx, link, top)
		if !s.pages.shrink(top, err) {
			return page, err
		}
		link = "" // a link keeps its size: from the start, and who was told comes again
	}
}

func (s *source) deletedUsers(ctx context.Context, link string, top int32) (pull.Page[models.SourceUser], error) {
	what := reading{"deleted users", []permission{readUsers}, s.sendDeletedUsers(link, top)}
	return readList(ctx, s.client, link, what, func(scan *scanner) (models.SourceUser, error) {
		user, err := scanUser(scan)
		return models.SourceUser{ObjectID: user.id, Existence: models.SoftDeleted}, err
	})
}

func (s *source) sendDeletedUsers(link string, top int32) sender {
	return func(ctx context.Context, headers *abstractions.RequestHeaders, options []abstractions.RequestOption) error {
		config := &directory.DeletedItemsGraphUserRequestBuilderGetRequestConfiguration{Headers: headers, Options: options}
		builder := directory.NewDirectoryRequestBuilderInternal(map[string]string{}, s.adapter).DeletedItems().GraphUser()
		if link != "" {
			builder = builder.WithUrl(link)
		} else {
			config.QueryParameters = &directory.DeletedItemsGraphUserRequestBuilderGetQueryParameters{Select: []string{"id"}, Top: &top}
		}
		_, err := builder.Get(ctx, config)
		return err
	}
}
