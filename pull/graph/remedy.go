package graph

import "strings"

// remedy is what an admin is told about a code: what it means, and what to do.
type remedy struct{ message, hint string }

// remedyFor finds a code, in whatever case Graph writes it (section 4.1).
func remedyFor(code string) (remedy, bool) {
	known, ok := folded[strings.ToLower(code)]
	return known, ok
}

var folded = func() map[string]remedy {
	byCode := make(map[string]remedy, len(remedies))
	for code, known := range remedies {
		byCode[strings.ToLower(code)] = known
	}
	return byCode
}()

// remedies are the codes of sections 4.2 and 4.3 that an admin can do something
// about. Microsoft's own text stands in for a code that is not here.
var remedies = map[string]remedy{
	"AADSTS90002": {"the tenant was not found",
		"Check the tenant id: Entra admin center > Overview > Tenant ID. If it is right, check the cloud: a tenant of a national cloud is unknown to the global one."},
	"AADSTS900023": {"the tenant id is neither a GUID nor a domain name",
		"Copy the Directory (tenant) ID from the app registration's Overview."},
	"AADSTS700016": {"the application is not known in this tenant",
		"Check the client id (App registrations > the application > Overview) and that the tenant is the one it was registered in. An application of another tenant needs admin consent in this one first."},
	"AADSTS7000215": {"the client secret is wrong",
		"Often the secret's ID was pasted instead of its Value. Create a new one (App registrations > the application > Certificates & secrets > New client secret), copy the Value column at once, and enter it here."},
	"AADSTS7000222": {"the client secret has expired",
		"Create a new one (App registrations > the application > Certificates & secrets > New client secret) and enter its Value here."},
	"AADSTS7000218": {"no client secret was sent",
		"Enter the Value of a client secret in the Graph settings."},
	"AADSTS7000112": {"the application is disabled in this tenant",
		"Enable it: Enterprise applications > the application > Properties > Enabled for users to sign in."},
	"AADSTS7000229": {"the application has no service principal in this tenant",
		"Grant admin consent: App registrations > the application > API permissions > Grant admin consent."},
	"AADSTS700027": {"the certificate is not registered with the application, or its signature is wrong",
		"Upload the certificate under App registrations > the application > Certificates & secrets."},
	"AADSTS700024": {"the sign-in was not within its time range",
		"Set this server's clock; it is minutes off."},
	"AADSTS700213": {"no federated credential of the application matches",
		"Compare issuer, subject and audience under Certificates & secrets > Federated credentials."},
	"AADSTS70021": {"no federated credential of the application matches",
		"Compare issuer, subject and audience under Certificates & secrets > Federated credentials."},
	"AADSTS53003": {"a Conditional Access policy blocks the application",
		"Look at Enterprise applications > the application > Sign-in logs > Service principal sign-ins, and exclude it or this server's address from the policy."},
	"AADSTS65001": {"an admin has not consented to the application's permissions",
		"Click App registrations > the application > API permissions > Grant admin consent."},
	"AADSTS650056": {"the application asks for no permission of Microsoft Graph, or consent is missing",
		"Add the application permissions User.Read.All and GroupMember.Read.All under API permissions, then Grant admin consent."},
	"AADSTS90094": {"an admin has to consent to the application's permissions",
		"Click App registrations > the application > API permissions > Grant admin consent."},
	"AADSTS9001023": {"the tenant id names no single tenant",
		"Enter the tenant's own id instead of common, organizations or consumers."},
	"AADSTS500011": {"this cloud does not know the Graph host",
		"Choose the cloud that the tenant is in; sign-in host and Graph host must belong together."},
	"AADSTS50196": {"the application asks for tokens too often",
		"See whether several installations use the same application, and wait a few minutes."},
	"AADSTS90033": {"Microsoft Entra is not available for the moment", "Run it again later."},
	"AADSTS90090": {"Microsoft Entra is not available for the moment", "Run it again later."},
	"AADSTS90006": {"Microsoft Entra is not available for the moment", "Run it again later."},

	"Authorization_RequestDenied": {"the application may not read this",
		"Add the application permissions User.Read.All and GroupMember.Read.All (App registrations > the application > API permissions), then Grant admin consent."},
	"Authorization_IdentityNotFound": {"the application has no service principal in this tenant",
		"Grant admin consent: App registrations > the application > API permissions > Grant admin consent."},
	codeUnauthorized: {"Microsoft Graph does not accept the token",
		"Check that cloud, sign-in host and Graph host belong together."},
	"Request_UnsupportedQuery": {"Microsoft Graph does not support this query",
		"This is a fault of scimbridge or a change of Graph: report it with the code."},
	"Directory_ExpiredPageToken": {"Microsoft Graph no longer knows the page that was to follow",
		"Run it again: the reading starts over."},
	"Request_ResourceNotFound": {"Microsoft Graph does not know what was asked for",
		"It may just have been deleted or created. Run it again."},
}
