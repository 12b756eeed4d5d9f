package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"scimbridge/admin/client"
)

// connection is how a command reaches a server's admin API. All commands but those that
// are the server go through it, so that nothing is possible that the API does not allow.
type connection struct {
	url       string
	tokenFile string
	output    string
}

// connect adds the flags of a command, and its children, that asks a server.
func connect(cmd *cobra.Command) *connection {
	c := &connection{}
	flags := cmd.PersistentFlags()
	flags.StringVar(&c.url, "url", envOr("SCIMBRIDGE_URL", "http://127.0.0.1:8080"), "where the server is (SCIMBRIDGE_URL)")
	flags.StringVar(&c.tokenFile, "token-file", os.Getenv("SCIMBRIDGE_TOKEN_FILE"),
		"file with the admin token (SCIMBRIDGE_TOKEN_FILE); or the token itself in SCIMBRIDGE_TOKEN")
	flags.StringVarP(&c.output, "output", "o", tableOutput, "how to print: table or json")
	completeWith(cmd, "output", tableOutput, jsonOutput)
	return c
}

// completeWith tells shells what a flag takes.
func completeWith(cmd *cobra.Command, flag string, values ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// client is the generated one, signed in.
func (c *connection) client() (*client.Client, error) {
	if c.output != tableOutput && c.output != jsonOutput {
		return nil, fmt.Errorf("--output %q is neither table nor json", c.output)
	}
	if u, err := url.Parse(c.url); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("--url %q is not an address such as https://bridge.example.com", c.url)
	}
	token, err := c.token()
	if err != nil {
		return nil, err
	}
	return client.NewClient(strings.TrimRight(c.url, "/"), client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	}))
}

// token comes from a file before the environment: who names a file means it. It is no
// flag, because every user of a machine sees the flags of its programs.
func (c *connection) token() (string, error) {
	if c.tokenFile == "" {
		if token := strings.TrimSpace(os.Getenv("SCIMBRIDGE_TOKEN")); token != "" {
			return token, nil
		}
		return "", errors.New("no admin token: set SCIMBRIDGE_TOKEN, or name a file that holds one with --token-file")
	}
	text, err := os.ReadFile(c.tokenFile)
	if err != nil {
		return "", fmt.Errorf("read the admin token: %w", err)
	}
	return cmp.Or(strings.TrimSpace(string(text)), "(the file is empty)"), nil
}

// answered reads an answer of the API, or the problem that it is.
func answered[T any](response *http.Response, err error) (T, error) {
	var value T
	if err != nil {
		return value, unreachable(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return value, unreachable(err)
	}
	if response.StatusCode >= 400 {
		return value, problemIn(response, body)
	}
	if len(body) == 0 {
		return value, nil
	}
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&value); err != nil {
		return value, fmt.Errorf("the server's answer is not what this program expects; is it another version? %w", err)
	}
	return value, nil
}

// done is answered for answers without a body.
func done(response *http.Response, err error) error {
	_, err = answered[struct{}](response, err)
	return err
}

func unreachable(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("the server cannot be reached: %w\nIs it running, and is --url or SCIMBRIDGE_URL right?", failed.Err)
	}
	return err
}

// problemIn says what the API says: what is wrong, with what, and what to do.
func problemIn(response *http.Response, body []byte) error {
	var p client.Problem
	if json.Unmarshal(body, &p) != nil || p.Title == "" {
		return fmt.Errorf("the server answers %s, and not as the admin API does; is --url or SCIMBRIDGE_URL right?", response.Status)
	}
	text := p.Title + ": " + p.Detail
	if p.Status == http.StatusUnauthorized {
		text = "the admin token is not one of this server, has expired or was revoked; see SCIMBRIDGE_TOKEN and --token-file"
	}
	if id := response.Header.Get("X-Request-Id"); id != "" && p.Status >= 500 {
		text += "\nIn the server's log this is request " + id + "."
	}
	return errors.New(text)
}

// everyPage reads a list to its end, or to a number of entries; 0 is all.
func everyPage[T any](most int, read func(cursor *string) ([]T, *string, error)) ([]T, error) {
	all := []T{}
	var cursor *string
	for {
		items, next, err := read(cursor)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if most > 0 && len(all) >= most {
			return all[:most], nil
		}
		if next == nil {
			return all, nil
		}
		cursor = next
	}
}

const pageSize = 200

// directoryID takes a directory's id or its name, which people remember.
func directoryID(ctx context.Context, api *client.Client, named string) (string, error) {
	if uuid.Validate(named) == nil {
		return named, nil
	}
	directories, err := listDirectories(ctx, api)
	if err != nil {
		return "", err
	}
	var ids, names []string
	for _, d := range directories {
		names = append(names, d.Name)
		if strings.EqualFold(d.Name, named) {
			ids = append(ids, d.ID)
		}
	}
	switch {
	case len(ids) == 1:
		return ids[0], nil
	case len(ids) > 1:
		return "", fmt.Errorf("%d directories are called %q; name one by its id: %s", len(ids), named, strings.Join(ids, ", "))
	case len(names) == 0:
		return "", fmt.Errorf("there is no directory %q, and no other; make one with: scimbridge directory create %q", named, named)
	}
	return "", fmt.Errorf("there is no directory %q; there are: %s", named, strings.Join(names, ", "))
}

func listDirectories(ctx context.Context, api *client.Client) ([]client.Directory, error) {
	return everyPage(0, func(cursor *string) ([]client.Directory, *string, error) {
		page, err := answered[client.DirectoryPage](api.ListDirectories(ctx, &client.ListDirectoriesParams{Cursor: cursor, Limit: ptr(pageSize)}))
		return page.Items, page.NextCursor, err
	})
}
