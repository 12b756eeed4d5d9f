package graph

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
)

// AssertionFromFile reads the assertion anew for every sign-in: Kubernetes replaces the
// file (the one that AZURE_FEDERATED_TOKEN_FILE names) about every hour.
func AssertionFromFile(path string) Assertion {
	return func(context.Context) (string, error) {
		file, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer file.Close()
		text, err := io.ReadAll(io.LimitReader(file, 64<<10))
		if err == nil && strings.TrimSpace(string(text)) == "" {
			err = errors.New("the file is empty")
		}
		return strings.TrimSpace(string(text)), err
	}
}
