package graph

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"scimbridge/models"
	"scimbridge/pull"
)

// Assertion returns a token by which the server proves who it is to Entra, for an
// application that trusts its issuer (workload identity federation).
type Assertion func(ctx context.Context) (string, error)

// prover makes proofs for one tenant.
type prover struct {
	at        tenant
	transport policy.Transporter
	assertion Assertion
	now       time.Time
}

func (p prover) options() azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: p.at.authority},
		Transport: p.transport,
		// Sign-in is tried again where Graph's own calls are (ask.go), with the same
		// clock and the same patience.
		Retry: policy.RetryOptions{MaxRetries: -1},
	}
}

// prove chooses the way that the settings name (section 5.4). There is no chain of
// several: its order would hide mistakes.
func (p prover) prove(kind models.CredentialKind, c models.Credential) (proof, error) {
	switch kind {
	case "", models.SecretCredential:
		return p.secret(c.ClientSecret)
	case models.CertificateCredential:
		return p.certificate(c)
	case models.FederatedCredential:
		return p.federation()
	case models.ManagedIdentityCredential:
		return p.managedIdentity(), nil
	}
	return proof{}, settingsError("the kind of credential is not known", "Choose a client secret, a certificate, federation or a managed identity.")
}

// A host of one's own is unknown to Microsoft's list of authorities, and asking for
// that list needs the Internet: hence DisableInstanceDiscovery (section 6.8).

func (p prover) secret(text string) (proof, error) {
	if text == "" {
		return proof{}, settingsError("the client secret is missing",
			"Create one under Certificates & secrets of the app registration and enter its Value.")
	}
	options := &azidentity.ClientSecretCredentialOptions{ClientOptions: p.options(), DisableInstanceDiscovery: p.at.isCustom}
	return proof{
		make: func() (azcore.TokenCredential, error) {
			return azidentity.NewClientSecretCredential(p.at.id, p.at.clientID, text, options)
		},
		hint: text[:min(len(text), 3)],
		refusal: settingsError("the tenant id, client id or client secret cannot be used to sign in",
			"Enter all three again, as the Entra admin center shows them."),
	}, nil
}

func (p prover) certificate(c models.Credential) (proof, error) {
	pair, fault := readKeyPair(c, p.now)
	if fault != nil {
		return proof{}, settingsError(fault.message, fault.hint)
	}
	options := &azidentity.ClientCertificateCredentialOptions{ClientOptions: p.options(),
		DisableInstanceDiscovery: p.at.isCustom, SendCertificateChain: c.SendChain}
	return proof{
		make: func() (azcore.TokenCredential, error) {
			return azidentity.NewClientCertificateCredential(p.at.id, p.at.clientID, pair.chain, pair.key, options)
		},
		ends:    pair.leaf.NotAfter,
		refusal: settingsError("the certificate cannot be used to sign in", "It must have an RSA key. Enter it again."),
	}, nil
}

func (p prover) federation() (proof, error) {
	if p.assertion == nil {
		return proof{}, settingsError("this server has no token of its own to sign in with",
			"The operator of the server sets up workload identity federation; or choose a client secret or a certificate.")
	}
	options := &azidentity.ClientAssertionCredentialOptions{ClientOptions: p.options(), DisableInstanceDiscovery: p.at.isCustom}
	return proof{
		make: func() (azcore.TokenCredential, error) {
			return azidentity.NewClientAssertionCredential(p.at.id, p.at.clientID, p.assert, options)
		},
		refusal: settingsError("the tenant id or client id cannot be used to sign in", "Enter both again, as the Entra admin center shows them."),
	}, nil
}

// assert hands the assertion on, and a fault where there is none: the text of another
// error would be lost on its way through azidentity.
func (p prover) assert(ctx context.Context) (string, error) {
	text, err := p.assertion(ctx)
	if err != nil {
		attemptOf(ctx).signIn = &assertionError{err}
	}
	return text, err
}

type assertionError struct{ err error }

func (e *assertionError) Error() string { return "no token of the server's own: " + e.err.Error() }
func (e *assertionError) Unwrap() error { return e.err }

// managedIdentity asks the machine, where it runs in Azure or Arc: for its own identity,
// or the one whose client id the settings name.
func (p prover) managedIdentity() proof {
	options := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: p.options()}
	if p.at.clientID != "" {
		options.ID = azidentity.ClientID(p.at.clientID)
	}
	return proof{
		make:    func() (azcore.TokenCredential, error) { return azidentity.NewManagedIdentityCredential(options) },
		refusal: settingsError("the managed identity of this machine cannot be used", "Look at how the identity is set up in Azure, or choose another kind of credential."),
	}
}

// credentialOf is what a connection brings.
func credentialOf(c pull.Connection) models.Credential {
	if c.Credential.ClientSecret == "" && len(c.Credential.Certificate) == 0 {
		return models.Credential{ClientSecret: c.ClientSecret}
	}
	return c.Credential
}
