package graphemu

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
)

// claims are what an app-only access token for Graph says. Its shape is no
// contract, yet clients read the roles to tell what was consented.
type claims struct {
	Audience string   `json:"aud"`
	Issuer   string   `json:"iss"`
	IssuedAt int64    `json:"iat"`
	Start    int64    `json:"nbf"`
	Expires  int64    `json:"exp"`
	App      string   `json:"appid"`
	AppName  string   `json:"app_displayname"`
	Kind     string   `json:"idtyp"`
	Object   string   `json:"oid"`
	Roles    []string `json:"roles,omitempty"`
	Tenant   string   `json:"tid"`
	Version  string   `json:"ver"`
	// Generation goes up with Emulator.RevokeTokens.
	Generation int64 `json:"xms_generation"`
}

var tokenHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"HS256","kid":"emulator"}`))

// issue makes a JWT.
func (s signer) issue(c claims) string {
	payload, err := json.Marshal(c)
	if err != nil {
		panic("graphemu: access token: " + err.Error())
	}
	signed := tokenHeader + "." + base64.RawURLEncoding.EncodeToString(payload)
	return signed + "." + base64.RawURLEncoding.EncodeToString(s.mac([]byte(signed)))
}

func (s signer) verify(token string) (claims, bool) {
	var c claims
	at := strings.LastIndexByte(token, '.')
	if at < 0 || !strings.HasPrefix(token, tokenHeader+".") || at <= len(tokenHeader) {
		return c, false
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[at+1:])
	if err != nil || !hmac.Equal(signature, s.mac([]byte(token[:at]))) {
		return c, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(token[len(tokenHeader)+1 : at])
	if err != nil {
		return c, false
	}
	return c, json.Unmarshal(payload, &c) == nil
}

// unauthorized is Graph's 401. A challenge with claims asks the client for a new
// token, past its cache.
//
// Source: https://learn.microsoft.com/entra/identity-platform/claims-challenge
type unauthorized struct {
	message string
	claims  string
}

func (u unauthorized) Error() string { return u.message }

func (u unauthorized) answer(c *call) *answer {
	a := c.refuse(&Error{Status: 401, Code: "InvalidAuthenticationToken", Message: u.message})
	challenge := `Bearer realm="", authorization_uri="` + c.origin + `/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`
	if u.claims != "" {
		challenge += `, error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(u.claims)) + `"`
	}
	a.header.Set("WWW-Authenticate", challenge)
	return a
}

// authenticate finds out on whose behalf a call is made.
func (c *call) authenticate() error {
	if c.tenant != nil {
		return nil // a part of a batch
	}
	token, bearer := strings.CutPrefix(c.header.Get("Authorization"), "Bearer ")
	if !bearer || token == "" {
		return unauthorized{message: "Access token is empty."}
	}
	said, genuine := c.emulator.signer.verify(token)
	if !genuine {
		return unauthorized{message: "Invalid access token signature or shape."}
	}
	if c.now().Unix() >= said.Expires {
		return unauthorized{message: "Lifetime validation failed, the token is expired."}
	}
	if said.Generation != c.emulator.tokenGeneration.Load() {
		return unauthorized{
			message: "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp",
			claims:  `{"access_token":{"nbf":{"essential":true,"value":"` + strconv.FormatInt(c.now().Unix(), 10) + `"}}}`,
		}
	}
	c.tenant, c.roles = c.emulator.tenant(said.Tenant), said.Roles
	return nil
}
