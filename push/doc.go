// Package push is the inbound half of the bridge: what Entra, Okta or any other SCIM
// client writes, and what the product reads.
//
// It implements scim.Backend over reconcile and store: a request is one transaction,
// in which the row is locked, push's word recorded, and the record merged and applied.
// It does not decide which path's word stands (reconcile), nor how SCIM looks on the
// wire (scim), nor how a filter becomes SQL (store).
package push
