package graphemu

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// person invents the person at a place of the company. Most are ordinary; every
// odd case that real tenants have comes early and again.
func (f *founder) person(at int) *User {
	home := pick(f.random, homelands)
	if at == 0 {
		home = homelands[0]
	}
	u := &User{
		ID: newID(f.random), AccountEnabled: true, UserType: "Member",
		GivenName: pick(f.random, home.given), Surname: pick(f.random, home.family),
		CreatedDateTime: f.founded.AddDate(0, 0, -f.random.IntN(3000)).Truncate(time.Second),
	}
	u.DisplayName = home.full(u.GivenName, u.Surname)
	f.giveAddress(u, home, at)
	f.giveJob(u, home, at)
	f.makeOdd(u, at)
	return u
}

// giveAddress sets the names that must be unique.
func (f *founder) giveAddress(u *User, home homeland, at int) {
	nickname := home.latin(u.GivenName, u.Surname)
	if nickname == "" {
		nickname = fmt.Sprintf("%s.%d", home.language, at)
	}
	f.names[nickname]++
	if n := f.names[nickname]; n > 1 {
		nickname = fmt.Sprintf("%s%d", nickname, n)
	}
	u.MailNickname = nickname
	u.UserPrincipalName = nickname + "@" + f.tenant.Domain
	u.Mail = u.UserPrincipalName
	u.ProxyAddresses = []string{"SMTP:" + u.Mail}
}

func (f *founder) giveJob(u *User, home homeland, at int) {
	office := home.office
	u.Department = pick(f.random, departments)
	u.JobTitle = pick(f.random, jobTitles)
	u.CompanyName = "Contoso"
	u.EmployeeID = fmt.Sprintf("E%06d", at+1)
	u.EmployeeType = pick(f.random, employeeTypes)
	u.EmployeeHireDate = u.CreatedDateTime.Truncate(24 * time.Hour)
	u.OfficeLocation = office.building
	u.BusinessPhones = []string{fmt.Sprintf("%s %07d", office.dial, 5550000+at%10000)}
	u.StreetAddress, u.City, u.State = office.street, office.city, office.state
	u.PostalCode, u.Country, u.UsageLocation = office.postalCode, office.country, office.countryCode
	u.PreferredLanguage = home.language
	if f.chance(40) {
		u.MobilePhone = fmt.Sprintf("%s 555 %06d", office.dial, at)
	}
	if f.chance(30) {
		u.EmployeeOrgData = orgData[f.random.IntN(len(orgData))]
	}
}

// An oddity is something that one person in so many has.
type oddity struct {
	one  int // in how many
	from int // the first person who has it
	make func(f *founder, u *User, at int)
}

var oddities = []oddity{
	{one: 17, from: 9, make: (*founder).disable},
	{one: 23, from: 11, make: (*founder).invite},
	{one: 29, from: 13, make: (*founder).takeMail},
	{one: 31, from: 14, make: (*founder).takeGivenName},
	{one: 37, from: 15, make: (*founder).shareName},
	{one: 41, from: 16, make: (*founder).forgetType},
	{one: 43, from: 18, make: (*founder).syncFromPremises},
	{one: 47, from: 19, make: (*founder).takeOffice},
	{one: 53, from: 20, make: (*founder).nickname},
	{one: 97, from: 21, make: (*founder).nameAtLength},
}

func (f *founder) makeOdd(u *User, at int) {
	for _, o := range oddities {
		if at >= o.from && (at-o.from)%o.one == 0 {
			o.make(f, u, at)
		}
	}
}

func (f *founder) disable(u *User, _ int) { u.AccountEnabled = false }

// invite makes a guest: the home address goes into the user principal name.
func (f *founder) invite(u *User, at int) {
	u.UserType, u.CreationType = "Guest", "Invitation"
	u.ExternalUserState = []string{"Accepted", "PendingAcceptance"}[at%2]
	u.Mail = u.MailNickname + "@partner.example"
	u.OtherMails = []string{u.Mail}
	u.ProxyAddresses = []string{"SMTP:" + u.Mail}
	u.UserPrincipalName = u.MailNickname + "_partner.example#EXT#@" + f.tenant.Domain
	u.CompanyName, u.EmployeeID, u.EmployeeType = "Partner GmbH", "", ""
}

// takeMail leaves a person without mail: in turn with proxy addresses, with other
// mails, and with no address at all.
func (f *founder) takeMail(u *User, at int) {
	u.Mail = ""
	switch at / 29 % 3 {
	case 0:
		u.ProxyAddresses = []string{"smtp:old." + u.MailNickname + "@" + f.tenant.Domain, "SMTP:" + u.MailNickname + "@mail." + f.tenant.Domain}
	case 1:
		u.ProxyAddresses, u.OtherMails = nil, []string{u.MailNickname + "@home.example"}
	default:
		u.ProxyAddresses, u.OtherMails = nil, nil
	}
}

func (f *founder) takeGivenName(u *User, _ int) {
	u.GivenName = ""
	u.DisplayName = u.Surname
}

func (f *founder) shareName(u *User, _ int) {
	u.DisplayName, u.GivenName, u.Surname = "Alex Müller", "Alex", "Müller"
}

func (f *founder) forgetType(u *User, _ int) { u.UserType = "" }

func (f *founder) syncFromPremises(u *User, at int) {
	synced := at%2 == 0
	u.OnPremisesSyncEnabled = &synced // false: once synced, no more
	u.OnPremisesImmutableID = fmt.Sprintf("ImmutableId%012d==", at)
	u.OnPremisesSamAccountName = u.MailNickname
	u.OnPremisesDomainName = "corp." + f.tenant.Domain
	u.OnPremisesExtensionAttributes = map[string]string{"extensionAttribute1": "badge-" + u.EmployeeID}
}

func (f *founder) takeOffice(u *User, _ int) {
	u.OfficeLocation, u.BusinessPhones, u.MobilePhone, u.StreetAddress = "", nil, "", ""
	u.Department, u.JobTitle = "", ""
}

func (f *founder) nickname(u *User, _ int) {
	u.DisplayName = u.GivenName + ` "Mac" ` + u.Surname
}

// nameAtLength gives the longest display name that Graph takes.
func (f *founder) nameAtLength(u *User, _ int) {
	name := []rune(strings.Repeat(u.DisplayName+" ", 256/len([]rune(u.DisplayName))+1))
	u.DisplayName = string(slices.Clip(name[:256]))
}
