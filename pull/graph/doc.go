// Package graph reads a tenant through Microsoft Graph v1.0: it is the pull.Source
// and pull.Dialer of the real world.
//
// URLs, sign-in and the continuous access evaluation come from the SDK: the typed
// builders of its users, groups, directory and organization packages over a kiota
// adapter of our own making, and azidentity for tokens. Three things are ours,
// because the SDK's own were measured and found wanting (microsoft-graph.md,
// sections 6.4 and 6.9):
//
//   - the retries (ask.go, gate.go, fault.go): the SDK gives up after three tries,
//     does not wait for a fractional Retry-After, leaks a connection per retry, and
//     cannot see that a body was cut off while it was read;
//   - the decoding (scanner.go, page.go, user.go, group.go): a native response
//     handler takes the body, and a page becomes source records without the SDK's
//     models, which cost 22 KiB a user;
//   - the errors (signin.go, odata.go, remedy.go): every failure becomes a
//     *pull.SourceError that names Microsoft's code, says what it means and what
//     to do, and carries no secret, no token and no body.
//
// Besides rounds it reads whole records by id (presence.go, groupreading.go), scopes of
// groups without the tenant around them (scope.go, scopedusers.go, latest.go), groups by
// name (picker.go), and what there is to expect (totals.go, expiry.go). Lookups go out in
// batches of 20, several at once, behind one gate for each application in a tenant.
//
// The package decides nothing about a directory: it says what Graph says, and never
// takes a half answer, or an answer about something else, for an empty one.
//
// Section numbers in comments are those of microsoft-graph.md unless another page
// is named.
package graph
