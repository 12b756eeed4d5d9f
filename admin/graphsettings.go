package admin

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"

	"scimbridge/models"
)

// readGraph checks what says how a tenant is reached, but for the credential.
func readGraph(u GraphUpdate, mayChooseHosts bool) (models.GraphSettings, error) {
	settings := models.GraphSettings{
		TenantID:         strings.ToLower(u.TenantID),
		ApplicationIDURI: value(u.ApplicationIDURI, ""),
		Cloud:            models.Cloud(value(u.Cloud, CloudGlobal)),
		AuthorityHost:    value(u.AuthorityHost, ""),
		GraphHost:        value(u.GraphHost, ""),
	}
	if u.ClientID != nil {
		var known bool
		if settings.ClientID, known = models.ObjectID(*u.ClientID); !known {
			return settings, badClientID()
		}
	}
	return settings, cmp.Or(
		checkTenant(settings.TenantID),
		checkApplicationURI(settings.ApplicationIDURI),
		checkHosts(settings, mayChooseHosts),
	)
}

func badClientID() error {
	return &models.InvalidError{Attribute: "clientId", Reason: "must be the application (client) id of the app registration, a GUID"}
}

// domainName is that of a tenant, such as contoso.onmicrosoft.com. Having a dot it is
// none of common, organizations and consumers, which name no tenant.
var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$`)

func checkTenant(tenant string) error {
	if _, isID := models.ObjectID(tenant); !isID && (len(tenant) > 253 || !domainName.MatchString(tenant)) {
		return &models.InvalidError{Attribute: "tenantId", Reason: "must be the tenant's id, a GUID, or one of its domain names, such as contoso.onmicrosoft.com"}
	}
	return nil
}

func checkApplicationURI(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || len(text) > 255 || hasControls(text) || strings.ContainsAny(text, " ") {
		return &models.InvalidError{Attribute: "applicationIdUri", Reason: "must be a URI of at most 255 characters, such as api://scimbridge"}
	}
	return nil
}

// checkHosts: other hosts than Microsoft's get the client secret, so only those who run
// the bridge may name them.
func checkHosts(s models.GraphSettings, mayChoose bool) error {
	if s.Cloud != models.CloudCustom {
		switch {
		case s.AuthorityHost != "":
			return &models.InvalidError{Attribute: "authorityHost", Reason: "is known for this cloud; leave it out, or set cloud to custom"}
		case s.GraphHost != "":
			return &models.InvalidError{Attribute: "graphHost", Reason: "is known for this cloud; leave it out, or set cloud to custom"}
		}
		return nil
	}
	if !mayChoose {
		return problem{kind: forbidden, field: "cloud", detail: "Only the operator of the bridge may set custom hosts, because the client secret is sent there."}
	}
	return cmp.Or(checkOrigin("authorityHost", s.AuthorityHost), checkOrigin("graphHost", s.GraphHost))
}

func checkOrigin(field, text string) error {
	u, err := url.Parse(text)
	// Written out again from its host alone it must be the same: no path, no user, no query.
	if err != nil || u.Hostname() == "" || hasControls(text) || text != "https://"+u.Host {
		return &models.InvalidError{Attribute: field, Reason: "must be an https origin without a path, such as https://127.0.0.1:9443"}
	}
	return nil
}

const maxSecret = 1000

// checkSecret never repeats what it checks.
func checkSecret(secret string) error {
	switch {
	case strings.TrimSpace(secret) == "":
		return &models.InvalidError{Attribute: "clientSecret", Reason: "is empty; leave it out to keep the stored one"}
	case len(secret) > maxSecret || hasControls(secret) || strings.TrimSpace(secret) != secret:
		return &models.InvalidError{Attribute: "clientSecret", Reason: "must be the secret's value as Entra showed it, without spaces or line ends around it"}
	}
	return nil
}
