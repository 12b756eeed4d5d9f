// Package access says who may do what: the text and hash of SCIM tokens, the sign-in
// of admins, and the rights that a signed-in admin has.
//
// It stores nothing: who needs a token looked up hands its hash to package store. A
// token's text exists in the answer that issues it and in the requests that carry it,
// nowhere else.
package access
