package admin

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"scimbridge/models"
)

// entry is what a request says of the credential.
type entry struct {
	kind       models.CredentialKind // "" where it names none
	credential models.Credential
	// certificate is what is known of one that was entered.
	certificate *models.Certificate
	isNew       bool  // something secret was entered
	sendChain   *bool // also of a certificate that stays
}

const (
	maxCertificate = 64 << 10
	maxPassword    = 1000
)

// readEntry reads the credential of a request, and opens its certificate: here and not
// while the directory is locked, since a PFX file may take its time.
func (a *api) readEntry(ctx context.Context, u GraphUpdate) (entry, error) {
	e := entry{kind: models.CredentialKind(value(u.Credential, "")), sendChain: u.SendChain}
	if e.kind == "" {
		switch {
		case u.Certificate != nil:
			e.kind = models.CertificateCredential
		case u.ClientSecret != nil:
			e.kind = models.SecretCredential
		}
	}
	if err := e.checkMembers(u); err != nil {
		return e, err
	}
	switch {
	case u.ClientSecret != nil:
		e.isNew, e.credential.ClientSecret = true, *u.ClientSecret
		return e, checkSecret(*u.ClientSecret)
	case u.Certificate != nil:
		return a.readCertificate(ctx, e, u)
	case u.Password != nil:
		return e, &models.InvalidError{Attribute: "password", Reason: "opens a certificate; send that along, or leave it out to keep the stored one"}
	}
	return e, nil
}

// checkMembers refuses what the kind of credential does not have.
func (e entry) checkMembers(u GraphUpdate) error {
	if e.kind == "" {
		return nil
	}
	for _, m := range []struct {
		field string
		given bool
		of    models.CredentialKind
	}{
		{"clientSecret", u.ClientSecret != nil, models.SecretCredential},
		{"certificate", u.Certificate != nil, models.CertificateCredential},
		{"password", u.Password != nil, models.CertificateCredential},
		{"sendChain", u.SendChain != nil, models.CertificateCredential},
	} {
		if m.given && e.kind != m.of {
			return &models.InvalidError{Attribute: m.field, Reason: fmt.Sprintf("has no meaning with the credential %s; leave it out, or set credential to %s", e.kind, m.of)}
		}
	}
	return nil
}

func (a *api) readCertificate(ctx context.Context, e entry, u GraphUpdate) (entry, error) {
	text := *u.Certificate
	if len(text) > maxCertificate {
		return e, &models.InvalidError{Attribute: "certificate", Reason: fmt.Sprintf("must have at most %d characters", maxCertificate)}
	}
	e.credential = models.Credential{Certificate: []byte(text), Password: value(u.Password, ""), SendChain: value(u.SendChain, false)}
	if len(e.credential.Password) > maxPassword {
		return e, &models.InvalidError{Attribute: "password", Reason: fmt.Sprintf("must have at most %d characters", maxPassword)}
	}
	if !strings.Contains(text, "-----BEGIN ") {
		var err error
		plain := strings.Join(strings.Fields(text), "")
		if e.credential.Certificate, err = base64.StdEncoding.DecodeString(plain); err != nil || plain == "" {
			return e, &models.InvalidError{Attribute: "certificate", Reason: "must be the text of a PEM file, or a PFX file in base64"}
		}
	}
	known, err := a.Tenants.ReadCertificate(ctx, e.credential)
	e.isNew, e.certificate = true, &known
	return e, err
}

// putCredential puts into the settings what they sign in with: what was entered, or what
// is stored where it would go nowhere new. Whoever may change the host must not have a
// secret sent there that they do not know.
func (a *api) putCredential(settings *models.GraphSettings, stored *models.GraphSettings, e entry, asBridge bool) error {
	settings.Credential = cmp.Or(e.kind, models.SecretCredential)
	if e.kind == "" && stored != nil {
		settings.Credential = stored.Credential.Named()
	}
	if settings.ClientID == "" && settings.Credential != models.ManagedIdentityCredential {
		return badClientID()
	}
	if e.isNew {
		return a.sealEntry(settings, e)
	}
	kept := stored != nil && stored.Credential.Named() == settings.Credential && stored.SameWay(*settings)
	if !settings.Credential.Needs() {
		if !kept && !asBridge {
			return problem{kind: forbidden, field: "credential", detail: fmt.Sprintf("Only the operator of the bridge may set the credential %s, because it signs in as the machine that the bridge runs on. Choose a client secret or a certificate of your own application.", settings.Credential)}
		}
		return nil
	}
	if !kept {
		return missingCredential(*settings, stored)
	}
	settings.SealedSecret, settings.Certificate = stored.SealedSecret, stored.Certificate
	settings.CredentialEndsAt, settings.WarnedAt = stored.CredentialEndsAt, stored.WarnedAt
	return a.changeChain(settings, e.sendChain)
}

func (a *api) sealEntry(settings *models.GraphSettings, e entry) error {
	material, err := e.credential.Material(settings.Credential)
	if err != nil {
		return err
	}
	if e.certificate != nil {
		settings.Certificate, settings.CredentialEndsAt = e.certificate, e.certificate.EndsAt
	}
	settings.SealedSecret, err = a.Sealer.Seal([]byte(material), settings.SealContext())
	return err
}

// missingCredential says why what is stored does not do.
func missingCredential(settings models.GraphSettings, stored *models.GraphSettings) error {
	field := "clientSecret"
	if settings.Credential == models.CertificateCredential {
		field = "certificate"
	}
	if stored == nil || stored.Credential.Named() != settings.Credential {
		return &models.InvalidError{Attribute: field, Reason: "is missing, and none is stored yet"}
	}
	return &models.InvalidError{Attribute: field, Reason: "is missing; enter it again, since tenant, application or hosts change"}
}

// changeChain changes whether a stored certificate is sent with its chain.
func (a *api) changeChain(settings *models.GraphSettings, send *bool) error {
	if send == nil {
		return nil
	}
	if settings.Certificate == nil {
		return &models.InvalidError{Attribute: "sendChain", Reason: "has no meaning without a certificate; leave it out"}
	}
	if settings.Certificate.SendChain == *send {
		return nil
	}
	material, err := a.material(*settings)
	if err != nil {
		return problem{kind: graphRefused, field: "certificate", detail: "The stored certificate does not open: " + err.Error()}
	}
	credential, err := models.ReadCredential(settings.Credential, material.Reveal())
	if err != nil {
		return err
	}
	known := *settings.Certificate
	credential.SendChain, known.SendChain = *send, *send
	return a.sealEntry(settings, entry{credential: credential, certificate: &known})
}
