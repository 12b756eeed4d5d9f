package models

import (
	"errors"
	"fmt"
)

var (
	// ErrNotFound means that no such record exists in this directory, or that it
	// has been removed.
	ErrNotFound = errors.New("not found")
	// ErrUnauthorized means that the token is missing, unknown, expired, revoked
	// or of another directory. It does not say which.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden means that the token is good, but does not allow this.
	ErrForbidden = errors.New("forbidden")
	// ErrPrecondition means that the record is not at the version that the
	// client named in If-Match (RFC 7644 section 3.14).
	ErrPrecondition = errors.New("the resource has changed since it was read")
)

// ConflictError says that another record already holds a value that must be
// unique, or that a value may not change because both paths know the record by it.
type ConflictError struct {
	Attribute string // "userName", "externalId", "displayName"
	Value     string
	Reason    string // what to do, in a sentence
}

func (e *ConflictError) Error() string {
	if e.Reason != "" {
		return fmt.Sprintf("%s %q: %s", e.Attribute, e.Value, e.Reason)
	}
	return fmt.Sprintf("%s %q is already taken", e.Attribute, e.Value)
}

// InvalidError says that a value cannot be taken as it is.
type InvalidError struct {
	Attribute string
	Reason    string
}

func (e *InvalidError) Error() string { return fmt.Sprintf("%s: %s", e.Attribute, e.Reason) }

// BusyError says that something is under way that must end first.
type BusyError struct {
	Kind string // "sync run"
	ID   string
}

func (e *BusyError) Error() string { return fmt.Sprintf("%s %s is still under way", e.Kind, e.ID) }
