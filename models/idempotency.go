package models

// IdempotencyKey is a request that an actor has named, so that it is done once however
// often it is sent, and what was answered. The answer may show a token, so it is sealed.
type IdempotencyKey struct {
	Actor       string `gorm:"primaryKey"` // who asked
	Key         string `gorm:"primaryKey"`
	Fingerprint string // of the request
	Status      int    // 0: not answered yet
	Location    string
	ETag        string `gorm:"column:etag"`
	SealedBody  string
	CreatedAt   Instant `gorm:"autoCreateTime:false"`
}

// SealContext binds the sealed answer to its key.
func (k IdempotencyKey) SealContext() string {
	return "answer to " + k.Actor + " " + k.Key
}
