package main

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is the server's, read anew when its files have changed, so that one that
// is renewed needs no restart.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	now               func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	seen    [2]time.Time // when the files were changed last
	looked  time.Time
}

// lookAgain is how often the files are looked at, at most: not for every connection.
const lookAgain = 10 * time.Second

// loadCertificate reads the files, which must be right at the start.
func loadCertificate(certFile, keyFile string, log *slog.Logger, now func() time.Time) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log, now: now}
	loaded, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	c.current, c.seen, c.looked = &loaded, c.changed(), now()
	return c, nil
}

// get is for tls.Config. Files that cannot be read, or do not fit together because only
// one of them is new yet, leave the certificate as it is.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= lookAgain {
		c.looked = now
		c.reload()
	}
	return c.current, nil
}

func (c *certificate) reload() {
	changed := c.changed()
	if changed == c.seen {
		return
	}
	loaded, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.Warn("the changed certificate cannot be used; the one before goes on", "error", err.Error())
		return
	}
	c.current, c.seen = &loaded, changed
	c.log.Info("the certificate has been read anew", "notAfter", loaded.Leaf.NotAfter)
}

func (c *certificate) changed() [2]time.Time {
	var at [2]time.Time
	for i, file := range []string{c.certFile, c.keyFile} {
		if about, err := os.Stat(file); err == nil {
			at[i] = about.ModTime()
		}
	}
	return at
}
