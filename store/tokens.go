package store

import (
	"context"
	"crypto/subtle"
	"time"

	"scimbridge/migrations"
	"scimbridge/models"
)

// CreateToken stores a token; its id and time are given here.
func (s *Store) CreateToken(ctx context.Context, t models.Token, also ...Also[models.Token]) (models.Token, error) {
	t.ID = s.newID()
	err := s.InTx(ctx, t.DirectoryID, func(tx *Tx) error {
		var err error
		if t.CreatedAt, err = tx.Now(ctx); err != nil {
			return err
		}
		if err := tx.db.Create(&t).Error; err != nil {
			return err
		}
		return runAlso(tx, t, also)
	})
	return t, err
}

// Token reads one token, revoked or not.
func (s *Store) Token(ctx context.Context, directoryID, id string) (models.Token, error) {
	var token models.Token
	if !isID(directoryID) || !isID(id) {
		return token, models.ErrNotFound
	}
	return token, toDomain(s.db.WithContext(ctx).Where("directory_id = ? AND id = ?", directoryID, id).Take(&token).Error)
}

// Tokens lists the tokens that admins issued for a directory, oldest first, revoked ones
// too, after a given one.
func (s *Store) Tokens(ctx context.Context, directoryID, after string, limit int) ([]models.Token, error) {
	var tokens []models.Token
	if !isID(directoryID) {
		return nil, models.ErrNotFound
	}
	query := s.db.WithContext(ctx).Where("directory_id = ? AND client_id IS NULL", directoryID).Order("id").Limit(limit)
	if isID(after) {
		query = query.Where("id > ?", after)
	}
	return tokens, query.Find(&tokens).Error
}

// RevokeToken ends a token at once, on every replica.
func (s *Store) RevokeToken(ctx context.Context, directoryID, id string, also ...Also[models.Token]) error {
	if !isID(directoryID) || !isID(id) {
		return models.ErrNotFound
	}
	return s.InTx(ctx, directoryID, func(tx *Tx) error {
		var t models.Token
		if err := forUpdate(tx.db).Where("directory_id = ? AND id = ? AND revoked_at = 0", directoryID, id).Take(&t).Error; err != nil {
			return err
		}
		var err error
		if t.RevokedAt, err = tx.Now(ctx); err != nil {
			return err
		}
		if err := tx.db.Model(&models.Token{}).Where("directory_id = ? AND id = ?", directoryID, id).
			Update("revoked_at", t.RevokedAt).Error; err != nil {
			return err
		}
		return runAlso(tx, t, also)
	})
}

// Admission is what one look-up tells of a token: its directory as it is now, and the
// database's time, which is when the request was received.
type Admission struct {
	Directory models.Directory
	Token     models.Token
	RoundAt   models.Instant
	Now       models.Instant
}

// admit takes a directory and a hash. It is said by every request, and written down once.
var admit = map[migrations.Dialect]string{
	migrations.PostgreSQL: numbered(admitBy(postgresClock)),
	migrations.SQLite:     admitBy("0"), // its clock is this process's
}

func admitBy(clock string) string {
	return `
		SELECT d.id, d.name, d.mode, d.settings, d.version, d.created_at, d.updated_at,
			p.round_at, t.id, t.access, t.hash, t.expires_at, ` + clock + `
		FROM tokens t
		JOIN directories d ON d.id = t.directory_id
		JOIN pull_states p ON p.directory_id = t.directory_id
		WHERE t.directory_id = ? AND t.hash = ? AND t.revoked_at = 0`
}

// Admit looks a live token up by its hash. It answers models.ErrUnauthorized for
// everything else, also for a token of another directory.
func (s *Store) Admit(ctx context.Context, directoryID, hash string) (Admission, error) {
	if !isID(directoryID) {
		return Admission{}, models.ErrUnauthorized
	}
	var a Admission
	var found, settings string // the token's hash, the directory's settings
	d := &a.Directory
	err := s.ask(ctx, question{
		fragment{admit[s.dialect], []any{directoryID, hash}},
		func(scan func(...any) error) error {
			return scan(&d.ID, &d.Name, &d.Mode, &settings, &d.Version, &d.CreatedAt, &d.UpdatedAt,
				&a.RoundAt, &a.Token.ID, &a.Token.Access, &found, &a.Token.ExpiresAt, &a.Now)
		},
	})
	if err != nil {
		return Admission{}, err
	}
	switch {
	case s.now != nil:
		a.Now = s.now()
	case a.Now == 0:
		a.Now = models.At(time.Now())
	}
	// The index compared the hashes; comparing again in constant time costs nothing and
	// keeps the promise whatever the index does.
	same := subtle.ConstantTimeCompare([]byte(found), []byte(hash)) == 1
	if !same || a.Token.ExpiresAt != 0 && a.Token.ExpiresAt <= a.Now {
		return Admission{}, models.ErrUnauthorized
	}
	if d.Settings, err = s.settings.read(directoryID, settings); err != nil {
		return Admission{}, err
	}
	a.Token.DirectoryID = directoryID
	s.noteUse(ctx, directoryID, a.Token.ID, a.Now)
	return a, nil
}

// usePrecision is how exactly a token's last use is known: once a minute at most, so
// that reading does not write.
const usePrecision = time.Minute

func (s *Store) noteUse(ctx context.Context, directoryID, tokenID string, now models.Instant) {
	if !s.firstUseInAWhile(tokenID, now) {
		return
	}
	// Losing this loses a minute of an admin's information, not a request.
	_ = s.db.WithContext(ctx).Model(&models.Token{}).
		Where("directory_id = ? AND id = ?", directoryID, tokenID).
		Update("last_used_at", now).Error
}
