package graph

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"syscall"
)

// connectionFault explains why no answer came from a host. It never repeats a URL:
// the tokens of a link are in it.
func connectionFault(ctx context.Context, host string, err error) *fault {
	var sent *url.Error
	if errors.As(err, &sent) {
		err = sent.Err
	}
	if f := certificateFault(host, err); f != nil {
		return f
	}
	var name *net.DNSError
	var assertion *assertionError
	switch {
	case errors.As(err, &assertion):
		return &fault{nature: lasting, code: codeSignIn, err: err,
			message: "this server's own token for signing in cannot be read",
			hint:    "The operator of the server checks the file of the federated token, and that it may be read."}
	case ctx.Err() != nil || isTimeout(err):
		return &fault{nature: passing, code: codeTimeout, err: err,
			message: host + " did not answer in time",
			hint:    "Check that a firewall lets this server reach " + host + " on https."}
	case errors.As(err, &name):
		return &fault{nature: passing, code: codeUnreachable, err: err,
			message: "the name " + name.Name + " cannot be resolved",
			hint:    "Check the host name in the Graph settings, and this server's DNS."}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &fault{nature: passing, code: codeUnreachable, err: err,
			message: host + " refuses connections",
			hint:    "Check host and port in the Graph settings, and that a firewall or proxy lets this server out."}
	case errors.Is(err, errNoToken):
		return &fault{nature: lasting, code: codeSignIn, err: err, message: err.Error(),
			hint: "Check the cloud and the hosts in the Graph settings."}
	}
	return &fault{nature: passing, code: codeUnreachable, err: err,
		message: "the connection to " + host + " broke off",
		hint:    "Usually this passes. If it stays, look for a proxy or firewall that cuts connections to " + host + "."}
}

const trustHint = "If a proxy inspects TLS, or the host has a certificate of its own authority, add that authority's certificate to the system's roots or name its file in SSL_CERT_FILE. If not, somebody may be reading along."

func certificateFault(host string, err error) *fault {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	f := &fault{nature: lasting, code: codeCertificate, hint: trustHint, err: err}
	switch {
	case errors.As(err, &unknown):
		f.message = "the certificate of " + host + " is signed by an authority that this server does not trust"
	case errors.As(err, &name):
		f.message = "the certificate of " + host + " was issued for another name"
		f.hint = "Check the host name in the Graph settings. " + trustHint
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.message = "the certificate of " + host + " has expired or is not valid yet"
		f.hint = "Check this server's clock, then the host's certificate."
	case errors.As(err, &invalid), errors.As(err, &verification):
		f.message = "the certificate of " + host + " is not valid"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		f.code, f.message = codeNoTLS, host+" does not speak TLS"
		f.hint = "Check the port in the Graph settings; plain http is not supported, since it would show the token."
	default:
		return nil
	}
	return f
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// hostOf is for messages.
func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return origin
	}
	return u.Host
}
