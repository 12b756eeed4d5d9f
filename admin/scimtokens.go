package admin

import (
	"context"
	"time"

	"scimbridge/access"
	"scimbridge/models"
)

func (a *api) CreateScimToken(ctx context.Context, r CreateScimTokenRequestObject) (CreateScimTokenResponseObject, error) {
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	name, err := checkName(r.Body.Name)
	if err != nil {
		return nil, err
	}
	expires, err := a.readExpiry(ctx, r.Body.ExpiresAt)
	if err != nil {
		return nil, err
	}
	text, hash := access.NewToken()
	t, err := a.Store.CreateToken(ctx, models.Token{
		DirectoryID: d.ID, Name: name, Access: models.Access(r.Body.Access), Hash: hash, ExpiresAt: expires,
	}, told(ctx, a, "scim-token.issued", func(t models.Token) act {
		return act{directory: d.ID, target: t.ID, after: showToken(t)}
	}))
	if err != nil {
		return nil, err
	}
	return CreateScimToken201JSONResponse{
		Body: ScimTokenIssued{
			ID: t.ID, Token: text, Name: t.Name, Access: TokenAccess(t.Access),
			CreatedAt: t.CreatedAt.Time(), ExpiresAt: moment(t.ExpiresAt),
		},
		Headers: CreateScimToken201ResponseHeaders{Location: directoryPath(d.ID) + "/scim-tokens/" + t.ID},
	}, nil
}

// readExpiry reads when a token ends; 0 is never.
func (a *api) readExpiry(ctx context.Context, given *time.Time) (models.Instant, error) {
	if given == nil {
		return 0, nil
	}
	now, err := a.Store.Now(ctx)
	if err != nil {
		return 0, err
	}
	expires := models.At(*given)
	if expires <= now {
		return 0, &models.InvalidError{Attribute: "expiresAt", Reason: "must lie in the future; leave it out for a token that does not expire"}
	}
	return expires, nil
}

func (a *api) ListScimTokens(ctx context.Context, r ListScimTokensRequestObject) (ListScimTokensResponseObject, error) {
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	items, next, err := listByID(r.Params.Cursor, r.Params.Limit, func(after string, limit int) ([]models.Token, error) {
		return a.Store.Tokens(ctx, d.ID, after, limit)
	}, func(row models.Token) string { return row.ID }, showToken)
	return ListScimTokens200JSONResponse{Items: items, NextCursor: next}, err
}

func (a *api) GetScimToken(ctx context.Context, r GetScimTokenRequestObject) (GetScimTokenResponseObject, error) {
	t, err := a.Store.Token(ctx, r.Directory, r.Token)
	if err != nil {
		return nil, err
	}
	return GetScimToken200JSONResponse(showToken(t)), nil
}

func (a *api) RevokeScimToken(ctx context.Context, r RevokeScimTokenRequestObject) (RevokeScimTokenResponseObject, error) {
	err := a.Store.RevokeToken(ctx, r.Directory, r.Token, told(ctx, a, "scim-token.revoked", func(t models.Token) act {
		before := t
		before.RevokedAt = 0
		return act{directory: t.DirectoryID, target: t.ID, before: showToken(before), after: showToken(t)}
	}))
	if err != nil {
		return nil, err
	}
	return RevokeScimToken204Response{}, nil
}

func showToken(t models.Token) ScimToken {
	return ScimToken{
		ID: t.ID, Name: t.Name, Access: TokenAccess(t.Access), CreatedAt: t.CreatedAt.Time(),
		ExpiresAt: moment(t.ExpiresAt), LastUsedAt: moment(t.LastUsedAt), RevokedAt: moment(t.RevokedAt),
	}
}
