package graph

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// tokenError is the body of a refused sign-in (section 4.3).
type tokenError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	Codes       []int  `json:"error_codes"`
}

// signInFault explains an error of azidentity; nil if err is none. It reads the
// answer itself, since the error's own text is the whole body, trace ids included.
func signInFault(err error) *fault {
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) {
		return nil
	}
	if failed.RawResponse == nil {
		return withoutAnswer()
	}
	return refusedSignIn(failed.RawResponse)
}

// withoutAnswer is for what azidentity and its library found themselves, mostly an
// answer that they could not read. Their text may quote that answer.
func withoutAnswer() *fault {
	return &fault{
		nature: passing, code: codeSignIn,
		message: "the sign-in host did not answer as Microsoft Entra does",
		hint:    "Check the cloud and the sign-in host in the Graph settings, and that no proxy changes what passes through it.",
	}
}

func refusedSignIn(resp *http.Response) *fault {
	var said tokenError
	if resp.Body != nil {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		_ = json.Unmarshal(body, &said)
	}
	f := &fault{status: resp.StatusCode, code: entraCode(said), nature: lasting}
	f.request = resp.Header.Get("x-ms-request-id")
	if natureOf(resp.StatusCode) == passing || natureOf(resp.StatusCode) == throttled || passingSignIn[f.code] {
		f.nature = passing // throttled, too: it is not Graph that is to be left alone
	}
	f.message = "Microsoft Entra refused the sign-in with status " + strconv.Itoa(resp.StatusCode)
	if text := withoutCode(oneLine(said.Description)); text != "" {
		f.message += ": " + text
	}
	f.hint = "Look the code up at https://login.microsoftonline.com/error, and check tenant id, client id and client secret."
	return f
}

// passingSignIn are the transient ones of section 4.3.
var passingSignIn = map[string]bool{"AADSTS90033": true, "AADSTS90090": true, "AADSTS90006": true}

var entraCodeInText = regexp.MustCompile(`^AADSTS[0-9]+`)

// entraCode is AADSTS and a number: from error_codes, else from the text.
func entraCode(said tokenError) string {
	if len(said.Codes) > 0 {
		return "AADSTS" + strconv.Itoa(said.Codes[0])
	}
	if code := entraCodeInText.FindString(said.Description); code != "" {
		return code
	}
	return codeSignIn
}

func withoutCode(text string) string {
	return strings.TrimLeft(entraCodeInText.ReplaceAllString(text, ""), ": ")
}
