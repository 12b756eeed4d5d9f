package graph

import (
	"strings"

	"scimbridge/models"
)

// The paths of a user's attributes, as Entra's default mapping writes them
// (entra-scim-client.md, section 4.1). What has no place in SCIM's own schemas
// stands in an extension of ours.
const (
	enterprise = models.EnterpriseURN + ":"
	entraUser  = "urn:scimbridge:params:scim:schemas:extension:entra:2.0:User:"

	pathUserName     = "userName"
	pathDisplayName  = "displayName"
	pathGivenName    = "name.givenName"
	pathFamilyName   = "name.familyName"
	pathFormatted    = "name.formatted"
	pathTitle        = "title"
	pathUserType     = "userType"
	pathLanguage     = "preferredLanguage"
	pathWorkMail     = `emails[type eq "work"].value`
	pathWorkPrimary  = `emails[type eq "work"].primary`
	pathOffice       = `addresses[type eq "work"].formatted`
	pathStreet       = `addresses[type eq "work"].streetAddress`
	pathLocality     = `addresses[type eq "work"].locality`
	pathRegion       = `addresses[type eq "work"].region`
	pathPostalCode   = `addresses[type eq "work"].postalCode`
	pathCountry      = `addresses[type eq "work"].country`
	pathWorkPhone    = `phoneNumbers[type eq "work"].value`
	pathMobile       = `phoneNumbers[type eq "mobile"].value`
	pathFax          = `phoneNumbers[type eq "fax"].value`
	pathEmployee     = enterprise + "employeeNumber"
	pathDepartment   = enterprise + "department"
	pathOrganization = enterprise + "organization"
	pathNickname     = entraUser + "mailNickname"
	pathUsage        = entraUser + "usageLocation"
	pathOtherMails   = entraUser + "otherMails"

	userPaths = 26 // with the manager
)

// Where a work e-mail came from, if not from mail.
const (
	fromProxyAddresses = "proxyAddresses"
	fromOtherMails     = "otherMails"
	fromUPN            = "userPrincipalName"
)

// mapping turns what Graph says into what the model knows.
type mapping struct {
	upnAsMail bool
	selection selection
}

// user maps one entry. In a fresh round a user without a manager is told without
// manager@delta, later such an entry leaves the manager as it was (section 1.5).
func (m mapping) user(u *graphUser, fresh bool) models.SourceUser {
	user := models.SourceUser{ObjectID: u.id, Existence: u.existence()}
	if user.Existence != models.Exists {
		return user // Entra's renaming of a deleted user's UPN is not taken over
	}
	user.Enabled = u.isEnabled
	if u.whole {
		user.UserName, user.Guest = trimGuest(u.upn), strings.EqualFold(u.userType, "Guest")
		user.Values, user.MailFrom = m.values(u)
	}
	if u.manager.said || fresh && u.whole {
		user.Values = with(user.Values, models.ManagerPath, orEmpty(u.manager.id))
	}
	for _, path := range m.selection.omittedUsers {
		delete(user.Values, path)
	}
	if user.Values[pathWorkMail] == nil {
		user.MailFrom = ""
	}
	return user
}

func (m mapping) values(u *graphUser) (map[string]any, string) {
	mail, from := m.mail(u)
	values := make(map[string]any, userPaths)
	if upn := trimGuest(u.upn); upn != "" {
		values[pathUserName] = upn // null is no word for a match key
	}
	values[pathDisplayName] = orEmpty(u.display)
	values[pathGivenName] = orEmpty(u.given)
	values[pathFamilyName] = orEmpty(u.surname)
	values[pathFormatted] = orEmpty(strings.TrimSpace(u.given + " " + u.surname))
	values[pathTitle] = orEmpty(u.title)
	values[pathUserType] = orEmpty(u.userType)
	values[pathLanguage] = orEmpty(u.language)
	values[pathWorkMail] = orEmpty(mail)
	values[pathWorkPrimary] = trueOrEmpty(mail != "")
	values[pathOffice] = orEmpty(u.office)
	values[pathStreet] = orEmpty(u.street)
	values[pathLocality] = orEmpty(u.city)
	values[pathRegion] = orEmpty(u.state)
	values[pathPostalCode] = orEmpty(u.postalCode)
	values[pathCountry] = orEmpty(u.country)
	values[pathWorkPhone] = orEmpty(u.phone)
	values[pathMobile] = orEmpty(u.mobile)
	values[pathFax] = orEmpty(u.fax)
	values[pathEmployee] = orEmpty(u.employeeID)
	values[pathDepartment] = orEmpty(u.department)
	values[pathOrganization] = orEmpty(u.company)
	values[pathNickname] = orEmpty(u.nickname)
	values[pathUsage] = orEmpty(u.usage)
	values[pathOtherMails] = listOrEmpty(u.otherMails)
	return values, from
}

// mail chooses the work e-mail (design, section 4): mail; else the primary proxy
// address; else another mail; the user principal name only where it is allowed, for
// it need not be an address at all.
func (m mapping) mail(u *graphUser) (mail, from string) {
	switch {
	case u.mail != "":
		return u.mail, ""
	case u.proxyMail != "":
		return u.proxyMail, fromProxyAddresses
	case len(u.otherMails) > 0:
		return u.otherMails[0], fromOtherMails
	case m.upnAsMail && u.upn != "":
		return trimGuest(u.upn), fromUPN
	}
	return "", ""
}

// orEmpty is the value of an attribute; nil is the value "empty".
func orEmpty(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func listOrEmpty(texts []string) any {
	if len(texts) == 0 {
		return nil
	}
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}

func trueOrEmpty(is bool) any {
	if !is {
		return nil
	}
	return true
}

func with(values map[string]any, path string, value any) map[string]any {
	if values == nil {
		values = make(map[string]any, 1)
	}
	values[path] = value
	return values
}
