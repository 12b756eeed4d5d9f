package admin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"scimbridge/models"
)

// Microsoft asks of applications in its gallery that access tokens live from one to six
// hours and client secrets up to three years (fact sheet of SCIM clients, section 1.1).
const (
	minTokenMinutes     = 60
	maxTokenMinutes     = 360
	secretLife          = 365 * 24 * time.Hour
	maxSecretLife       = 3 * 366 * 24 * time.Hour
	maxAudiences        = 20
	maxAudience         = 255
	sharedAudienceHint  = "the application id URI, such as api://3fa85f64-5717-4562-b3fc-2c963f66afa6"
	federationIsMissing = "is missing; it says whose signature is trusted"
)

func readScimClient(body ScimClientCreate, mayChooseHosts bool) (models.ScimClient, error) {
	c := models.ScimClient{
		Kind: models.ClientKind(body.Kind), Access: models.Access(value(body.Access, TokenAccessWrite)),
		TokenMinutes: value(body.TokenMinutes, minTokenMinutes),
	}
	var err error
	if c.Name, err = checkName(body.Name); err != nil {
		return c, err
	}
	if err := checkTokenMinutes(c.TokenMinutes); err != nil {
		return c, err
	}
	switch {
	case c.Kind == models.SecretClient && body.Federation != nil:
		return c, &models.InvalidError{Attribute: "federation", Reason: "has no meaning for a client that has secrets; leave it out, or set kind to federation"}
	case c.Kind == models.SecretClient:
		return c, nil
	case body.Federation == nil:
		return c, &models.InvalidError{Attribute: "federation", Reason: federationIsMissing}
	}
	c.Federation, err = readFederation(c.Kind, *body.Federation, mayChooseHosts)
	return c, err
}

func checkTokenMinutes(minutes int) error {
	if minutes < minTokenMinutes || minutes > maxTokenMinutes {
		return &models.InvalidError{Attribute: "tokenMinutes", Reason: fmt.Sprintf("must be from %d to %d", minTokenMinutes, maxTokenMinutes)}
	}
	return nil
}

// changeScimClient merges a patch into a client.
func changeScimClient(c *models.ScimClient, p ScimClientPatch) error {
	var err error
	if p.Name != nil {
		if c.Name, err = checkName(*p.Name); err != nil {
			return err
		}
	}
	c.TokenMinutes = value(p.TokenMinutes, c.TokenMinutes)
	return checkTokenMinutes(c.TokenMinutes)
}

func readFederation(kind models.ClientKind, u FederationUpdate, mayChooseHosts bool) (models.Federation, error) {
	f := models.Federation{AuthorityHost: value(u.AuthorityHost, "")}
	var known bool
	// A domain name would do for Entra, but the tid of its tokens is the id.
	if f.TenantID, known = models.ObjectID(u.TenantID); !known {
		return f, &models.InvalidError{Attribute: "federation.tenantId", Reason: "must be the tenant's id, a GUID"}
	}
	if u.Subject != nil {
		if f.Subject, known = models.ObjectID(*u.Subject); !known {
			return f, &models.InvalidError{Attribute: "federation.subject", Reason: "must be the object id of the service principal, a GUID"}
		}
	}
	if err := readAudiences(&f, u.Audiences); err != nil {
		return f, err
	}
	if kind == models.FederatedClient {
		switch {
		case f.Subject == "":
			return f, &models.InvalidError{Attribute: "federation.subject", Reason: "is missing; without it any application of the tenant would do"}
		case len(f.Audiences) == 0:
			return f, &models.InvalidError{Attribute: "federation.audiences", Reason: "is missing; name " + sharedAudienceHint}
		}
	}
	if f.AuthorityHost == "" {
		return f, nil
	}
	if !mayChooseHosts {
		return f, problem{kind: forbidden, field: "federation.authorityHost", detail: "Only the operator of the bridge may set another authority, because whoever runs it signs in."}
	}
	return f, checkOrigin("federation.authorityHost", f.AuthorityHost)
}

func readAudiences(f *models.Federation, given *[]string) error {
	for i, audience := range value(given, nil) {
		if strings.TrimSpace(audience) != audience || audience == "" || len(audience) > maxAudience || hasControls(audience) {
			return &models.InvalidError{Attribute: fmt.Sprintf("federation.audiences[%d]", i), Reason: "must be " + sharedAudienceHint}
		}
		f.Audiences = append(f.Audiences, audience)
	}
	if len(f.Audiences) > maxAudiences {
		return &models.InvalidError{Attribute: "federation.audiences", Reason: fmt.Sprintf("must be at most %d", maxAudiences)}
	}
	return nil
}

// readSecretExpiry reads when a client secret ends, which it must.
func (a *api) readSecretExpiry(ctx context.Context, given *time.Time) (models.Instant, error) {
	now, err := a.Store.Now(ctx)
	if err != nil {
		return 0, err
	}
	if given == nil {
		return now.Add(secretLife), nil
	}
	expires, err := a.readExpiry(ctx, given)
	if err == nil && expires > now.Add(maxSecretLife) {
		err = &models.InvalidError{Attribute: "expiresAt", Reason: "must lie within 3 years"}
	}
	return expires, err
}
