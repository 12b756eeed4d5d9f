package graphemu

import "fmt"

// Error is a refusal in Graph's words: of a request, or of a change to a tenant
// that Graph would not accept.
//
// Source: https://learn.microsoft.com/graph/errors
type Error struct {
	Status  int
	Code    string
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message) }

func badRequest(format string, args ...any) *Error {
	return &Error{Status: 400, Code: "Request_BadRequest", Message: fmt.Sprintf(format, args...)}
}

func unsupportedQuery(format string, args ...any) *Error {
	return &Error{Status: 400, Code: "Request_UnsupportedQuery", Message: fmt.Sprintf(format, args...)}
}

func notFound(id string) *Error {
	return &Error{Status: 404, Code: "Request_ResourceNotFound", Message: fmt.Sprintf(
		"Resource '%s' does not exist or one of its queried reference-property objects are not present.", id)}
}

func taken(property, value string) *Error {
	return &Error{Status: 400, Code: "Request_BadRequest", Message: fmt.Sprintf(
		"Another object with the same value for property %s already exists: %s.", property, value)}
}

// appendJSON appends the error as Graph's body.
func (e *Error) appendJSON(dst []byte, date, requestID, clientRequestID string) []byte {
	dst = appendString(append(dst, `{"error":{"code":`...), e.Code)
	dst = appendString(append(dst, `,"message":`...), e.Message)
	dst = appendString(append(dst, `,"innerError":{"date":`...), date)
	dst = appendString(append(dst, `,"request-id":`...), requestID)
	dst = appendString(append(dst, `,"client-request-id":`...), clientRequestID)
	return append(dst, `}}}`...)
}
