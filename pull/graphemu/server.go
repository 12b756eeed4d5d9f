package graphemu

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Server serves an emulator over TLS.
type Server struct {
	// URL is the origin, authority host and Graph host in one.
	URL string
	// RootsPEM is the certificate that clients must trust.
	RootsPEM []byte

	http  *http.Server
	roots *x509.CertPool
	done  chan struct{}
}

// Listen serves an emulator at a local address such as "127.0.0.1:0", with a
// certificate of its own, over HTTP/1.1 and HTTP/2.
func Listen(e *Emulator, address string) (*Server, error) {
	certificate, err := NewCertificate(e.now())
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the Graph emulator: %w", err)
	}
	s := &Server{
		URL:      "https://" + listener.Addr().String(),
		RootsPEM: certificate.PEM,
		roots:    x509.NewCertPool(),
		done:     make(chan struct{}),
		http: &http.Server{
			Handler:           e,
			ReadHeaderTimeout: 10 * time.Second,
			IdleTimeout:       2 * time.Minute,
			TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate.TLS}, MinVersion: tls.VersionTLS12},
		},
	}
	s.roots.AppendCertsFromPEM(certificate.PEM)
	go func() {
		defer close(s.done)
		_ = s.http.ServeTLS(listener, "", "") // ends with Close
	}()
	return s, nil
}

// Client returns an HTTP client that trusts the server.
func (s *Server) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: s.roots},
		ForceAttemptHTTP2: true,
	}}
}

// Close ends the server and all its connections.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.done
	return err
}
