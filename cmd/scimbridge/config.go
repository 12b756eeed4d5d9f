package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

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
	LogLevel    string `env:"SCIMBRIDGE_LOG_LEVEL" envDefault:"info"`
	LogFormat   string `env:"SCIMBRIDGE_LOG_FORMAT" envDefault:"json"`
}

// configFlag adds the flag that names the optional file.
func configFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("config", "", "file with lines like SCIMBRIDGE_LISTEN=127.0.0.1:8080; the environment overrules it")
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
			return Config{}, fmt.Errorf("%s: %w", file, err)
		}
	}
	for name, value := range env.ToMap(os.Environ()) {
		settings[name] = value
	}
	return env.ParseAsWithOptions[Config](env.Options{Environment: settings})
}

// parseLines reads lines of NAME=value; empty lines and those that begin with # say
// nothing.
func parseLines(text string) (map[string]string, error) {
	settings := make(map[string]string)
	var problems []error
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if !found {
			problems = append(problems, fmt.Errorf("line %d is not of the form NAME=value", i+1))
			continue
		}
		settings[strings.TrimSpace(name)] = strings.Trim(strings.TrimSpace(value), `"'`)
	}
	return settings, errors.Join(problems...)
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
	_, _, err := net.SplitHostPort(c.Listen)
	check(err != nil, "SCIMBRIDGE_LISTEN %q is not an address such as 127.0.0.1:8080", c.Listen)
	if c.PublicURL != "" {
		check(!isOrigin(c.PublicURL), "SCIMBRIDGE_PUBLIC_URL %q is not an origin such as https://bridge.example.com", c.PublicURL)
	}
	check(store.CheckURL(c.DatabaseURL) != nil, "SCIMBRIDGE_DATABASE_URL: %w", store.CheckURL(c.DatabaseURL))
	check(c.AdminToken == "", "SCIMBRIDGE_ADMIN_TOKEN is empty; make one with: openssl rand -hex 32")
	check(c.AdminToken != "" && len(c.AdminToken) < minAdminToken, "SCIMBRIDGE_ADMIN_TOKEN is shorter than %d characters", minAdminToken)
	_, err = seal.ParseKey(c.SecretKey)
	check(c.SecretKey == "", "SCIMBRIDGE_SECRET_KEY is empty; make one with: openssl rand -base64 32")
	check(c.SecretKey != "" && err != nil, "SCIMBRIDGE_SECRET_KEY: %w", err)
	check((c.TLSCert == "") != (c.TLSKey == ""), "SCIMBRIDGE_TLS_CERT and SCIMBRIDGE_TLS_KEY are needed together")
	_, err = logging.ParseLevel(c.LogLevel)
	check(err != nil, "SCIMBRIDGE_LOG_LEVEL: %w", err)
	check(c.LogFormat != "json" && c.LogFormat != "text", "SCIMBRIDGE_LOG_FORMAT %q is neither json nor text", c.LogFormat)
	return errors.Join(problems...)
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
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + address
}
