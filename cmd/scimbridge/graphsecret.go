package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strings"

	"scimbridge/admin/client"
)

// What is secret is no flag, because every user of a machine sees the flags of its
// programs.
const (
	secretVariable   = "SCIMBRIDGE_GRAPH_SECRET"
	passwordVariable = "SCIMBRIDGE_GRAPH_PASSWORD"
)

// readCredential reads the credential that files and environment hold. Who names a
// certificate means it, whatever the environment holds besides.
func (n newGraph) readCredential(in io.Reader, u *client.GraphUpdate) error {
	if n.certificateFile == "" {
		if u.Credential != nil && *u.Credential != client.CredentialKindClientSecret {
			return nil
		}
		secret, err := readSecret("the client secret", in, n.secretFile, secretVariable)
		u.ClientSecret = notEmpty(secret)
		return err
	}
	text, err := os.ReadFile(n.certificateFile)
	if err != nil {
		return fmt.Errorf("read the certificate: %w", err)
	}
	certificate := string(text)
	if !bytes.Contains(text, []byte("-----BEGIN ")) {
		certificate = base64.StdEncoding.EncodeToString(text)
	}
	password, err := readSecret("the password of the certificate", in, n.passwordFile, passwordVariable)
	u.Certificate, u.Password = &certificate, notEmpty(password)
	return err
}

// readSecret reads a file, "-" for the standard input, else the environment.
func readSecret(what string, in io.Reader, file, variable string) (string, error) {
	var text []byte
	var err error
	switch file {
	case "":
		return strings.TrimSpace(os.Getenv(variable)), nil
	case "-":
		text, err = io.ReadAll(io.LimitReader(in, 64<<10))
	default:
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", what, err)
	}
	return strings.TrimSpace(string(text)), nil
}

func notEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
