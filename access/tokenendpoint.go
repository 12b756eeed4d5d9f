package access

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"scimbridge/models"
)

// TokenPath is where SCIM clients get access tokens.
const TokenPath = "/oauth2/token"

// Clients looks SCIM clients up and keeps their access tokens. *store.Store is one.
type Clients interface {
	Now(ctx context.Context) (models.Instant, error)
	// LiveClient and LiveSecret answer models.ErrUnauthorized for what is unknown,
	// expired or revoked.
	LiveClient(ctx context.Context, id string) (models.ScimClient, error)
	LiveSecret(ctx context.Context, c models.ScimClient, hash string) (models.ScimClientSecret, error)
	IssueAccessToken(ctx context.Context, t models.Token) error
	// TrustedClients are those of a directory whose tokens Entra signs.
	TrustedClients(ctx context.Context, directoryID string) ([]models.ScimClient, error)
}

// TokenEndpoint issues access tokens for SCIM by OAuth 2.0 client credentials (RFC 6749
// section 4.4): to a client that knows one of its secrets, or that sends an assertion
// which Entra has signed (RFC 7523 section 2.2; fact sheet of SCIM clients, section 1.3).
type TokenEndpoint struct {
	Clients  Clients
	Verifier *Verifier
	Log      *slog.Logger
}

// oauthError is an error of RFC 6749 section 5.2.
type oauthError struct {
	status      int
	code        string
	description string
}

func (e *oauthError) Error() string { return e.code + ": " + e.description }

func badGrant(code, description string) error {
	return &oauthError{http.StatusBadRequest, code, description}
}

// wrongClient says the same of a client that is unknown, and of a secret that is wrong.
func wrongClient() error {
	return &oauthError{http.StatusUnauthorized, "invalid_client", "The client is unknown or revoked, or its secret or assertion is wrong or has expired."}
}

const (
	assertionType  = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	maxRequestBody = 64 << 10
)

// issued is the answer of RFC 6749 section 5.1.
type issued struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope,omitempty"`
}

func (e *TokenEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store") // section 5.1 asks for it
	header.Set("Pragma", "no-cache")
	answer, err := e.grant(w, r)
	if err == nil {
		writeJSON(w, http.StatusOK, answer)
		return
	}
	var refused *oauthError
	if !errors.As(err, &refused) {
		e.Log.ErrorContext(r.Context(), "the token endpoint failed", "error", err.Error())
		refused = &oauthError{http.StatusInternalServerError, "server_error", "The bridge could not do this because of a fault of its own. Repeat it later."}
	}
	if refused.status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Basic realm="scimbridge token endpoint"`)
	}
	writeJSON(w, refused.status, map[string]string{"error": refused.code, "error_description": refused.description})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone; there is nobody to tell
}

func (e *TokenEndpoint) grant(w http.ResponseWriter, r *http.Request) (issued, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return issued{}, &oauthError{http.StatusMethodNotAllowed, "invalid_request", "Send a POST."}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxRequestBody)
	if err := r.ParseForm(); err != nil || len(r.URL.RawQuery) > 0 {
		return issued{}, badGrant("invalid_request", "Send the parameters in the body, as application/x-www-form-urlencoded.")
	}
	for name, values := range r.PostForm {
		if len(values) > 1 { // section 3.2
			return issued{}, badGrant("invalid_request", "A parameter is there twice: "+printable(name)+".")
		}
	}
	if grant := r.PostForm.Get("grant_type"); grant != "client_credentials" {
		return issued{}, badGrant("unsupported_grant_type", "The grant_type must be client_credentials.")
	}
	client, secretID, err := e.authenticate(r.Context(), r)
	if err != nil {
		return issued{}, err
	}
	return e.issue(r.Context(), client, secretID, r.PostForm.Get("scope"))
}

// printable is a parameter's name as it may stand in an error_description.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, name[:min(len(name), 50)])
}

// authenticate finds out which client asks, by the one way in which it says so.
func (e *TokenEndpoint) authenticate(ctx context.Context, r *http.Request) (client models.ScimClient, secretID string, err error) {
	id, secret, inHeader := basicCredentials(r)
	form := r.PostForm
	assertion := form.Get("client_assertion")
	inBody := form.Get("client_secret") != ""
	switch {
	case inHeader && form.Get("client_id") != "" && form.Get("client_id") != id:
		return client, "", badGrant("invalid_request", "The header and the body name two clients.")
	case inHeader && inBody && form.Get("client_secret") != secret:
		// Entra can be told to send both; then they are the same.
		return client, "", badGrant("invalid_request", "The header and the body have two secrets.")
	case (inHeader || inBody) && assertion != "":
		return client, "", badGrant("invalid_request", "Send a secret or an assertion, not both.")
	}
	if !inHeader {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	client, err = e.Clients.LiveClient(ctx, strings.ToLower(id))
	if err != nil {
		return client, "", hideUnknown(err)
	}
	if client.Kind == models.FederatedClient {
		return client, "", e.checkAssertion(ctx, client, form.Get("client_assertion_type"), assertion)
	}
	if client.Kind != models.SecretClient || !ClientSecret.WellFormed(secret) {
		return client, "", wrongClient()
	}
	known, err := e.Clients.LiveSecret(ctx, client, Hash(secret))
	return client, known.ID, hideUnknown(err)
}

// basicCredentials reads the header. Section 2.3.1 wants both parts encoded as in a form;
// many clients do not do so, and ours need no encoding.
func basicCredentials(r *http.Request) (id, secret string, ok bool) {
	id, secret, ok = r.BasicAuth()
	if plain, err := url.QueryUnescape(id); err == nil {
		id = plain
	}
	if plain, err := url.QueryUnescape(secret); err == nil {
		secret = plain
	}
	return id, secret, ok
}

func hideUnknown(err error) error {
	if errors.Is(err, models.ErrUnauthorized) || errors.Is(err, models.ErrNotFound) {
		return wrongClient()
	}
	return err
}

func (e *TokenEndpoint) checkAssertion(ctx context.Context, client models.ScimClient, kind, assertion string) error {
	if kind != assertionType || assertion == "" {
		return badGrant("invalid_request", "The client needs a client_assertion of the type "+assertionType+".")
	}
	err := e.Verifier.Assertion(ctx, client.Federation, assertion)
	var wrong *ClaimError
	if errors.As(err, &wrong) {
		e.Log.InfoContext(ctx, "a client assertion was refused", "client", client.ID, "reason", wrong.Error())
		return wrongClient()
	}
	return err
}

func (e *TokenEndpoint) issue(ctx context.Context, client models.ScimClient, secretID, scope string) (issued, error) {
	now, err := e.Clients.Now(ctx)
	if err != nil {
		return issued{}, err
	}
	text, hash := ScimToken.New()
	life := client.TokenLife()
	err = e.Clients.IssueAccessToken(ctx, models.Token{
		DirectoryID: client.DirectoryID, Name: client.Name, Access: client.Access, Hash: hash,
		ExpiresAt: now.Add(life), ClientID: models.Optional(client.ID), SecretID: models.Optional(secretID),
	})
	if err != nil {
		return issued{}, hideUnknown(err)
	}
	return issued{AccessToken: text, TokenType: "Bearer", ExpiresIn: int(life / time.Second), Scope: scope}, nil
}
