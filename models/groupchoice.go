package models

// GroupChoice is a group of the tenant that an admin may choose for a scope.
type GroupChoice struct {
	ObjectID    string
	DisplayName string
	Description string
	Mail        string
	Kind        string // "security", "microsoft365", "mail-enabled-security", "distribution"; "" if it is none
	Dynamic     bool
	Members     int // direct ones, -1 if not known
}
