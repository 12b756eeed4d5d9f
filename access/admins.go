package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"

	"scimbridge/internal/seal"
	"scimbridge/models"
)

// AdminTokens looks issued admin tokens up. *store.Store is one.
type AdminTokens interface {
	// AdmitAdmin answers models.ErrUnauthorized for a hash that no live token has.
	AdmitAdmin(ctx context.Context, hash string) (models.AdminToken, error)
}

// Admins signs admins in.
type Admins struct {
	first   [sha256.Size]byte
	noFirst bool
	issued  AdminTokens
}

// NewAdmins knows the first admin, the operator, by the token of the configuration; an
// empty one admits nobody. The others it knows by the tokens that were issued to them.
func NewAdmins(first seal.Secret, issued AdminTokens) *Admins {
	return &Admins{first: sha256.Sum256([]byte(first.Reveal())), noFirst: first.Reveal() == "", issued: issued}
}

// Admit tells what the bearer of a token may do. It answers models.ErrUnauthorized for
// a token that it does not know.
func (a *Admins) Admit(ctx context.Context, token string) (Rights, error) {
	// Digests are compared, so that neither time nor length tells anything of the token.
	given := sha256.Sum256([]byte(token))
	if !a.noFirst && subtle.ConstantTimeCompare(a.first[:], given[:]) == 1 {
		return Rights{Operator: true, Actor: Actor{Kind: models.FirstAdmin, Name: "operator"}}, nil
	}
	if !AdminToken.WellFormed(token) {
		return Rights{}, models.ErrUnauthorized
	}
	t, err := a.issued.AdmitAdmin(ctx, Hash(token))
	if err != nil {
		return Rights{}, err
	}
	return rightsOf(t), nil
}

func rightsOf(t models.AdminToken) Rights {
	return Rights{
		Operator:  t.DirectoryID == "",
		Directory: string(t.DirectoryID),
		ReadOnly:  t.Access != models.WriteAccess,
		Actor:     Actor{Kind: models.AdminByToken, ID: t.ID, Name: t.Name},
	}
}
