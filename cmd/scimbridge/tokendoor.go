package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/scim"
	"scimbridge/store"
)

// newVerifier checks what Entra has signed; roots are certificates to trust for it.
func newVerifier(roots *x509.CertPool) *access.Verifier {
	return &access.Verifier{Now: time.Now, HTTP: &http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: 5 * time.Second,
			ForceAttemptHTTP2:   true,
		},
	}}
}

// scimDoor opens a directory to its tokens, and to those that Entra sends by itself.
type scimDoor struct {
	scim.Opener
	entra *access.EntraTokens
}

func newScimDoor(opener scim.Opener, db *store.Store, verifier *access.Verifier, log *slog.Logger) scim.Opener {
	return scimDoor{opener, &access.EntraTokens{Clients: db, Verifier: verifier, Log: log}}
}

// Open implements scim.Opener.
func (d scimDoor) Open(ctx context.Context, directoryID, bearer string) (*scim.Session, error) {
	session, err := d.Opener.Open(ctx, directoryID, bearer)
	if errors.Is(err, models.ErrUnauthorized) && access.LooksSigned(bearer) {
		if err := d.entra.Take(ctx, directoryID, bearer); err != nil {
			return nil, err
		}
		session, err = d.Opener.Open(ctx, directoryID, bearer)
	}
	if err == nil {
		access.NoteAdmitted(ctx)
	}
	return session, err
}
