// Package admin is the admin REST API of the bridge, all of /api/v1. Its source is
// openapi.yaml; routes, types and the client in admin/client are generated from it.
//
// A handler checks what it was asked, calls the store, the sealer or one of the small
// interfaces that cmd fills (Runs, Tenants), and answers. It performs no pull
// (package pull), decides nothing about records (package reconcile), and knows no
// token's text but the one that it has just issued (package access).
package admin

//go:generate go tool -modfile=../tools/go.mod oapi-codegen -config codegen.yaml openapi.yaml
//go:generate go tool -modfile=../tools/go.mod oapi-codegen -config client/codegen.yaml openapi.yaml
