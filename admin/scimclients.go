package admin

import (
	"context"
	"strconv"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/store"
)

func (a *api) CreateScimClient(ctx context.Context, r CreateScimClientRequestObject) (CreateScimClientResponseObject, error) {
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	client, err := readScimClient(*r.Body, access.From(ctx).ChoosesHosts())
	if err != nil {
		return nil, err
	}
	client.DirectoryID = d.ID
	client, err = a.Store.CreateScimClient(ctx, client, told(ctx, a, "scim-client.registered", func(c models.ScimClient) act {
		return act{directory: d.ID, target: c.ID, after: a.showClient(c, nil)}
	}))
	if err != nil {
		return nil, err
	}
	return CreateScimClient201JSONResponse{
		Body:    a.showClient(client, nil),
		Headers: CreateScimClient201ResponseHeaders{Location: directoryPath(d.ID) + "/scim-clients/" + client.ID, ETag: clientETag(client)},
	}, nil
}

func (a *api) ListScimClients(ctx context.Context, r ListScimClientsRequestObject) (ListScimClientsResponseObject, error) {
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	var secrets map[string][]models.ScimClientSecret
	items, next, err := listByID(r.Params.Cursor, r.Params.Limit, func(after string, limit int) ([]models.ScimClient, error) {
		rows, err := a.Store.ScimClients(ctx, d.ID, after, limit)
		if err == nil {
			secrets, err = a.secretsOf(ctx, d.ID, rows...)
		}
		return rows, err
	}, func(c models.ScimClient) string { return c.ID }, func(c models.ScimClient) ScimClient { return a.showClient(c, secrets[c.ID]) })
	return ListScimClients200JSONResponse{Items: items, NextCursor: next}, err
}

func (a *api) GetScimClient(ctx context.Context, r GetScimClientRequestObject) (GetScimClientResponseObject, error) {
	c, err := a.Store.ScimClient(ctx, r.Directory, r.Client)
	if err != nil {
		return nil, err
	}
	answer, err := a.clientAnswer(ctx, c)
	return GetScimClient200JSONResponse{answer}, err
}

func (a *api) clientAnswer(ctx context.Context, c models.ScimClient) (ScimClientAnswerJSONResponse, error) {
	secrets, err := a.secretsOf(ctx, c.DirectoryID, c)
	return ScimClientAnswerJSONResponse{
		Body: a.showClient(c, secrets[c.ID]), Headers: ScimClientAnswerResponseHeaders{ETag: clientETag(c)},
	}, err
}

// clientETag is the version of a client: of what an admin has set, not of its use.
func clientETag(c models.ScimClient) string { return strconv.Quote(strconv.FormatInt(c.Version, 10)) }

func (a *api) UpdateScimClient(ctx context.Context, r UpdateScimClientRequestObject) (UpdateScimClientResponseObject, error) {
	var before ScimClient
	c, err := a.Store.UpdateScimClient(ctx, r.Directory, r.Client, func(c *models.ScimClient) error {
		if !matches(r.Params.IfMatch, clientETag(*c)) {
			return models.ErrPrecondition
		}
		before = a.showClient(*c, nil)
		return changeScimClient(c, *r.Body)
	}, told(ctx, a, "scim-client.updated", func(c models.ScimClient) act {
		return act{directory: c.DirectoryID, target: c.ID, before: before, after: a.showClient(c, nil)}
	}))
	if err != nil {
		return nil, err
	}
	answer, err := a.clientAnswer(ctx, c)
	return UpdateScimClient200JSONResponse{answer}, err
}

// secretsOf reads the secrets of some clients, by the client's id.
func (a *api) secretsOf(ctx context.Context, directoryID string, clients ...models.ScimClient) (map[string][]models.ScimClientSecret, error) {
	ids := make([]string, len(clients))
	for i, c := range clients {
		ids[i] = c.ID
	}
	rows, err := a.Store.ClientSecrets(ctx, directoryID, ids)
	of := make(map[string][]models.ScimClientSecret)
	for _, secret := range rows {
		of[secret.ClientID] = append(of[secret.ClientID], secret)
	}
	return of, err
}

