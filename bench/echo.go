package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// echoCommand makes this program the server that a look-up is held against: it does
// nothing but answer so many bytes.
const echoCommand = "echo"

func serveEcho(size string) error {
	n, err := strconv.Atoi(size)
	if err != nil {
		return err
	}
	body := bytes.Repeat([]byte("x"), n)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/scim+json")
		_, _ = w.Write(body) // who has gone is told nothing
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: answerLimit}
	return server.Serve(listener)
}

// ceiling measures what no look-up can surpass here: the load generator on a server that
// does nothing, and on the bridge when it does no more than let somebody in.
func (b *bench) ceiling(ctx context.Context, p population) (err error) {
	c, err := dial(ctx, p.tenancy)
	if err != nil {
		return err
	}
	body, err := c.send(p.request(http.MethodGet, lookUpsOf[1].path(1), ""), http.StatusOK, true)
	c.close()
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := exec.CommandContext(ctx, program, echoCommand, strconv.Itoa(len(body)))
	said, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		stop()
		_ = cmd.Wait() // it is ended by a signal
	}()
	address, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		return err
	}
	nothing := p.tenancy
	nothing.base = &url.URL{Scheme: "http", Host: strings.TrimSpace(address), Path: p.base.Path}
	rates := make([]float64, 2)
	for i, l := range []*load{
		{tenancy: nothing, want: http.StatusOK, request: func(int64) []byte { return nothing.request(http.MethodGet, "/Users", "") }},
		{tenancy: p.tenancy, want: http.StatusOK, request: func(int64) []byte { return p.request(http.MethodGet, "/ServiceProviderConfig", "") }},
	} {
		var failed error
		rates[i], failed = l.round(ctx, b.round)
		err = errors.Join(err, failed)
	}
	b.report.note("a server that does nothing but answer as many bytes: %s; the bridge that only looks up a token: %s",
		perSecond(rates[0]), perSecond(rates[1]))
	return err
}
