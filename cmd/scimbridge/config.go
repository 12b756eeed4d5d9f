package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/spf13/cobra"

	"scimbridge/internal/logging"
	"scimbridge/internal/seal"
	"scimbridge/store"
)

// Config is everything that the environment, or a file of the same lines, decides. It
// is read here and nowhere else; every room is handed its values.
type Config struct {
	Listen      string `env:"SCIMBRIDGE_LISTEN" envDefault:"127.0.0.1:8080"`
	PublicURL   string `env:"SCIMBRIDGE_PUBLIC_URL"`
	DatabaseURL string `env:"SCIMBRIDGE_DATABASE_URL" envDefault:"sqlite://scimbridge.db"`
	AdminToken  string `env:"SCIMBRIDGE_ADMIN_TOKEN"`
	SecretKey   string `env:"SCIMBRIDGE_SECRET_KEY"`
	TLSCert     string `env:"SCIMBRIDGE_TLS_CERT"`
	TLSKey      string `env:"SCIMBRIDGE_TLS_KEY"`
	// Proxies are believed when they say where a request comes from.
	Proxies []string `env:"SCIMBRIDGE_TRUSTED_PROXIES"`
	// Rate is how many requests a second one token may send; 0 is the default.
	Rate float64 `env:"SCIMBRIDGE_RATE_LIMIT"`
	// KeepAudit is for how long audit events are kept; 0 is for ever.
	KeepAudit time.Duration `env:"SCIMBRIDGE_KEEP_AUDIT" envDefault:"9600h"`
	// AssertionFile holds the server's own token, which directories of the credential
	// federation sign in with. The name is the one that Azure's workload identity sets.
	AssertionFile string `env:"AZURE_FEDERATED_TOKEN_FILE"`

	LogLevel  string `env:"SCIMBRIDGE_LOG_LEVEL" envDefault:"info"`
	LogFormat string `env:"SCIMBRIDGE_LOG_FORMAT" envDefault:"json"`
}

// configVariable names the file where there is no flag to name it, as in a container.
const configVariable = "SCIMBRIDGE_CONFIG"

// configFlag adds the flag that names the optional file.
func configFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("config", os.Getenv(configVariable),
		"file with lines like SCIMBRIDGE_LISTEN=127.0.0.1:8080; the environment overrules it (also "+configVariable+")")
}

// readConfig reads the environment over the file.
func readConfig(file string) (Config, error) {
	settings := make(map[string]string)
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return Config{}, fmt.Errorf("read the configuration: %w", err)
		}
		if settings, err = parseLines(string(text)); err != nil {
			return Config{}, fmt.Errorf("%s has mistakes:\n%w", file, err)
		}
	}
	return merge(settings, env.ToMap(os.Environ()))
}

// merge lays the environment over the file. An empty value counts as none: that is how
// Compose files and systemd units pass on what is not set.
func merge(file, environment map[string]string) (Config, error) {
	settings := make(map[string]string)
	for _, source := range []map[string]string{file, environment} {
		for name, value := range source {
			if strings.TrimSpace(value) != "" {
				settings[name] = strings.TrimSpace(value)
			}
		}
	}
	return env.ParseAsWithOptions[Config](env.Options{Environment: settings})
}

// parseLines reads lines of NAME=value; empty lines and those that begin with # say
// nothing. A name that is not a setting is a mistake here, unlike in the environment,
// where others put names with our prefix too (Kubernetes does, for a service called
// scimbridge).
func parseLines(text string) (map[string]string, error) {
	settings := make(map[string]string)
	known := settingNames()
	var problems []error
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, found := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		name = strings.TrimSpace(name)
		switch {
		case !found: // the line is not repeated: it may be a secret
			problems = append(problems, fmt.Errorf("line %d is not of the form NAME=value", i+1))
		case !known[name]:
			problems = append(problems, fmt.Errorf("line %d: there is no setting %q", i+1, name))
		default:
			settings[name] = unquote(strings.TrimSpace(value))
		}
	}
	return settings, errors.Join(problems...)
}

