package access

import (
	"context"
	"errors"
	"log/slog"

	"scimbridge/models"
)

// EntraTokens lets the tokens in that Entra sends by itself when an admin leaves its
// secret token blank. Each becomes a row of the directory's tokens until it expires, so
// that the next request finds it as any other, and a revocation counts at once.
type EntraTokens struct {
	Clients  Clients
	Verifier *Verifier
	Log      *slog.Logger
}

// Take checks a token that is not known yet against the clients that a directory trusts,
// and stores it. It answers models.ErrUnauthorized if none of them is meant.
func (e *EntraTokens) Take(ctx context.Context, directoryID, bearer string) error {
	if !LooksSigned(bearer) {
		return models.ErrUnauthorized
	}
	clients, err := e.Clients.TrustedClients(ctx, directoryID)
	if err != nil {
		return err
	}
	for _, client := range clients {
		claims, err := e.Verifier.EntraToken(ctx, client.Federation, bearer)
		var wrong *ClaimError
		if errors.As(err, &wrong) {
			e.Log.InfoContext(ctx, "a token of Entra was refused", "client", client.ID, "reason", wrong.Error())
			continue
		}
		if err != nil {
			return err
		}
		return e.keep(ctx, client, claims, bearer)
	}
	return models.ErrUnauthorized
}

func (e *EntraTokens) keep(ctx context.Context, client models.ScimClient, claims Claims, bearer string) error {
	err := e.Clients.IssueAccessToken(ctx, models.Token{
		DirectoryID: client.DirectoryID, Name: client.Name, Access: client.Access, Hash: Hash(bearer),
		ExpiresAt: models.Instant(claims.Expires * 1e6).Add(clockSkew), ClientID: models.Optional(client.ID),
	})
	if errors.Is(err, models.ErrNotFound) {
		return models.ErrUnauthorized // revoked meanwhile
	}
	return err
}
