package filter

// Schema tells Bind and Match what attributes are. schema.View and
// *schema.Attribute implement it: the former for whole resources, the latter for
// the entries of a multi-valued attribute.
type Schema interface {
	// Find reports the attribute that path names, in whatever notation.
	Find(path AttributePath) (Characteristics, bool)
}

// Characteristics are what a filter must know of an attribute.
type Characteristics struct {
	Path        AttributePath // in the schema's spelling
	Kind        Kind
	CaseExact   bool
	MultiValued bool
	Hidden      bool   // never returned, so it cannot be asked for either
	Entry       Schema // sub-attributes, for a complex attribute
}

// Kind is how the values of an attribute compare.
type Kind int

// The kinds.
const (
	Text Kind = iota
	Boolean
	Number
	DateTime
	Binary
	Complex
)
