package graphemu

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// Federation is a federated identity credential: whose tokens the application trusts.
//
// Source: https://learn.microsoft.com/entra/workload-id/workload-identity-federation
type Federation struct{ Issuer, Subject string }

// proves tells whether an assertion of the application itself is signed with one of its
// certificates.
//
// Source: https://learn.microsoft.com/entra/identity-platform/certificate-credentials
func (a App) proves(jwt string) bool {
	if a.Certificates == nil {
		return true
	}
	signed, signature, alg, thumbprint := readSignature(jwt)
	return slices.ContainsFunc(a.Certificates, func(c *x509.Certificate) bool {
		sum := sha256.Sum256(c.Raw)
		return thumbprint == base64.StdEncoding.EncodeToString(sum[:]) && verifies(c, alg, signed, signature)
	})
}

func readSignature(jwt string) (signed string, signature []byte, alg, thumbprint string) {
	at := strings.LastIndexByte(jwt, '.')
	if at < 0 {
		return "", nil, "", ""
	}
	var header struct {
		Alg        string `json:"alg"`
		Thumbprint string `json:"x5t#S256"`
	}
	first, _, _ := strings.Cut(jwt, ".")
	text, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil || json.Unmarshal(text, &header) != nil {
		return "", nil, "", ""
	}
	signature, _ = base64.RawURLEncoding.DecodeString(jwt[at+1:])
	return jwt[:at], signature, header.Alg, header.Thumbprint
}

func verifies(c *x509.Certificate, alg, signed string, signature []byte) bool {
	key, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok {
		return false
	}
	sum := sha256.Sum256([]byte(signed))
	switch alg {
	case "PS256":
		return rsa.VerifyPSS(key, crypto.SHA256, sum[:], signature, nil) == nil
	case "RS256":
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
	}
	return false
}

// trusts tells whether a foreign assertion matches a federated credential.
func (a App) trusts(said assertion) bool {
	if a.Federations == nil {
		return true
	}
	return slices.Contains(a.Federations, Federation{said.Issuer, said.Subject})
}
