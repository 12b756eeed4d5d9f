package access

// TokenPath is where SCIM clients get access tokens.
const TokenPath = "/oauth2/token"