func (a *api) RevokeScimClient(ctx context.Context, r RevokeScimClientRequestObject) (RevokeScimClientResponseObject, error) {
	err := a.Store.RevokeScimClient(ctx, r.Directory, r.Client, func(_ *store.Tx, c models.ScimClient) error {
		if !matches(r.Params.IfMatch, clientETag(c)) {
			return models.ErrPrecondition
		}
		return nil
	}, told(ctx, a, "scim-client.revoked", func(c models.ScimClient) act {
		before := c
		before.RevokedAt = 0
		return act{directory: c.DirectoryID, target: c.ID, before: a.showClient(before, nil), after: a.showClient(c, nil)}
	}))
	if err != nil {
		return nil, err
	}
	return RevokeScimClient204Response{}, nil
}

func (a *api) CreateScimClientSecret(ctx context.Context, r CreateScimClientSecretRequestObject) (CreateScimClientSecretResponseObject, error) {
	c, err := a.Store.ScimClient(ctx, r.Directory, r.Client)
	if err != nil {
		return nil, err
	}
	if c.Kind != models.SecretClient {
		return nil, problem{kind: takesNoSecret, detail: "A client of kind " + string(c.Kind) + " is known by what Entra signs, and has no secret."}
	}
	expires, err := a.readSecretExpiry(ctx, r.Body.ExpiresAt)
	if err != nil {
		return nil, err
	}
	text, hash := access.ClientSecret.New()
	secret, err := a.Store.CreateClientSecret(ctx, models.ScimClientSecret{
		DirectoryID: c.DirectoryID, ClientID: c.ID, Hash: hash, ExpiresAt: expires,
	}, told(ctx, a, "client-secret.issued", func(s models.ScimClientSecret) act {
		return act{directory: s.DirectoryID, target: s.ID, after: showSecret(s)}
	}))
	if err != nil {
		return nil, err
	}
	return CreateScimClientSecret201JSONResponse{
		ID: secret.ID, ClientID: c.ID, ClientSecret: text, TokenURL: a.tokenURL(),
		CreatedAt: secret.CreatedAt.Time(), ExpiresAt: secret.ExpiresAt.Time(),
	}, nil
}

func (a *api) RevokeScimClientSecret(ctx context.Context, r RevokeScimClientSecretRequestObject) (RevokeScimClientSecretResponseObject, error) {
	err := a.Store.RevokeClientSecret(ctx, r.Directory, r.Client, r.Secret, told(ctx, a, "client-secret.revoked", func(s models.ScimClientSecret) act {
		before := s
		before.RevokedAt = 0
		return act{directory: s.DirectoryID, target: s.ID, before: showSecret(before), after: showSecret(s)}
	}))
	if err != nil {
		return nil, err
	}
	return RevokeScimClientSecret204Response{}, nil
}

func (a *api) tokenURL() string { return a.PublicURL + access.TokenPath }

func (a *api) showClient(c models.ScimClient, secrets []models.ScimClientSecret) ScimClient {
	shown := ScimClient{
		ID: c.ID, Name: c.Name, Kind: ScimClientKind(c.Kind), Access: TokenAccess(c.Access), TokenMinutes: c.TokenMinutes,
		TokenURL: a.tokenURL(), Secrets: make([]ClientSecret, len(secrets)),
		CreatedAt: c.CreatedAt.Time(), LastUsedAt: moment(c.LastUsedAt), RevokedAt: moment(c.RevokedAt),
	}
	for i, s := range secrets {
		shown.Secrets[i] = showSecret(s)
	}
	if f := c.Federation; c.Kind != models.SecretClient {
		audiences := append([]string{}, f.Audiences...) // never nil, which JSON would show as null
		shown.Federation = &Federation{TenantID: f.TenantID, Subject: f.Subject, Audiences: audiences, AuthorityHost: f.Authority()}
	}
	return shown
}

func showSecret(s models.ScimClientSecret) ClientSecret {
	return ClientSecret{
		ID: s.ID, CreatedAt: s.CreatedAt.Time(), ExpiresAt: s.ExpiresAt.Time(),
		LastUsedAt: moment(s.LastUsedAt), RevokedAt: moment(s.RevokedAt),
	}
}
