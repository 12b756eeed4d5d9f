package models

// Finding is something about two records that only an admin can tell.
type Finding struct {
	Kind     FindingKind
	ID       string // the newer person; of one person, the record that push brought
	OtherID  string // the person of before; of one person, the record that the pull brought
	Matching string // what is equal: "employeeNumber", "mail" or "userName"

	UserName      string
	OtherUserName string
	// OtherObjectID is what push has to say as externalId, for two records of one person.
	OtherObjectID Optional
}

// FindingKind sorts findings.
type FindingKind string

const (
	// OnePerson is a person whom push and pull have brought as two records, since no key
	// ties them.
	OnePerson FindingKind = "one-person"
	// PossibleRehire is a new Entra object with the employee number of somebody who is
	// removed, soft-deleted or deactivated.
	PossibleRehire FindingKind = "possible-rehire"
)