func settingNames() map[string]bool {
	names := make(map[string]bool)
	fields, err := env.GetFieldParams(&Config{})
	if err != nil {
		panic(err) // the tags of Config are wrong
	}
	for _, field := range fields {
		names[field.Key] = true
	}
	return names
}

// unquote takes a pair of quotes off, as shells do.
func unquote(value string) string {
	if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		return value[1 : n-1]
	}
	return value
}

// minAdminToken is the least length of the first admin's token: who guesses it owns all.
const minAdminToken = 16

// Validate reports every problem at once, by the name of the setting, so that an
// operator corrects the environment in one round.
func (c Config) Validate() error {
	var problems []error
	check := func(bad bool, format string, args ...any) {
		if bad {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	check(!isAddress(c.Listen), "SCIMBRIDGE_LISTEN %q is not an address such as 127.0.0.1:8080", c.Listen)
	check(c.PublicURL != "" && !isOrigin(c.PublicURL),
		"SCIMBRIDGE_PUBLIC_URL %q is not an origin such as https://bridge.example.com", c.PublicURL)
	err := store.CheckURL(c.DatabaseURL)
	check(err != nil, "SCIMBRIDGE_DATABASE_URL: %w", err)
	check(c.AdminToken == "", "SCIMBRIDGE_ADMIN_TOKEN is empty; make one with: openssl rand -hex 32")
	check(c.AdminToken != "" && len(c.AdminToken) < minAdminToken, "SCIMBRIDGE_ADMIN_TOKEN is shorter than %d characters", minAdminToken)
	_, err = seal.ParseKeys(c.SecretKey)
	check(c.SecretKey == "", "SCIMBRIDGE_SECRET_KEY is empty; make one with: openssl rand -base64 32")
	check(c.SecretKey != "" && err != nil, "SCIMBRIDGE_SECRET_KEY: %w", err)
	_, err = c.certificates()
	check(err != nil, "%w", err)
	_, err = c.trustedProxies()
	check(err != nil, "SCIMBRIDGE_TRUSTED_PROXIES: %w", err)
	check(c.Rate != 0 && c.Rate < minRate, "SCIMBRIDGE_RATE_LIMIT %v is less than %d requests a second, which Entra may send", c.Rate, minRate)
	check(c.KeepAudit != 0 && c.KeepAudit < 24*time.Hour, "SCIMBRIDGE_KEEP_AUDIT %s is less than a day; 0 keeps audit events for ever", c.KeepAudit)
	_, err = logging.ParseLevel(c.LogLevel)
	check(err != nil, "SCIMBRIDGE_LOG_LEVEL: %w", err)
	check(c.LogFormat != logging.JSON && c.LogFormat != logging.Text, "SCIMBRIDGE_LOG_FORMAT %q is neither json nor text", c.LogFormat)
	return errors.Join(problems...)
}

// certificates are those to serve with: none without TLS.
func (c Config) certificates() ([]tls.Certificate, error) {
	switch {
	case c.TLSCert == "" && c.TLSKey == "":
		return nil, nil
	case c.TLSCert == "" || c.TLSKey == "":
		return nil, errors.New("SCIMBRIDGE_TLS_CERT and SCIMBRIDGE_TLS_KEY are needed together")
	}
	certificate, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("SCIMBRIDGE_TLS_CERT and SCIMBRIDGE_TLS_KEY: %w", err)
	}
	return []tls.Certificate{certificate}, nil
}

// trustedProxies are networks such as 10.0.0.0/8, or single addresses.
func (c Config) trustedProxies() ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for _, text := range c.Proxies {
		text = strings.TrimSpace(text)
		if address, err := netip.ParseAddr(text); err == nil {
			networks = append(networks, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%q is neither a network such as 10.0.0.0/8 nor an address", text)
		}
		networks = append(networks, network)
	}
	return networks, nil
}

func isAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = net.LookupPort("tcp", port)
	return err == nil
}

func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" &&
		strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

// publicURL is where clients reach the server: as configured, or where it listens.
func (c Config) publicURL(address string) string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	return c.localURL(address)
}

// localURL is where this machine reaches a server that listens at address: loopback, if
// it listens everywhere.
func (c Config) localURL(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}
