package graph

import (
	"slices"
	"strings"

	"scimbridge/models"
	"scimbridge/pull/graphemu"
)

// truth is what the emulator knows, mapped by a reading of the fact sheets that does
// not share a line with the package's.
func truth(tenant *graphemu.Tenant) *company {
	c := newCompany()
	for _, u := range tenant.Users() {
		c.Users[u.ID] = trueUser(u)
	}
	for _, g := range tenant.Groups() {
		c.Groups[g.ID] = trueGroup(g)
	}
	for _, e := range tenant.Edges() {
		kind := map[graphemu.ObjectType]models.MemberKind{graphemu.TypeUser: "user", graphemu.TypeGroup: "group"}[e.MemberType]
		c.Members[edge{e.GroupID, e.MemberID, kind}] = true
	}
	return c
}

func trueUser(u graphemu.User) models.SourceUser {
	upn := u.UserPrincipalName
	if name, _, isGuest := strings.Cut(upn, "#EXT#"); isGuest {
		i := strings.LastIndex(name, "_")
		upn = name[:i] + "@" + name[i+1:]
	}
	mail, from := u.Mail, ""
	if i := slices.IndexFunc(u.ProxyAddresses, func(a string) bool { return strings.HasPrefix(a, "SMTP:") }); mail == "" && i >= 0 {
		mail, from = u.ProxyAddresses[i][5:], "proxyAddresses"
	}
	if mail == "" && len(u.OtherMails) > 0 {
		mail, from = u.OtherMails[0], "otherMails"
	}
	phone := ""
	if len(u.BusinessPhones) > 0 {
		phone = u.BusinessPhones[0]
	}
	const ent, own = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:", "urn:scimbridge:params:scim:schemas:extension:entra:2.0:User:"
	values := map[string]any{}
	for path, text := range map[string]string{
		"userName": upn, "displayName": u.DisplayName, "title": u.JobTitle, "userType": u.UserType,
		"name.givenName": u.GivenName, "name.familyName": u.Surname, "name.formatted": strings.TrimSpace(u.GivenName + " " + u.Surname),
		"preferredLanguage": u.PreferredLanguage, `emails[type eq "work"].value`: mail,
		`addresses[type eq "work"].formatted`: u.OfficeLocation, `addresses[type eq "work"].streetAddress`: u.StreetAddress,
		`addresses[type eq "work"].locality`: u.City, `addresses[type eq "work"].region`: u.State,
		`addresses[type eq "work"].postalCode`: u.PostalCode, `addresses[type eq "work"].country`: u.Country,
		`phoneNumbers[type eq "work"].value`: phone, `phoneNumbers[type eq "mobile"].value`: u.MobilePhone,
		`phoneNumbers[type eq "fax"].value`: u.FaxNumber,
		ent + "employeeNumber":              u.EmployeeID, ent + "department": u.Department, ent + "organization": u.CompanyName,
		ent + "manager.value": u.ManagerID, own + "mailNickname": u.MailNickname, own + "usageLocation": u.UsageLocation,
	} {
		values[path] = nil
		if text != "" {
			values[path] = text
		}
	}
	values[own+"otherMails"] = nil
	if len(u.OtherMails) > 0 {
		var others []any
		for _, other := range u.OtherMails {
			others = append(others, other)
		}
		values[own+"otherMails"] = others
	}
	values[`emails[type eq "work"].primary`] = nil
	if mail != "" {
		values[`emails[type eq "work"].primary`] = true
	}
	return models.SourceUser{ObjectID: u.ID, Existence: models.Exists, Enabled: &u.AccountEnabled, UserName: upn, Values: values, MailFrom: from, Guest: u.UserType == "Guest"}
}

func trueGroup(g graphemu.Group) map[string]any {
	const own = "urn:scimbridge:params:scim:schemas:extension:entra:2.0:Group:"
	values := map[string]any{"displayName": g.DisplayName, own + "dynamic": slices.Contains(g.GroupTypes, "DynamicMembership")}
	kind := "security"
	switch {
	case g.Unified():
		kind = "microsoft365"
	case g.MailEnabled && g.SecurityEnabled:
		kind = "mail-enabled-security"
	case g.MailEnabled:
		kind = "distribution"
	}
	for path, text := range map[string]string{"description": g.Description, "mail": g.Mail, "kind": kind} {
		values[own+path] = nil
		if text != "" {
			values[own+path] = text
		}
	}
	return values
}
