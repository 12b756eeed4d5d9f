package store

import (
	"context"
	"crypto/subtle"

	"gorm.io/gorm/clause"

	"scimbridge/models"
)

// CreateScimClient stores a client; its id and time are given here.
func (s *Store) CreateScimClient(ctx context.Context, c models.ScimClient, also ...Also[models.ScimClient]) (models.ScimClient, error) {
	c.ID, c.Version = s.newID(), 1
	err := s.InTx(ctx, c.DirectoryID, func(tx *Tx) error {
		var err error
		if c.CreatedAt, err = tx.Now(ctx); err != nil {
			return err
		}
		if err := tx.db.Create(&c).Error; err != nil {
			return err
		}
		return runAlso(tx, c, also)
	})
	return c, err
}

// ScimClient reads one client, revoked or not.
func (s *Store) ScimClient(ctx context.Context, directoryID, id string) (models.ScimClient, error) {
	var c models.ScimClient
	if !isID(directoryID) || !isID(id) {
		return c, models.ErrNotFound
	}
	return c, toDomain(s.db.WithContext(ctx).Where("directory_id = ? AND id = ?", directoryID, id).Take(&c).Error)
}

// ScimClients lists a directory's clients, oldest first, after a given one.
func (s *Store) ScimClients(ctx context.Context, directoryID, after string, limit int) ([]models.ScimClient, error) {
	var clients []models.ScimClient
	if !isID(directoryID) {
		return nil, models.ErrNotFound
	}
	query := s.db.WithContext(ctx).Where("directory_id = ?", directoryID).Order("id").Limit(limit)
	if isID(after) {
		query = query.Where("id > ?", after)
	}
	return clients, query.Find(&clients).Error
}

// UpdateScimClient locks a client that is not revoked, lets change alter it, and stores
// it as its next version.
func (s *Store) UpdateScimClient(ctx context.Context, directoryID, id string, change func(*models.ScimClient) error, also ...Also[models.ScimClient]) (models.ScimClient, error) {
	var c models.ScimClient
	if !isID(directoryID) || !isID(id) {
		return c, models.ErrNotFound
	}
	err := s.InTx(ctx, directoryID, func(tx *Tx) error {
		var err error
		if c, err = tx.liveClient(id); err != nil {
			return err
		}
		if err := change(&c); err != nil {
			return err
		}
		c.Version++
		if err := tx.db.Model(&models.ScimClient{}).Where("directory_id = ? AND id = ?", directoryID, id).
			Select("name", "token_minutes", "version").Updates(&c).Error; err != nil {
			return err
		}
		return runAlso(tx, c, also)
	})
	return c, err
}

// RevokeScimClient ends a client and its access tokens at once, on every replica.
func (s *Store) RevokeScimClient(ctx context.Context, directoryID, id string, also ...Also[models.ScimClient]) error {
	if !isID(directoryID) || !isID(id) {
		return models.ErrNotFound
	}
	return s.InTx(ctx, directoryID, func(tx *Tx) error {
		c, err := tx.liveClient(id)
		if err != nil {
			return err
		}
		if c.RevokedAt, err = tx.Now(ctx); err != nil {
			return err
		}
		if err := tx.db.Model(&models.ScimClient{}).Where("directory_id = ? AND id = ?", directoryID, id).
			Update("revoked_at", c.RevokedAt).Error; err != nil {
			return err
		}
		if err := tx.revokeAccessTokens("client_id = ?", id, c.RevokedAt); err != nil {
			return err
		}
		return runAlso(tx, c, also)
	})
}

// liveClient reads a client that is not revoked, and locks its row.
func (tx *Tx) liveClient(id string) (models.ScimClient, error) {
	var c models.ScimClient
	return c, toDomain(forUpdate(tx.db).Where("directory_id = ? AND id = ? AND revoked_at = 0", tx.directoryID, id).Take(&c).Error)
}

func (tx *Tx) revokeAccessTokens(of, id string, now models.Instant) error {
	return tx.db.Model(&models.Token{}).
		Where("directory_id = ? AND client_id IS NOT NULL AND revoked_at = 0", tx.directoryID).Where(of, id).
		Update("revoked_at", now).Error
}

// CreateClientSecret stores a secret of a client that is not revoked.
func (s *Store) CreateClientSecret(ctx context.Context, secret models.ScimClientSecret, also ...Also[models.ScimClientSecret]) (models.ScimClientSecret, error) {
	if !isID(secret.DirectoryID) || !isID(secret.ClientID) {
		return secret, models.ErrNotFound
	}
	secret.ID = s.newID()
	err := s.InTx(ctx, secret.DirectoryID, func(tx *Tx) error {
		if _, err := tx.liveClient(secret.ClientID); err != nil {
			return err
		}
		var err error
		if secret.CreatedAt, err = tx.Now(ctx); err != nil {
			return err
		}
		if err := tx.db.Create(&secret).Error; err != nil {
			return err
		}
		return runAlso(tx, secret, also)
	})
	return secret, err
}

