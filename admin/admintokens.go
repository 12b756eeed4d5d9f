package admin

import (
	"context"
	"errors"

	"scimbridge/access"
	"scimbridge/models"
)

func (a *api) CreateAdminToken(ctx context.Context, r CreateAdminTokenRequestObject) (CreateAdminTokenResponseObject, error) {
	name, err := checkName(r.Body.Name)
	if err != nil {
		return nil, err
	}
	expires, err := a.readExpiry(ctx, r.Body.ExpiresAt)
	if err != nil {
		return nil, err
	}
	if err := a.checkDirectory(ctx, r.Body.Directory); err != nil {
		return nil, err
	}
	text, hash := access.AdminToken.New()
	t, err := a.Store.CreateAdminToken(ctx, models.AdminToken{
		Name: name, DirectoryID: models.Optional(value(r.Body.Directory, "")), Access: models.Access(r.Body.Access), Hash: hash, ExpiresAt: expires,
	}, told(ctx, a, "admin-token.issued", func(t models.AdminToken) act {
		return act{directory: string(t.DirectoryID), target: t.ID, after: showAdminToken(t)}
	}))
	if err != nil {
		return nil, err
	}
	return CreateAdminToken201JSONResponse{
		Body: AdminTokenIssued{
			ID: t.ID, Token: text, Name: t.Name, Access: AdminAccess(t.Access), Directory: optional(t.DirectoryID),
			CreatedAt: t.CreatedAt.Time(), ExpiresAt: moment(t.ExpiresAt),
		},
		Headers: CreateAdminToken201ResponseHeaders{Location: Path + "admin-tokens/" + t.ID},
	}, nil
}

// checkDirectory: a token for a directory that is not there would be one for all, or for
// nothing.
func (a *api) checkDirectory(ctx context.Context, id *string) error {
	if id == nil {
		return nil
	}
	_, err := a.directory(ctx, *id)
	if errors.Is(err, models.ErrNotFound) {
		return &models.InvalidError{Attribute: "directory", Reason: "is the id of no directory; leave it out for a token for all of them"}
	}
	return err
}

func (a *api) ListAdminTokens(ctx context.Context, r ListAdminTokensRequestObject) (ListAdminTokensResponseObject, error) {
	items, next, err := listByID(r.Params.Cursor, r.Params.Limit, func(after string, limit int) ([]models.AdminToken, error) {
		return a.Store.AdminTokens(ctx, after, limit)
	}, func(t models.AdminToken) string { return t.ID }, showAdminToken)
	return ListAdminTokens200JSONResponse{Items: items, NextCursor: next}, err
}

func (a *api) GetAdminToken(ctx context.Context, r GetAdminTokenRequestObject) (GetAdminTokenResponseObject, error) {
	t, err := a.Store.AdminToken(ctx, r.Token)
	if err != nil {
		return nil, err
	}
	return GetAdminToken200JSONResponse(showAdminToken(t)), nil
}

func (a *api) RevokeAdminToken(ctx context.Context, r RevokeAdminTokenRequestObject) (RevokeAdminTokenResponseObject, error) {
	err := a.Store.RevokeAdminToken(ctx, r.Token, told(ctx, a, "admin-token.revoked", func(t models.AdminToken) act {
		before := t
		before.RevokedAt = 0
		return act{directory: string(t.DirectoryID), target: t.ID, before: showAdminToken(before), after: showAdminToken(t)}
	}))
	if err != nil {
		return nil, err
	}
	return RevokeAdminToken204Response{}, nil
}

func showAdminToken(t models.AdminToken) AdminToken {
	return AdminToken{
		ID: t.ID, Name: t.Name, Access: AdminAccess(t.Access), Directory: optional(t.DirectoryID), CreatedAt: t.CreatedAt.Time(),
		ExpiresAt: moment(t.ExpiresAt), LastUsedAt: moment(t.LastUsedAt), RevokedAt: moment(t.RevokedAt),
	}
}
