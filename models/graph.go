package models

import "net/url"

// GraphSettings say how the pull reaches one directory's tenant. The secret inside
// is sealed; only what opens a connection unseals it.
type GraphSettings struct {
	DirectoryID string `gorm:"primaryKey"`
	TenantID    string
	ClientID    string
	Credential  CredentialKind
	// SealedSecret seals what Credential needs: Credential.Material.
	SealedSecret     string
	Certificate      *Certificate // what is known of it, where Credential is one
	ApplicationIDURI string
	Cloud            Cloud
	AuthorityHost    string // an origin; only with Cloud custom
	GraphHost        string // an origin; only with Cloud custom
	// CredentialEndsAt is when the credential ends, as far as it is known; 0 if not.
	CredentialEndsAt Instant
	// WarnedAt is when the end of this credential was last warned of; 0 if never.
	WarnedAt  Instant
	UpdatedAt Instant `gorm:"autoUpdateTime:false"`
}

// Check is one step of a test of the way to a tenant.
type Check struct {
	Name   string // "sign-in", "tenant", "permissions", "users", "groups"
	OK     bool
	Detail string // with the AADSTS or Graph code where it failed, and what to do
	// Optional is true for what the chosen scope does not need: its failure does not
	// fail the test.
	Optional bool
	// EndsAt is when the credential ends, of the check that found it out; 0 otherwise.
	EndsAt Instant
}

// Cloud names a national deployment of Entra and Graph.
type Cloud string

const (
	CloudGlobal   Cloud = "global"
	CloudUSGov    Cloud = "usgov"
	CloudUSGovDoD Cloud = "usgovdod"
	CloudChina    Cloud = "china"
	CloudCustom   Cloud = "custom"
)

// Endpoints are the origins of a tenant's sign-in and of Graph, without a path.
type Endpoints struct{ Authority, Graph string }

// Endpoints resolves the cloud (fact sheet of Graph, section 5.6).
func (s GraphSettings) Endpoints() Endpoints {
	switch s.Cloud {
	case CloudUSGov:
		return Endpoints{"https://login.microsoftonline.us", "https://graph.microsoft.us"}
	case CloudUSGovDoD:
		return Endpoints{"https://login.microsoftonline.us", "https://dod-graph.microsoft.us"}
	case CloudChina:
		return Endpoints{"https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"}
	case CloudCustom:
		return Endpoints{s.AuthorityHost, s.GraphHost}
	}
	return Endpoints{"https://login.microsoftonline.com", "https://graph.microsoft.com"}
}

// SameWay tells whether two settings lead to the same people, as the same application:
// then what is stored of the way there, such as delta links, stays good.
func (s GraphSettings) SameWay(other GraphSettings) bool {
	return s.TenantID == other.TenantID && s.ClientID == other.ClientID && s.Endpoints() == other.Endpoints()
}

// ConsentURL is where an admin of the tenant consents to an application, above all to
// one that is registered in another tenant (fact sheet of Graph, section 5.3).
func (s GraphSettings) ConsentURL() string {
	query := url.Values{"client_id": {s.ClientID}, "scope": {s.Endpoints().Graph + "/.default"}}
	return s.Endpoints().Authority + "/" + url.PathEscape(s.TenantID) + "/v2.0/adminconsent?" + query.Encode()
}

// SealContext binds the sealed secret to its row: copied to another directory it does
// not open.
func (s GraphSettings) SealContext() string {
	return "directory " + s.DirectoryID + " graph client secret"
}
