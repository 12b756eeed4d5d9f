package graph

import (
	"context"
	"net/http"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/directory"

	"scimbridge/models"
	"scimbridge/pull"
)

// deletedPage is the most that Graph lists at once (section 1.1).
const deletedPage = 999

// DeletedUsers lists the recycle bin, where a person stays for 30 days.
func (s *source) DeletedUsers(ctx context.Context, link string) (pull.Page[models.SourceUser], error) {
	page, err := s.deletedUsers(ctx, link, deletedPage)
	// Page sizes are not contracts: tenants have suddenly refused large ones (section
	// 1.1). Graph's own size is the one it cannot refuse.
	if refused, ok := asFault(err); ok && refused.status == http.StatusBadRequest && link == "" {
		page, err = s.deletedUsers(ctx, link, 0)
	}
	return page, err
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
			query := &directory.DeletedItemsGraphUserRequestBuilderGetQueryParameters{Select: []string{"id"}}
			if top > 0 {
				query.Top = &top
			}
			config.QueryParameters = query
		}
		_, err := builder.Get(ctx, config)
		return err
	}
}
