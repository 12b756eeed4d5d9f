package graphemu

import "time"

// User is a person as Graph knows it. A zero value of a scalar is null, or was
// never set; which of the two shows in delta only.
//
// Source: https://learn.microsoft.com/graph/api/resources/user
type User struct {
	ID                string
	UserPrincipalName string
	AccountEnabled    bool
	DisplayName       string
	GivenName         string
	Surname           string
	Mail              string
	MailNickname      string
	OtherMails        []string
	ProxyAddresses    []string // "SMTP:" marks the primary address
	IMAddresses       []string
	UserType          string // "Member", "Guest", or "" on old objects
	CreationType      string // "Invitation" for guests
	ExternalUserState string
	CreatedDateTime   time.Time
	DeletedDateTime   time.Time

	JobTitle         string
	Department       string
	CompanyName      string
	EmployeeID       string
	EmployeeType     string
	EmployeeHireDate time.Time
	EmployeeOrgData  map[string]string // division, costCenter
	OfficeLocation   string
	BusinessPhones   []string
	MobilePhone      string
	FaxNumber        string

	StreetAddress     string
	City              string
	State             string
	PostalCode        string
	Country           string
	UsageLocation     string
	PreferredLanguage string
	AgeGroup          string

	OnPremisesSyncEnabled         *bool // nil when it never was synced
	OnPremisesImmutableID         string
	OnPremisesSamAccountName      string
	OnPremisesUserPrincipalName   string
	OnPremisesDistinguishedName   string
	OnPremisesDomainName          string
	OnPremisesSecurityIdentifier  string
	OnPremisesLastSyncDateTime    time.Time
	OnPremisesExtensionAttributes map[string]string
	SecurityIdentifier            string

	// ManagerID is the living manager, a user or a contact; "" for none.
	ManagerID string
}

var userSchema = newSchema("User",
	byDefault("id", readOnly[User]{text[User](func(u *User) *string { return &u.ID })}),
	byDefault("businessPhones", texts[User](func(u *User) *[]string { return &u.BusinessPhones })),
	byDefault("displayName", text[User](func(u *User) *string { return &u.DisplayName })),
	byDefault("givenName", text[User](func(u *User) *string { return &u.GivenName })),
	byDefault("jobTitle", text[User](func(u *User) *string { return &u.JobTitle })),
	byDefault("mail", text[User](func(u *User) *string { return &u.Mail })),
	byDefault("mobilePhone", text[User](func(u *User) *string { return &u.MobilePhone })),
	byDefault("officeLocation", text[User](func(u *User) *string { return &u.OfficeLocation })),
	byDefault("preferredLanguage", text[User](func(u *User) *string { return &u.PreferredLanguage })),
	byDefault("surname", text[User](func(u *User) *string { return &u.Surname })),
	byDefault("userPrincipalName", text[User](func(u *User) *string { return &u.UserPrincipalName })),
	onSelect("accountEnabled", flag[User](func(u *User) *bool { return &u.AccountEnabled })),
	onSelect("ageGroup", text[User](func(u *User) *string { return &u.AgeGroup })),
	onSelect("city", text[User](func(u *User) *string { return &u.City })),
	onSelect("companyName", text[User](func(u *User) *string { return &u.CompanyName })),
	onSelect("country", text[User](func(u *User) *string { return &u.Country })),
	onSelect("createdDateTime", instant[User](func(u *User) *time.Time { return &u.CreatedDateTime })),
	onSelect("creationType", text[User](func(u *User) *string { return &u.CreationType })),
	onSelect("deletedDateTime", readOnly[User]{instant[User](func(u *User) *time.Time { return &u.DeletedDateTime })}),
	onSelect("department", text[User](func(u *User) *string { return &u.Department })),
	onSelect("employeeHireDate", instant[User](func(u *User) *time.Time { return &u.EmployeeHireDate })),
	onSelect("employeeId", text[User](func(u *User) *string { return &u.EmployeeID })),
	onSelect("employeeOrgData", record[User](func(u *User) *map[string]string { return &u.EmployeeOrgData })),
	onSelect("employeeType", text[User](func(u *User) *string { return &u.EmployeeType })),
	onSelect("externalUserState", text[User](func(u *User) *string { return &u.ExternalUserState })),
	onSelect("faxNumber", text[User](func(u *User) *string { return &u.FaxNumber })),
	onSelect("imAddresses", texts[User](func(u *User) *[]string { return &u.IMAddresses })),
	onSelect("mailNickname", text[User](func(u *User) *string { return &u.MailNickname })),
	onSelect("onPremisesDistinguishedName", text[User](func(u *User) *string { return &u.OnPremisesDistinguishedName })),
	onSelect("onPremisesDomainName", text[User](func(u *User) *string { return &u.OnPremisesDomainName })),
	onSelect("onPremisesExtensionAttributes", record[User](func(u *User) *map[string]string { return &u.OnPremisesExtensionAttributes })),
	onSelect("onPremisesImmutableId", text[User](func(u *User) *string { return &u.OnPremisesImmutableID })),
	onSelect("onPremisesLastSyncDateTime", instant[User](func(u *User) *time.Time { return &u.OnPremisesLastSyncDateTime })),
	onSelect("onPremisesSamAccountName", text[User](func(u *User) *string { return &u.OnPremisesSamAccountName })),
	onSelect("onPremisesSecurityIdentifier", text[User](func(u *User) *string { return &u.OnPremisesSecurityIdentifier })),
	onSelect("onPremisesSyncEnabled", anyFlag[User](func(u *User) **bool { return &u.OnPremisesSyncEnabled })),
	onSelect("onPremisesUserPrincipalName", text[User](func(u *User) *string { return &u.OnPremisesUserPrincipalName })),
	onSelect("otherMails", texts[User](func(u *User) *[]string { return &u.OtherMails })),
	onSelect("postalCode", text[User](func(u *User) *string { return &u.PostalCode })),
	// Read-only over Graph, yet a test must be able to bring it about.
	onSelect("proxyAddresses", texts[User](func(u *User) *[]string { return &u.ProxyAddresses })),
	onSelect("securityIdentifier", text[User](func(u *User) *string { return &u.SecurityIdentifier })),
	onSelect("state", text[User](func(u *User) *string { return &u.State })),
	onSelect("streetAddress", text[User](func(u *User) *string { return &u.StreetAddress })),
	onSelect("usageLocation", text[User](func(u *User) *string { return &u.UsageLocation })),
	onSelect("userType", text[User](func(u *User) *string { return &u.UserType })),
)

// notInDirectory are user properties that Graph stores elsewhere: a list that
// selects one is answered with 501 NotImplemented.
//
// Source: https://learn.microsoft.com/graph/api/resources/user, the properties
// marked "Returned only on $select" for a single user.
var notInDirectory = map[string]bool{
	"aboutMe": true, "birthday": true, "hireDate": true, "interests": true, "mySite": true,
	"pastProjects": true, "preferredName": true, "responsibilities": true, "schools": true, "skills": true,
}
