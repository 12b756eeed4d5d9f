package models

import (
	"encoding/json"
	"fmt"
)

// CredentialKind says how an application proves to Entra who it is. "" is a client
// secret.
type CredentialKind string

const (
	SecretCredential          CredentialKind = "clientSecret"
	CertificateCredential     CredentialKind = "certificate"
	FederatedCredential       CredentialKind = "federation"
	ManagedIdentityCredential CredentialKind = "managedIdentity"
)

// Needs tells whether something secret must be stored. Federation and managed identity
// use what the machine is: who may choose them speaks for the server, not for one
// directory.
func (k CredentialKind) Needs() bool {
	return k == "" || k == SecretCredential || k == CertificateCredential
}

// Named is the kind by its name.
func (k CredentialKind) Named() CredentialKind {
	if k == "" {
		return SecretCredential
	}
	return k
}

// Credential is what a kind of credential needs, in clear.
type Credential struct {
	ClientSecret string `json:"clientSecret,omitempty"`
	// Certificate is PEM with the key and the chain, or PKCS#12.
	Certificate []byte `json:"certificate,omitempty"`
	Password    string `json:"password,omitempty"` // of PKCS#12
	// SendChain sends the chain with each sign-in, for applications that trust a
	// certificate's subject name and issuer.
	SendChain bool `json:"sendChain,omitempty"`
}

// Material is what is sealed and stored: the text of a client secret as it is, JSON for
// everything else.
func (c Credential) Material(kind CredentialKind) (string, error) {
	if kind == "" || kind == SecretCredential {
		return c.ClientSecret, nil
	}
	text, err := json.Marshal(c)
	return string(text), err
}

// ReadCredential reads what Material wrote. The error does not repeat it.
func ReadCredential(kind CredentialKind, material string) (Credential, error) {
	if kind == "" || kind == SecretCredential {
		return Credential{ClientSecret: material}, nil
	}
	var c Credential
	if material == "" && !kind.Needs() {
		return c, nil
	}
	if err := json.Unmarshal([]byte(material), &c); err != nil {
		return Credential{}, fmt.Errorf("the stored credential is no %s", kind)
	}
	return c, nil
}
