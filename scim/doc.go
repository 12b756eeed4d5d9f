// Package scim is SCIM 2.0 (RFC 7643, RFC 7644, RFC 9865) as a protocol: what a
// client sends becomes plain values for a Backend, what the Backend answers
// becomes what the client may see. It takes every shape that Entra, Okta,
// OneLogin, JumpCloud and Ping send, all at once and without a mode switch,
// because Entra's on-demand runs mix its two dialects within one tenant.
//
// It decides nothing about directories, keeps nothing, and knows neither our
// database nor our merge rule: package push implements Backend over those.
package scim
