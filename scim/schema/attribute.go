package schema

import "strings"

// Attribute is one attribute with the characteristics of RFC 7643 section 7. They
// drive coercion, filters, projection and /Schemas alike.
type Attribute struct {
	Name            string // in the schema's own spelling
	Description     string
	Type            Type
	MultiValued     bool
	Required        bool
	CaseExact       bool
	Mutability      Mutability
	Returned        Returned
	Uniqueness      Uniqueness
	CanonicalValues []string
	ReferenceTypes  []string
	SubAttributes   []*Attribute

	subs map[string]*Attribute // by lower-case name
}

// Type is an attribute's data type (RFC 7643 section 2.3).
type Type string

// The data types.
const (
	String    Type = "string"
	Boolean   Type = "boolean"
	Decimal   Type = "decimal"
	Integer   Type = "integer"
	DateTime  Type = "dateTime"
	Binary    Type = "binary"
	Reference Type = "reference"
	Complex   Type = "complex"
)

// Mutability says who may set an attribute, and when.
type Mutability string

// The mutabilities.
const (
	ReadWrite Mutability = "readWrite"
	ReadOnly  Mutability = "readOnly"
	Immutable Mutability = "immutable"
	WriteOnly Mutability = "writeOnly"
)

// Returned says when an attribute is part of an answer.
type Returned string

// The kinds of returned.
const (
	Always    Returned = "always"
	Default   Returned = "default"
	OnRequest Returned = "request"
	Never     Returned = "never"
)

// Uniqueness says how far a value must be unique.
type Uniqueness string

// The kinds of uniqueness.
const (
	NotUnique    Uniqueness = "none"
	ServerUnique Uniqueness = "server"
	GlobalUnique Uniqueness = "global"
)

// Sub finds a sub-attribute by name, in any case.
func (a *Attribute) Sub(name string) (*Attribute, bool) {
	s, ok := a.subs[strings.ToLower(name)]
	return s, ok
}

// ComputedRef is the resource type that the sub-attribute "$ref" points to, or ""
// if the server does not compute it. Such a "$ref" follows from "value": what a
// client sends is not kept, and answers carry the server's own (RFC 7643 section
// 2.4).
func (a *Attribute) ComputedRef() string {
	ref, ok := a.subs["$ref"]
	if !ok || a.subs["value"] == nil {
		return ""
	}
	for _, t := range ref.ReferenceTypes {
		if t == User.Name || t == Group.Name {
			return t
		}
	}
	return ""
}

func (a *Attribute) index() {
	if len(a.SubAttributes) == 0 {
		return
	}
	a.subs = make(map[string]*Attribute, len(a.SubAttributes))
	for _, s := range a.SubAttributes {
		a.subs[strings.ToLower(s.Name)] = s
	}
}