// ClientSecrets lists the secrets of some clients, oldest first, revoked ones too.
func (s *Store) ClientSecrets(ctx context.Context, directoryID string, clientIDs []string) ([]models.ScimClientSecret, error) {
	var secrets []models.ScimClientSecret
	err := s.db.WithContext(ctx).Where("directory_id = ? AND client_id IN ?", directoryID, clientIDs).
		Order("id").Find(&secrets).Error
	return secrets, err
}

// RevokeClientSecret ends a secret, and the access tokens that were got with it.
func (s *Store) RevokeClientSecret(ctx context.Context, directoryID, clientID, id string, also ...Also[models.ScimClientSecret]) error {
	if !isID(directoryID) || !isID(clientID) || !isID(id) {
		return models.ErrNotFound
	}
	return s.InTx(ctx, directoryID, func(tx *Tx) error {
		var secret models.ScimClientSecret
		err := forUpdate(tx.db).
			Where("directory_id = ? AND client_id = ? AND id = ? AND revoked_at = 0", directoryID, clientID, id).Take(&secret).Error
		if err != nil {
			return err
		}
		if secret.RevokedAt, err = tx.Now(ctx); err != nil {
			return err
		}
		if err := tx.db.Model(&models.ScimClientSecret{}).Where("directory_id = ? AND client_id = ? AND id = ?", directoryID, clientID, id).
			Update("revoked_at", secret.RevokedAt).Error; err != nil {
			return err
		}
		if err := tx.revokeAccessTokens("secret_id = ?", id, secret.RevokedAt); err != nil {
			return err
		}
		return runAlso(tx, secret, also)
	})
}

// LiveClient finds a client by what it calls itself at the token endpoint. It answers
// models.ErrUnauthorized for one that is unknown or revoked.
func (s *Store) LiveClient(ctx context.Context, id string) (models.ScimClient, error) {
	var found []models.ScimClient
	if !isID(id) {
		return models.ScimClient{}, models.ErrUnauthorized
	}
	err := s.db.WithContext(ctx).Where("id = ? AND revoked_at = 0", id).Limit(1).Find(&found).Error
	if err != nil || len(found) == 0 {
		return models.ScimClient{}, orUnauthorized(err)
	}
	return found[0], nil
}

func orUnauthorized(err error) error {
	if err != nil {
		return err
	}
	return models.ErrUnauthorized
}

// TrustedClients lists the clients of a directory that are known by what Entra signs
// when it sends its own token.
func (s *Store) TrustedClients(ctx context.Context, directoryID string) ([]models.ScimClient, error) {
	var clients []models.ScimClient
	if !isID(directoryID) {
		return nil, nil
	}
	err := s.db.WithContext(ctx).
		Where("directory_id = ? AND kind = ? AND revoked_at = 0", directoryID, models.EntraTokenClient).
		Order("id").Find(&clients).Error
	return clients, err
}

// LiveSecret finds a client's secret by its hash. It answers models.ErrUnauthorized for
// one that is unknown, expired or revoked.
func (s *Store) LiveSecret(ctx context.Context, c models.ScimClient, hash string) (models.ScimClientSecret, error) {
	secrets, err := s.ClientSecrets(ctx, c.DirectoryID, []string{c.ID})
	if err != nil {
		return models.ScimClientSecret{}, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return models.ScimClientSecret{}, err
	}
	found := -1
	for i, secret := range secrets { // all of them, so that the time tells nothing
		if subtle.ConstantTimeCompare([]byte(secret.Hash), []byte(hash)) == 1 {
			found = i
		}
	}
	if found < 0 || secrets[found].RevokedAt != 0 || secrets[found].ExpiresAt <= now {
		return models.ScimClientSecret{}, models.ErrUnauthorized
	}
	return secrets[found], nil
}

// IssueAccessToken stores an access token of a client, unless client or secret has been
// revoked meanwhile, and forgets those of it that have expired. A hash that is stored
// already, expired or revoked, is not stored again.
func (s *Store) IssueAccessToken(ctx context.Context, t models.Token) error {
	t.ID = s.newID()
	return s.InTx(ctx, t.DirectoryID, func(tx *Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.liveClient(string(t.ClientID)); err != nil {
			return err
		}
		t.CreatedAt = now
		if err := tx.db.Where("directory_id = ? AND client_id = ? AND expires_at < ?", t.DirectoryID, t.ClientID, now).
			Delete(&models.Token{}).Error; err != nil {
			return err
		}
		if t.SecretID != "" {
			if err := tx.noteSecretUse(t, now); err != nil {
				return err
			}
		}
		if err := tx.db.Model(&models.ScimClient{}).Where("directory_id = ? AND id = ?", t.DirectoryID, t.ClientID).
			Update("last_used_at", now).Error; err != nil {
			return err
		}
		return tx.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&t).Error
	})
}

func (tx *Tx) noteSecretUse(t models.Token, now models.Instant) error {
	done := tx.db.Model(&models.ScimClientSecret{}).
		Where("directory_id = ? AND client_id = ? AND id = ? AND revoked_at = 0", t.DirectoryID, t.ClientID, t.SecretID).
		Update("last_used_at", now)
	if done.Error == nil && done.RowsAffected == 0 {
		return models.ErrUnauthorized
	}
	return done.Error
}
