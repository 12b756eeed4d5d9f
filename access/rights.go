package access

import "context"

// Rights are what a signed-in admin may do. The zero value may do nothing.
type Rights struct {
	// Operator is who runs the bridge: may do everything.
	Operator bool
}

// ReadsDirectory tells whether anything of a directory may be seen.
func (r Rights) ReadsDirectory(string) bool { return r.Operator }

// WritesDirectory tells whether anything of a directory may be changed.
func (r Rights) WritesDirectory(string) bool { return r.Operator }

// CreatesDirectories tells whether directories may be created, and all of them listed.
func (r Rights) CreatesDirectories() bool { return r.Operator }

// ChoosesHosts tells whether a directory may be given hosts of Graph and of sign-in
// that are not Microsoft's: whoever may do that has our client secret sent there.
func (r Rights) ChoosesHosts() bool { return r.Operator }

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
