package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"scimbridge/admin/client"
	"scimbridge/internal/seal"
	"scimbridge/store"
)

// finding is what doctor found out of one thing.
type finding struct {
	name string
	err  error
	// hint is true for what may look wrong from this machine alone: it is shown, and
	// does not fail.
	hint bool
}

// examineMore looks at what can be seen once configuration and database are right.
func examineMore(ctx context.Context, cfg Config) []finding {
	findings := []finding{
		{name: "secret key", err: examineKey(ctx, cfg)},
		{name: "clock", err: examineClock(ctx, cfg)},
	}
	if cfg.TLSCert != "" {
		hint, err := examineCertificate(cfg, time.Now())
		findings = append(findings, finding{name: "certificate", err: err, hint: hint})
	}
	server := finding{name: "server", err: askReady(ctx, cfg)}
	findings = append(findings, server)
	if cfg.PublicURL != "" {
		findings = append(findings, finding{name: "public address", err: examinePublicURL(ctx, cfg.publicURL("")), hint: true})
	}
	if server.err == nil {
		findings = append(findings, examineDirectories(ctx, cfg)...)
	}
	return findings
}

func withStore(ctx context.Context, cfg Config, do func(*store.Store) error) error {
	db, err := store.Open(ctx, cfg.DatabaseURL, store.Options{MustExist: true})
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}

// examineKey tells whether all stored credentials open.
func examineKey(ctx context.Context, cfg Config) error {
	keys, err := seal.ParseKeys(cfg.SecretKey)
	if err != nil {
		return err
	}
	return withStore(ctx, cfg, func(db *store.Store) error {
		r := &keyring{db: db, sealer: seal.NewSealer(keys[0], keys[1:]...)}
		var faults []error
		err := r.each(ctx, func(secret store.SealedSecret) error {
			if _, err := r.sealer.Open(secret.Sealed, secret.Context); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", secret.Context, err))
			}
			return nil
		})
		return errors.Join(err, errors.Join(faults...))
	})
}

// mostSkew is how far this machine's clock may be from the database's. Tokens and
// certificates are judged by the one, looks are ordered by the other.
const mostSkew = 5 * time.Second

func examineClock(ctx context.Context, cfg Config) error {
	return withStore(ctx, cfg, func(db *store.Store) error {
		theirs, err := db.Now(ctx)
		if err != nil {
			return err
		}
		if skew := time.Since(theirs.Time()); skew.Abs() > mostSkew {
			return fmt.Errorf("this machine's clock and the database's are %s apart; let both keep time by NTP", skew.Round(time.Second))
		}
		return nil
	})
}

// renewBefore is how long before its end a certificate should have been renewed.
const renewBefore = 14 * 24 * time.Hour

// examineCertificate tells what is wrong with the certificate; hint is true for what is
// not wrong yet.
func examineCertificate(cfg Config, now time.Time) (hint bool, err error) {
	certificate, err := tls.LoadX509KeyPair(cfg.TLSCert, cfg.TLSKey)
	if err != nil {
		return false, err
	}
	leaf := certificate.Leaf
	switch left := leaf.NotAfter.Sub(now); {
	case now.Before(leaf.NotBefore):
		return false, fmt.Errorf("it is valid from %s on", leaf.NotBefore.UTC().Format(time.DateTime))
	case left <= 0:
		return false, fmt.Errorf("it has expired on %s", leaf.NotAfter.UTC().Format(time.DateTime))
	}
	if public, err := url.Parse(cfg.PublicURL); err == nil && public.Hostname() != "" {
		if err := leaf.VerifyHostname(public.Hostname()); err != nil {
			return false, fmt.Errorf("it is not for the name in SCIMBRIDGE_PUBLIC_URL: %w", err)
		}
	}
	if leaf.NotAfter.Sub(now) < renewBefore {
		return true, fmt.Errorf("it expires on %s; renew it, the server reads it anew by itself", leaf.NotAfter.UTC().Format(time.DateTime))
	}
	return false, nil
}

// examinePublicURL asks the server as Entra does: by its public name, and believing only
// certificates that the system believes.
func examinePublicURL(ctx context.Context, public string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, public+healthPath, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("from this machine the server is not reached at %s: %w", public, unwrapURL(err))
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s%s answers %s", public, healthPath, answer.Status)
	}
	if !strings.HasPrefix(public, "https://") {
		return fmt.Errorf("%s is not https, which Entra wants", public)
	}
	return nil
}

func unwrapURL(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// examineDirectories lets the running server test the way to each directory's tenant, and
// tells what its admins should see to.
func examineDirectories(ctx context.Context, cfg Config) []finding {
	local := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // this machine's own server
	}}
	api, err := client.NewClient(cfg.localURL(cfg.Listen), client.WithHTTPClient(local), client.WithRequestEditorFn(
		func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+cfg.AdminToken)
			return nil
		}))
	if err != nil {
		return []finding{{name: "admin API", err: err}}
	}
	directories, err := listDirectories(ctx, api)
	if err != nil {
		return []finding{{name: "admin API", err: err}}
	}
	var findings []finding
	for _, d := range directories {
		if _, err := answered[client.Graph](api.GetGraph(ctx, d.ID)); err == nil { // else it is only pushed to
			findings = append(findings, finding{name: "Graph of " + d.Name, err: testGraph(ctx, api, d.ID)})
		}
		findings = append(findings, warningsOf(ctx, api, d)...)
		findings = append(findings, pairsOf(ctx, api, d)...)
	}
	return findings
}

// warningsOf are what the server warns the directory's admins of, after the test, which may
// have learned when the credential ends.
func warningsOf(ctx context.Context, api *client.Client, d client.Directory) []finding {
	now, err := answered[client.Directory](api.GetDirectory(ctx, d.ID))
	if err != nil {
		return []finding{{name: "warnings of " + d.Name, err: err}}
	}
	var findings []finding
	for _, w := range now.Warnings {
		findings = append(findings, finding{name: "warning of " + d.Name, err: errors.New(w.Message), hint: true})
	}
	return findings
}

// pairsOf tells of records that may be one person, which only an admin can tell.
func pairsOf(ctx context.Context, api *client.Client, d client.Directory) []finding {
	page, err := answered[client.FindingPage](api.ListFindings(ctx, d.ID, &client.ListFindingsParams{Limit: ptr(pageSize)}))
	if err != nil {
		return []finding{{name: "people of " + d.Name, err: err}}
	}
	if len(page.Items) == 0 {
		return nil
	}
	many := fmt.Sprint(len(page.Items))
	if page.NextCursor != nil {
		many += " and more"
	}
	return []finding{{name: "people of " + d.Name, hint: true, err: fmt.Errorf(
		"pairs of records that may be one person: %s; scimbridge finding list %q shows them", many, d.Name)}}
}

func testGraph(ctx context.Context, api *client.Client, directory string) error {
	test, err := answered[client.GraphTest](api.TestGraph(ctx, directory, nil, client.Nothing{}))
	if err != nil || test.Ok {
		return err
	}
	var faults []error
	for _, check := range test.Checks {
		if !check.Ok && !check.Optional {
			faults = append(faults, fmt.Errorf("%s: %s", check.Name, check.Detail))
		}
	}
	return errors.Join(faults...)
}
