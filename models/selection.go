package models

import "slices"

// Selection says which of the optional attributes of Graph a pull reads and stores. What
// people and groups are matched by, and what the rule needs, is read always.
type Selection struct {
	Users  Chosen `json:"users"`
	Groups Chosen `json:"groups"`
}

// Chosen are names of attributes; nil is all that there are.
type Chosen []string

// Has tells whether an attribute is chosen.
func (c Chosen) Has(name string) bool { return c == nil || slices.Contains(c, name) }

// The optional attributes, as Graph calls them; kind stands for the three properties by
// which Graph tells kinds of groups apart.
var (
	UserAttributes = []string{
		"displayName", "givenName", "surname", "mail", "otherMails", "jobTitle", "department", "companyName",
		"officeLocation", "businessPhones", "mobilePhone", "faxNumber",
		"streetAddress", "city", "state", "postalCode", "country",
		"employeeId", "preferredLanguage", "usageLocation", "userType", "mailNickname", "manager",
	}
	GroupAttributes = []string{"description", "mail", "kind"}
)

// What is read always, and is neither chosen nor left out.
var (
	NeededUserAttributes  = []string{"id", "userPrincipalName", "accountEnabled"}
	NeededGroupAttributes = []string{"id", "displayName", "members"}
)
