package graph

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"scimbridge/models"
	"scimbridge/pull"
)

// attribute is one that a directory may leave out: the properties that it is read from,
// and the paths that it stands under.
type attribute struct {
	name       string
	properties []string
	paths      []string
}

// What every read selects. A change of it needs a fresh round, since a delta link keeps
// the selection it began with (section 2.5).
var (
	neededOfUsers  = []string{"id", "userPrincipalName", "accountEnabled"}
	neededOfGroups = []string{"id", "displayName"}
)

// userAttributes are those of models.UserAttributes. The manager is no property of a
// plain read: a delta round selects it, others expand it.
var userAttributes = []attribute{
	{"displayName", []string{"displayName"}, []string{pathDisplayName}},
	{"givenName", []string{"givenName"}, []string{pathGivenName}},
	{"surname", []string{"surname"}, []string{pathFamilyName}},
	{"mail", []string{"mail", "proxyAddresses"}, []string{pathWorkMail, pathWorkPrimary}},
	{"otherMails", []string{"otherMails"}, []string{pathOtherMails}},
	{"jobTitle", []string{"jobTitle"}, []string{pathTitle}},
	{"department", []string{"department"}, []string{pathDepartment}},
	{"companyName", []string{"companyName"}, []string{pathOrganization}},
	{"officeLocation", []string{"officeLocation"}, []string{pathOffice}},
	{"businessPhones", []string{"businessPhones"}, []string{pathWorkPhone}},
	{"mobilePhone", []string{"mobilePhone"}, []string{pathMobile}},
	{"faxNumber", []string{"faxNumber"}, []string{pathFax}},
	{"streetAddress", []string{"streetAddress"}, []string{pathStreet}},
	{"city", []string{"city"}, []string{pathLocality}},
	{"state", []string{"state"}, []string{pathRegion}},
	{"postalCode", []string{"postalCode"}, []string{pathPostalCode}},
	{"country", []string{"country"}, []string{pathCountry}},
	{"employeeId", []string{"employeeId"}, []string{pathEmployee}},
	{"preferredLanguage", []string{"preferredLanguage"}, []string{pathLanguage}},
	{"usageLocation", []string{"usageLocation"}, []string{pathUsage}},
	{"userType", []string{"userType"}, []string{pathUserType}},
	{"mailNickname", []string{"mailNickname"}, []string{pathNickname}},
	{"manager", nil, []string{models.ManagerPath}},
}

// groupAttributes are those of models.GroupAttributes.
var groupAttributes = []attribute{
	{"description", []string{"description"}, []string{pathDescription}},
	{"mail", []string{"mail"}, []string{pathGroupMail}},
	{"kind", []string{"mailEnabled", "securityEnabled", "groupTypes"}, []string{pathKind, pathDynamic}},
}

// selection is what one source reads of users and groups.
type selection struct {
	users, groups []string // properties
	manager       bool
	// Paths that are left out.
	omittedUsers, omittedGroups []string
}

func newSelection(chosen models.Selection) selection {
	s := selection{manager: chosen.Users.Has("manager")}
	s.users, s.omittedUsers = choose(neededOfUsers, userAttributes, chosen.Users)
	s.groups, s.omittedGroups = choose(neededOfGroups, groupAttributes, chosen.Groups)
	if !chosen.Users.Has("givenName") && !chosen.Users.Has("surname") {
		s.omittedUsers = append(s.omittedUsers, pathFormatted) // it is made of the two
	}
	return s
}

func choose(needed []string, from []attribute, chosen models.Chosen) (properties, omitted []string) {
	properties = append(properties, needed...)
	for _, a := range from {
		if chosen.Has(a.name) {
			properties = append(properties, a.properties...)
		} else {
			omitted = append(omitted, a.paths...)
		}
	}
	return properties, omitted
}

// userDelta is what a delta round of users selects: managers inline, since a round
// without them would need a request for each user.
func (s selection) userDelta() []string {
	if !s.manager {
		return s.users
	}
	return append(s.users[:len(s.users):len(s.users)], "manager")
}

// groupDelta has the members inline, for the same reason.
func (s selection) groupDelta() []string {
	return append(s.groups[:len(s.groups):len(s.groups)], "members")
}

// userQuery is what a read of users outside of delta selects and expands.
func (s selection) userQuery() string {
	query := "$select=" + strings.Join(s.users, ",")
	if s.manager {
		query += "&$expand=manager($select=id)"
	}
	return query
}

func (s selection) groupQuery() string { return "$select=" + strings.Join(s.groups, ",") }

var (
	_ pull.Selector = (*source)(nil)
	_ pull.Omitter  = (*source)(nil)
)

// Selection tells of what a stored link depends on: query options are sealed in it
// (section 2.5), and it is Graph's of one cloud and one tenant. A domain name and an
// id of the same tenant are told apart; that costs one full round, at most.
func (s *source) Selection() string {
	parts := []string{
		s.tenant.graph.String(), strings.ToLower(s.tenant.id),
		strings.Join(s.selection.userDelta(), ","), strings.Join(s.selection.groupDelta(), ","),
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// Omitted are the paths of what the directory does not store.
func (s *source) Omitted() (users, groups []string) {
	return s.selection.omittedUsers, s.selection.omittedGroups
}
