package graphemu

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// SignInError is an AADSTS error of the sign-in service.
//
// Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
type SignInError struct {
	Status  int
	OAuth   string // RFC 6749 section 5.2
	Code    int
	Message string
}

func (e *SignInError) Error() string { return fmt.Sprintf("AADSTS%d: %s", e.Code, e.Message) }

// signInErrors are the codes that the emulator knows. %s is what was wrong.
var signInErrors = map[int]SignInError{
	90002:   {400, "invalid_request", 90002, "Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."},
	900023:  {400, "invalid_request", 900023, "Specified tenant identifier '%s' is neither a valid DNS name, nor a valid external domain."},
	9001023: {400, "invalid_request", 9001023, "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint."},
	70003:   {400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '%s'."},
	70011:   {400, "invalid_scope", 70011, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope '%s' is not valid."},
	900144:  {400, "invalid_request", 900144, "The request body must contain the following parameter: '%s'."},
	500011:  {400, "invalid_resource", 500011, "The resource principal named %s was not found in the tenant."},
	700016:  {400, "unauthorized_client", 700016, "Application with identifier '%s' was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant."},
	7000112: {400, "unauthorized_client", 7000112, "Application '%s' is disabled."},
	7000229: {400, "unauthorized_client", 7000229, "The client application %s is missing service principal in the tenant."},
	7000215: {401, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'."},
	7000222: {401, "invalid_client", 7000222, "The provided client secret keys for app '%s' are expired."},
	7000218: {401, "invalid_client", 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.%s"},
	700024:  {401, "invalid_client", 700024, "Client assertion is not within its valid time range.%s"},
	700027:  {401, "invalid_client", 700027, "The certificate with identifier used to sign the client assertion is not registered on application.%s"},
	700213:  {400, "invalid_request", 700213, "No matching federated identity record found for presented assertion subject '%s'."},
	50027:   {400, "invalid_request", 50027, "JWT token is invalid or malformed.%s"},
	53003:   {400, "invalid_grant", 53003, "Access has been blocked by Conditional Access policies.%s"},
	65001:   {400, "invalid_grant", 65001, "The user or administrator has not consented to use the application with ID '%s'."},
	50196:   {400, "invalid_grant", 50196, "The server terminated an operation because it encountered a client request loop.%s"},
	90033:   {503, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again.%s"},
}

func signInError(code int, what string) *SignInError {
	e, known := signInErrors[code]
	if !known {
		e = SignInError{400, "invalid_request", code, "%s"}
	}
	e.Message = fmt.Sprintf(e.Message, what)
	return &e
}

func (e *SignInError) answer(c *call) *answer {
	a := newAnswer(e.Status)
	trace, correlation := c.requestID, c.header.Get("client-request-id")
	if correlation == "" {
		correlation = c.requestID
	}
	timestamp := c.now().UTC().Format("2006-01-02 15:04:05Z")
	body, err := json.Marshal(map[string]any{
		"error": e.OAuth,
		"error_description": fmt.Sprintf("%s Trace ID: %s Correlation ID: %s Timestamp: %s",
			e.Error(), trace, correlation, timestamp),
		"error_codes":    []int{e.Code},
		"timestamp":      timestamp,
		"trace_id":       trace,
		"correlation_id": correlation,
		"error_uri":      c.origin + "/error?code=" + strconv.Itoa(e.Code),
	})
	if err != nil {
		panic("graphemu: sign-in error: " + err.Error())
	}
	a.body = append(a.body, body...)
	a.header.Set("Content-Type", "application/json; charset=utf-8")
	return a
}
