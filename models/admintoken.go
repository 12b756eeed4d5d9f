package models

// AdminToken lets an admin, or an admin's script, use the admin API. Only the hash of its
// text is kept.
type AdminToken struct {
	ID          string `gorm:"primaryKey"`
	Name        string
	DirectoryID Optional // the one directory that it is for; "" is all of them
	Access      Access
	Hash        string
	CreatedAt   Instant `gorm:"autoCreateTime:false"`
	ExpiresAt   Instant // 0: does not expire
	LastUsedAt  Instant
	RevokedAt   Instant
}
