package graph

import (
	"context"
	"errors"
	"net/http"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	kiotaauth "github.com/microsoft/kiota-abstractions-go/authentication"
	khttp "github.com/microsoft/kiota-http-go"
	graphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
	graphauth "github.com/microsoftgraph/msgraph-sdk-go-core/authentication"
)

// newAdapter is what the SDK's builders send through. Of the SDK's middleware only
// telemetry remains (section 6.3): the retry handler is replaced by ask, a redirect
// is a fault, and a link is followed as it was given.
func newAdapter(at tenant, c *credential, transport http.RoundTripper) (abstractions.RequestAdapter, error) {
	// Host names without a port: the validator compares them so (section 6.2).
	provider, err := graphauth.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(
		c, []string{at.scope()}, []string{at.graph.Hostname()})
	if err != nil {
		return nil, err
	}
	telemetry := graphcore.NewGraphTelemetryHandler(&graphcore.GraphClientOptions{
		GraphServiceVersion: "v1.0", GraphServiceLibraryVersion: "1.89.0",
	})
	// No Timeout: it would span the time spent reading a large page, and hide a 429
	// behind "deadline exceeded" (section 6.4).
	client := &http.Client{
		Transport:     khttp.NewCustomTransportWithParentTransport(transport, telemetry),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	adapter, err := khttp.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		insistent{provider}, nil, nil, client)
	if err != nil {
		return nil, err
	}
	adapter.SetBaseUrl(at.baseURL())
	return adapter, nil
}

var errNoToken = errors.New("no token was issued for the host of the request")

// insistent refuses to send a request without a token. The provider under it lets a
// host that it does not know pass with none, which reads as 401 (section 6.2).
type insistent struct {
	kiotaauth.AuthenticationProvider
}

func (i insistent) AuthenticateRequest(ctx context.Context, r *abstractions.RequestInformation, more map[string]any) error {
	if err := i.AuthenticationProvider.AuthenticateRequest(ctx, r, more); err != nil {
		return err
	}
	if !r.Headers.ContainsKey("Authorization") {
		return errNoToken
	}
	return nil
}
