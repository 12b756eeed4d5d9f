package graph

import (
	"context"
	"net/http"
	"strings"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/directory"

	"scimbridge/models"
	"scimbridge/pull"
)

// The most that Graph lists at once (section 1.1), and the size at which we give up.
const (
	largestPage  = 999
	smallestPage = 10
)

// DeletedUsers lists the recycle bin, where a person stays for 30 days.
//
// Page sizes are not contracts: tenants have suddenly refused large ones (section
// 1.1), so a size that is refused is halved.
func (s *source) DeletedUsers(ctx context.Context, link string) (pull.Page[models.SourceUser], error) {
	for top := int32(largestPage); ; top /= 2 {
		page, err := s.deletedUsers(ctx, link, top)
		if link != "" || top/2 < smallestPage || !speaksOfPageSize(err) {
			return page, err
		}
	}
}

func speaksOfPageSize(err error) bool {
	f, ok := asFault(err)
	if !ok || f.status != http.StatusBadRequest {
		return false
	}
	text := strings.ToLower(f.message)
	return strings.Contains(text, "page size") || strings.Contains(text, "$top")
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
