package graph

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"golang.org/x/crypto/pkcs12"

	"scimbridge/models"
)

// keyPair is a certificate that signs in, with its key and the chain that came along.
type keyPair struct {
	chain []*x509.Certificate
	leaf  *x509.Certificate
	key   *rsa.PrivateKey
}

// pairFault is what is wrong with a certificate that somebody has entered.
type pairFault struct{ field, message, hint string }

// readingTime is how long a certificate may take to open. Who makes a PFX file chooses
// how much work that is.
const readingTime = 10 * time.Second

// ReadCertificate reads a certificate as a sign-in will, for an admin who enters it, and
// answers what may be shown of it. A *models.InvalidError names what is at fault:
// "certificate" or "password". One is read at a time, so that hostile files keep no more
// than one processor busy.
func (d *Dialer) ReadCertificate(ctx context.Context, c models.Credential) (models.Certificate, error) {
	return readInTime(ctx, readingTime, func() (models.Certificate, error) {
		d.reading.Lock()
		defer d.reading.Unlock()
		return showCertificate(c, d.now()())
	})
}

func readInTime(ctx context.Context, limit time.Duration, read func() (models.Certificate, error)) (models.Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	type answer struct {
		models.Certificate
		error
	}
	answered := make(chan answer, 1)
	go func() {
		certificate, err := read()
		answered <- answer{certificate, err}
	}()
	select {
	case a := <-answered:
		return a.Certificate, a.error
	case <-ctx.Done():
		return models.Certificate{}, &models.InvalidError{Attribute: "certificate",
			Reason: "takes too long to open; export it anew with fewer iterations, or enter a PEM file"}
	}
}

func showCertificate(c models.Credential, now time.Time) (models.Certificate, error) {
	pair, fault := readKeyPair(c, now)
	if fault != nil {
		return models.Certificate{}, &models.InvalidError{Attribute: fault.field, Reason: fault.message + ". " + strings.TrimSuffix(fault.hint, ".")}
	}
	sum := sha1.Sum(pair.leaf.Raw) // not for its strength: it is the name under which Entra lists it
	return models.Certificate{
		Thumbprint: strings.ToUpper(hex.EncodeToString(sum[:])), Subject: pair.leaf.Subject.String(),
		EndsAt: models.At(pair.leaf.NotAfter), SendChain: c.SendChain,
	}, nil
}

func readKeyPair(c models.Credential, now time.Time) (keyPair, *pairFault) {
	if len(c.Certificate) == 0 {
		return keyPair{}, &pairFault{"certificate", "the certificate is missing", "Enter a PEM file with the certificate and its private key, or a PFX file."}
	}
	// azidentity reads the older encryption of PKCS#12 only.
	chain, key, err := azidentity.ParseCertificates(c.Certificate, []byte(c.Password))
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return keyPair{}, &pairFault{"password", "the password does not open the certificate", "Enter the password with which the PFX file was exported."}
	case err != nil:
		return keyPair{}, &pairFault{"certificate", "the certificate and its private key cannot be read",
			"A PFX file of a newer kind, or a PEM file with an encrypted key, is converted with: openssl pkcs12 -in file.pfx -out file.pem -nodes; enter file.pem without a password."}
	}
	leaf := leafOf(chain, key)
	if leaf == nil {
		return keyPair{}, &pairFault{"certificate", "the private key does not belong to the certificate", "Enter the certificate and the key that was made for it."}
	}
	private, isRSA := key.(*rsa.PrivateKey)
	if !isRSA {
		return keyPair{}, &pairFault{"certificate", "the certificate has no RSA key", "Entra takes RSA keys alone: make a certificate with one."}
	}
	if now.After(leaf.NotAfter) {
		return keyPair{}, &pairFault{"certificate", "the certificate ended on " + leaf.NotAfter.UTC().Format(time.DateOnly),
			"Make a new one, upload its public part under Certificates & secrets of the app registration, and enter it here."}
	}
	return keyPair{chain, leaf, private}, nil
}

// leafOf finds the certificate of a key among those of its chain.
func leafOf(chain []*x509.Certificate, key crypto.PrivateKey) *x509.Certificate {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil
	}
	for _, c := range chain {
		public, ok := c.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
		if ok && public.Equal(signer.Public()) {
			return c
		}
	}
	return nil
}
