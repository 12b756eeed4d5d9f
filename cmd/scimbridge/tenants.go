package main

import (
	"context"
	"errors"

	"scimbridge/admin"
	"scimbridge/internal/seal"
	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graph"
)

// tenants asks Microsoft Graph for the admin API.
type tenants struct{ dialer *graph.Dialer }

var _ admin.Tenants = tenants{}

func connectionOf(d models.Directory, settings models.GraphSettings, material seal.Secret) (pull.Connection, error) {
	credential, err := models.ReadCredential(settings.Credential, material.Reveal())
	return pull.Connection{
		Settings:     settings,
		ClientSecret: credential.ClientSecret,
		Credential:   credential,
		Allow:        pull.Allowance{UPNAsMail: d.Settings.UPNAsMail},
	}, err
}

// TestGraph implements admin.Tenants.
func (t tenants) TestGraph(ctx context.Context, d models.Directory, settings models.GraphSettings, material seal.Secret) []models.Check {
	connection, err := connectionOf(d, settings, material)
	if err != nil {
		return []models.Check{{Name: "secret", Detail: err.Error() + "; enter it again"}}
	}
	return t.dialer.Test(ctx, connection)
}

// FindGroups implements admin.Tenants.
func (t tenants) FindGroups(ctx context.Context, d models.Directory, settings models.GraphSettings, material seal.Secret, search, cursor string) ([]models.GroupChoice, string, error) {
	connection, err := connectionOf(d, settings, material)
	if err != nil {
		return nil, "", &admin.GraphRefusal{Code: "secret", Message: err.Error(), Hint: "Enter it again."}
	}
	found, next, err := t.dialer.FindGroups(ctx, connection, search, cursor)
	var known *pull.SourceError
	if errors.As(err, &known) {
		err = &admin.GraphRefusal{Code: known.Code, Message: known.Message, Hint: known.Hint}
	}
	return found, next, err
}

// ReadCertificate implements admin.Tenants.
func (t tenants) ReadCertificate(ctx context.Context, c models.Credential) (models.Certificate, error) {
	return t.dialer.ReadCertificate(ctx, c)
}
