package graph

import (
	"errors"
	"strings"

	"scimbridge/models"
)

var errNoID = errors.New("an object without id")

// graphUser is one entry of a users page, or a user read by id. An empty text is
// null, absent or "": delta answers whole objects, so all three mean "unset"
// (section 2.3).
type graphUser struct {
	id      string
	removed removal
	// whole is false where only the id and a navigation property came: such an entry
	// says nothing of the attributes.
	whole      bool
	manager    managerWord
	isEnabled  *bool
	upn        string
	mail       string
	proxyMail  string // the primary one, "SMTP:" in capitals
	otherMails []string
	display    string
	given      string
	surname    string
	title      string
	department string
	company    string
	office     string
	phone      string // the first of businessPhones
	mobile     string
	fax        string
	street     string
	city       string
	state      string
	postalCode string
	country    string
	employeeID string
	language   string
	usage      string
	userType   string
	nickname   string
}

// managerWord is what an answer says of a user's manager.
type managerWord struct {
	said bool
	id   string // "" for none
}

func scanUser(s *scanner) (graphUser, error) {
	var u graphUser
	err := s.object(func(name []byte) error { return u.scan(s, name) })
	if err == nil && u.id == "" {
		err = errNoID
	}
	return u, err
}

// scan reads the member called name.
func (u *graphUser) scan(s *scanner, name []byte) (err error) {
	if field := u.textField(name); field != nil {
		*field, err = s.text()
		return err
	}
	switch string(name) {
	case "id":
		u.id, err = s.objectID()
	case "userPrincipalName":
		u.whole = true
		u.upn, err = s.text()
	case "displayName":
		u.whole = true
		u.display, err = s.text()
	case "accountEnabled":
		u.isEnabled, err = s.flag()
	case "businessPhones":
		u.phone, err = s.first("")
	case "otherMails":
		u.otherMails, err = s.texts()
	case "proxyAddresses":
		u.proxyMail, err = s.first("SMTP:")
	case "manager@delta":
		u.manager, err = s.managerDelta()
	case "manager":
		u.manager, err = s.manager()
	case "@removed":
		u.removed, err = s.removed()
	default:
		err = s.skip()
	}
	return err
}

func (u *graphUser) textField(name []byte) *string {
	switch string(name) {
	case "mail":
		return &u.mail
	case "givenName":
		return &u.given
	case "surname":
		return &u.surname
	case "jobTitle":
		return &u.title
	case "department":
		return &u.department
	case "companyName":
		return &u.company
	case "officeLocation":
		return &u.office
	case "mobilePhone":
		return &u.mobile
	case "faxNumber":
		return &u.fax
	case "streetAddress":
		return &u.street
	case "city":
		return &u.city
	case "state":
		return &u.state
	case "postalCode":
		return &u.postalCode
	case "country":
		return &u.country
	case "employeeId":
		return &u.employeeID
	case "preferredLanguage":
		return &u.language
	case "usageLocation":
		return &u.usage
	case "userType":
		return &u.userType
	case "mailNickname":
		return &u.nickname
	}
	return nil
}

// first reads an array of strings and returns the first with the prefix, less it.
func (s *scanner) first(prefix string) (found string, err error) {
	err = s.array(func() error {
		text, err := s.bytes()
		if found == "" && len(text) > len(prefix) && string(text[:len(prefix)]) == prefix {
			found = storable(text[len(prefix):])
		}
		return err
	})
	return found, err
}

// texts reads an array of strings, less the empty ones.
func (s *scanner) texts() (all []string, err error) {
	err = s.array(func() error {
		text, err := s.text()
		if text != "" {
			all = append(all, text)
		}
		return err
	})
	return all, err
}

// managerDelta reads manager@delta. A replacement may tell of the old manager's
// removal too, in either order (section 9): what was not removed counts.
func (s *scanner) managerDelta() (managerWord, error) {
	var word managerWord
	err := s.array(func() error {
		entry, err := s.reference()
		word.said = true
		if !entry.removed {
			word.id = entry.id
		}
		return err
	})
	return word, err
}

// manager reads what $expand=manager brings.
func (s *scanner) manager() (managerWord, error) {
	entry, err := s.reference()
	return managerWord{said: true, id: entry.id}, err
}

// existence of a user that a page tells of.
func (u *graphUser) existence() models.Existence {
	switch u.removed {
	case removedChanged:
		return models.SoftDeleted
	case removedDeleted:
		return models.Gone
	}
	return models.Exists
}

// trimGuest gives a guest's user principal name as Entra's provisioning sends it:
// name_partner.example#EXT#@contoso.example becomes name@partner.example. A domain
// has no underscore, so the last one was the @ of the invited address.
func trimGuest(upn string) string {
	if strings.IndexByte(upn, '#') < 0 {
		return upn // most of them, and cheap to tell
	}
	at := strings.Index(strings.ToUpper(upn), "#EXT#")
	if at < 0 {
		return upn
	}
	invited := upn[:at]
	underscore := strings.LastIndexByte(invited, '_')
	if underscore < 0 {
		return invited
	}
	return invited[:underscore] + "@" + invited[underscore+1:]
}
