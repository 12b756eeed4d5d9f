package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
)

var _ pull.Expirer = (*source)(nil)

// readApplications lets an application see when its own secret ends: nothing else does
// (section 5.4).
var readApplications = permission{"Application.Read.All",
	[]string{"Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}}

// CredentialEnds is known of a certificate by itself, and of a secret if Graph tells.
func (c *client) CredentialEnds(ctx context.Context) (time.Time, bool, error) {
	proof := c.credential.proof
	if !proof.ends.IsZero() || proof.hint == "" {
		return proof.ends, !proof.ends.IsZero(), nil
	}
	secrets, err := c.secrets(ctx)
	if f, ok := asFault(err); ok && (f.status == http.StatusForbidden || f.status == http.StatusNotFound) {
		return time.Time{}, false, nil // not ours to see, or registered in another tenant
	}
	if err != nil {
		return time.Time{}, false, err
	}
	ends := endOf(secrets, proof.hint, c.now())
	return ends, !ends.IsZero(), nil
}

// listedSecret is an entry of an application's passwordCredentials. The hint is the
// first three characters of its value.
type listedSecret struct {
	Hint string    `json:"hint"`
	Ends time.Time `json:"endDateTime"`
}

var errNoApplication = errors.New("it names no secrets")

func (c *client) secrets(ctx context.Context) ([]listedSecret, error) {
	var said struct {
		Secrets []listedSecret `json:"passwordCredentials"`
	}
	address := c.tenant.baseURL() + "/applications(appId='" + url.PathEscape(c.tenant.clientID) + "')?$select=passwordCredentials"
	_, err := c.ask(ctx, question{name: "the application's secrets", needs: []permission{readApplications},
		once: c.exchange(c.get(address, nil), func(body []byte) error {
			if err := json.Unmarshal(body, &said); err != nil {
				return err
			}
			if said.Secrets == nil {
				return errNoApplication
			}
			return nil
		})})
	return said.Secrets, err
}

// endOf finds the secret that just signed in: it has the hint, and has not ended. Where
// several fit the first end counts, for a warning too early does no harm. A secret
// without an end or of a time before hints does not tell.
func endOf(secrets []listedSecret, hint string, now time.Time) (ends time.Time) {
	for _, s := range secrets {
		if s.Hint == hint && s.Ends.After(now) {
			ends = earlier(ends, s.Ends)
		}
	}
	return ends
}

// checkCredential tells an admin how long the credential lasts. It fails in the last
// week, and is never needed.
func (c *client) checkCredential(ctx context.Context) (pull.Check, bool) {
	check := pull.Check{Name: checkEnd, OK: true, Optional: true}
	if c.credential.proof.ends.IsZero() && c.credential.proof.hint == "" {
		return check, false // federation and managed identity do not end
	}
	ends, known, err := c.CredentialEnds(ctx)
	switch {
	case err != nil:
		check = failed(checkEnd, err)
		check.Optional = true
		return check, true
	case !known:
		check.Detail = "When the client secret ends is not known. With the application permission " + readApplications.name +
			" (optional) there are warnings before it does; without it, look under Certificates & secrets of the app registration."
		return check, true
	}
	check.EndsAt = models.At(ends)
	check.Detail = "What the application signs in with ends on " + ends.UTC().Format(time.DateOnly) + "."
	if days, due := models.ExpiryWarning(ends, time.Time{}, c.now()); due {
		check.OK = days > 7
		check.Detail += " Make a new one under Certificates & secrets of the app registration and enter it here before that day."
	}
	return check, true
}
