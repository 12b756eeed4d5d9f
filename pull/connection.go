package pull

import (
	"context"

	"scimbridge/models"
)

// Connection is what opens a directory's tenant: its settings with the secret in
// clear, kept in memory for no longer than the run.
type Connection struct {
	Settings models.GraphSettings
	// ClientSecret stands for Credential where the settings name no other kind.
	ClientSecret string
	// Credential is what models.ReadCredential makes of the opened SealedSecret.
	Credential models.Credential
	Allow      Allowance
	// Attributes are what the directory stores of users and groups.
	Attributes models.Selection
}

// Allowance is what the directory allows beyond the default mapping.
type Allowance struct {
	// UPNAsMail takes the user principal name for the work e-mail where there is
	// neither mail, nor a primary proxy address, nor another mail.
	UPNAsMail bool
}

// Dialer opens sources. Package graph implements it.
type Dialer interface {
	Dial(c Connection) (Source, error)
	// Test checks a connection step by step, for an admin who sets it up.
	Test(ctx context.Context, c Connection) []Check
}

// Picker searches the groups of a tenant for an admin who chooses a scope. Package
// graph's Dialer implements it.
type Picker interface {
	// FindGroups returns groups whose name or mail has a word that begins with search,
	// all for "", or the one with that object id; from cursor on, where that is not "".
	// next is the cursor of what follows, "" at the end.
	FindGroups(ctx context.Context, c Connection, search, cursor string) (found []models.GroupChoice, next string, err error)
}

// Check is one step of a connection test.
type Check = models.Check
