package access

import (
	"context"

	"scimbridge/models"
)

// Rights are what a signed-in admin may do. The zero value may do nothing.
type Rights struct {
	// Operator is who runs the bridge: may do everything, in every directory.
	Operator bool
	// Directory is the one directory of an admin who is not the operator.
	Directory string
	// ReadOnly takes from either the right to change anything.
	ReadOnly bool
	// Actor is who it is, for the audit trail.
	Actor Actor
}

// Actor is who acts.
type Actor struct {
	Kind models.ActorKind
	ID   string // of the token; "" for the token of the configuration
	Name string
}

// SeesAnything tells whether there is anything at all that may be seen.
func (r Rights) SeesAnything() bool { return r.Operator || r.Directory != "" }

// ReadsDirectory tells whether anything of a directory may be seen.
func (r Rights) ReadsDirectory(id string) bool {
	return r.Operator || r.Directory != "" && r.Directory == id
}

// WritesDirectory tells whether anything of a directory may be changed.
func (r Rights) WritesDirectory(id string) bool { return r.ReadsDirectory(id) && !r.ReadOnly }

// ReadsBridge tells whether what belongs to no directory may be seen, such as the admin
// tokens.
func (r Rights) ReadsBridge() bool { return r.Operator }

// CreatesDirectories tells whether directories may be created and erased, and whatever
// else belongs to no single directory be changed.
func (r Rights) CreatesDirectories() bool { return r.Operator && !r.ReadOnly }

// ChoosesHosts tells whether a directory may be given hosts of Graph and of sign-in
// that are not Microsoft's: whoever may do that has our client secret sent there.
func (r Rights) ChoosesHosts() bool { return r.Operator && !r.ReadOnly }

// SignsInAsBridge tells whether a directory may be read with the identity of the machine
// that the bridge runs on, which is the operator's.
func (r Rights) SignsInAsBridge() bool { return r.Operator && !r.ReadOnly }

type key struct{}

// With hands the rights of a request to its handler, and no further: what a handler
// calls gets its decision, not the rights.
func With(ctx context.Context, rights Rights) context.Context {
	return context.WithValue(ctx, key{}, rights)
}

// From reads the rights of a request; without any it answers those that allow nothing.
func From(ctx context.Context) Rights {
	rights, _ := ctx.Value(key{}).(Rights)
	return rights
}
