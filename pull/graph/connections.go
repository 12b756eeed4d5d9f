package graph

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// connections is the pool of connections of one source.
type connections struct {
	roots *x509.CertPool
	proxy func(*http.Request) (*url.URL, error)
	limit int

	mu      sync.Mutex
	current *http.Transport
}

func newConnections(roots *x509.CertPool, proxy func(*http.Request) (*url.URL, error), limits Limits) *connections {
	c := &connections{roots: roots, proxy: proxy, limit: limits.Parallel}
	c.current = c.transport()
	return c
}

func (c *connections) RoundTrip(req *http.Request) (*http.Response, error) {
	c.mu.Lock()
	current := c.current
	c.mu.Unlock()
	return current.RoundTrip(req)
}

// renew makes the next request open a new connection, as Microsoft asks for after a
// 503 (section 3.2): the old one may lead to the machine that is overloaded. What is
// under way on old connections may end there.
func (c *connections) renew() {
	c.mu.Lock()
	old := c.current
	c.current = c.transport()
	c.mu.Unlock()
	old.CloseIdleConnections()
}

// transport has no timeout for a whole answer: that is the attempt's context.
func (c *connections) transport() *http.Transport {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:               c.proxy,
		DialContext:         dialer.DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: c.roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 15 * time.Second,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: c.limit,
		IdleConnTimeout:     90 * time.Second,
	}
}
