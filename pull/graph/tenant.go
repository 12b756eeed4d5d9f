package graph

import (
	"net/url"
	"regexp"
	"strings"

	"scimbridge/models"
	"scimbridge/pull"
)

// tenant is where a directory's people are, and as whom we come.
type tenant struct {
	id        string
	clientID  string
	authority string
	graph     *url.URL // the origin
	isCustom  bool
}

// tenantID is what azidentity takes for one (section 5.4).
var tenantID = regexp.MustCompile(`^[0-9a-zA-Z.-]+$`)

// newTenant checks the settings, so that a mistake is named before it becomes a
// message about the network.
func newTenant(c pull.Connection) (tenant, error) {
	settings := c.Settings
	ends := settings.Endpoints()
	at := tenant{
		id:        strings.TrimSpace(settings.TenantID),
		clientID:  strings.TrimSpace(settings.ClientID),
		authority: strings.TrimRight(ends.Authority, "/"),
		isCustom:  settings.Cloud == models.CloudCustom,
	}
	graph, ok := origin(ends.Graph)
	at.graph = graph
	_, authorityOK := origin(ends.Authority)
	switch {
	case !tenantID.MatchString(at.id):
		return at, settingsError("the tenant id is missing or has characters that no tenant id has",
			"Copy the Directory (tenant) ID from the app registration's Overview in the Entra admin center.")
	case at.clientID == "" && settings.Credential != models.ManagedIdentityCredential:
		return at, settingsError("the client id is missing",
			"Copy the Application (client) ID from the app registration's Overview in the Entra admin center.")
	case !authorityOK:
		return at, settingsError("the sign-in host is not an https origin", originHint)
	case !ok:
		return at, settingsError("the Graph host is not an https origin", originHint)
	}
	return at, nil
}

const originHint = "Give scheme, host and, if needed, port only, such as https://graph.microsoft.com."

// origin parses an https origin. Everything else could carry the token in clear, or
// to a path that is not Graph's.
func origin(raw string) (*url.URL, bool) {
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return nil, false
	}
	if u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, false
	}
	u.Host = strings.ToLower(u.Host)
	return u, true
}

func settingsError(message, hint string) error {
	return &pull.SourceError{Code: codeSettings, Message: message, Hint: hint}
}

func (t tenant) baseURL() string { return t.graph.String() + "/v1.0" }

// scope names all permissions that the application was granted (section 5.6).
func (t tenant) scope() string { return t.graph.String() + "/.default" }

// keeps tells whether a link from an answer, or from the store, stays with this
// tenant's Graph. The token goes with it: a forged link would send it elsewhere
// (section 6.2).
func (t tenant) keeps(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Scheme == t.graph.Scheme && u.User == nil &&
		strings.EqualFold(u.Host, t.graph.Host)
}
