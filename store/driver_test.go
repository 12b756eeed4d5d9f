package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// What goes past GORM must leave a transaction as GORM does.
func TestAPanicEndsATransactionAndIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, err := s.CreateDirectory(t.Context(), "Contoso", models.DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		u := userNamed(d.ID, s.NewID(), "ann")
		func() {
			defer func() {
				if got := recover(); got != "a row" {
					t.Errorf("recovered %v", got)
				}
			}()
			_ = s.InTx(t.Context(), d.ID, func(tx *store.Tx) error {
				if err := tx.CreateUsers([]models.User{u}); err != nil {
					return err
				}
				return tx.AskForOne(func() { panic("a row") })
			})
		}()
		for range 6 { // every connection of the pool
			if err := s.InTx(t.Context(), d.ID, func(tx *store.Tx) error {
				if found, err := tx.UsersForUpdate([]string{u.ID}); err != nil || len(found) > 0 {
					t.Errorf("found %v, %v", found, err)
				}
				return tx.AskForOne(func() {})
			}); err != nil {
				t.Errorf("the pool was left unusable: %v", err)
			}
		}
	})
}

// cancelling is a value that ends its context when it is written.
type cancelling struct{ cancel func() }

func (c cancelling) MarshalJSON() ([]byte, error) {
	c.cancel()
	return []byte("1"), nil
}

func TestWhatItsContextEndsSaysSo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, err := s.CreateDirectory(t.Context(), "Contoso", models.DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		users := make([]models.User, 500)
		for i := range users {
			users[i] = userNamed(d.ID, s.NewID(), "")
		}
		for name, f := range map[string]func(cancel func(), tx *store.Tx) error{
			"while rows are written": func(cancel func(), tx *store.Tx) error {
				own := slices.Clone(users) // the driver may still read them when it has given up
				own[30].Attributes = models.Attributes{"x": cancelling{cancel}}
				return tx.CreateUsers(own)
			},
			"before rows are written": func(cancel func(), tx *store.Tx) error {
				cancel()
				return tx.CreateUsers(users)
			},
			"before anything is asked": func(cancel func(), tx *store.Tx) error {
				cancel()
				return tx.AskForOne(func() {})
			},
			"while an answer is read": func(cancel func(), tx *store.Tx) error {
				return errors.Join(tx.AskForOne(cancel), tx.AskForOne(func() {}))
			},
		} {
			for range 5 {
				ctx, cancel := context.WithCancel(t.Context())
				err := s.InTx(ctx, d.ID, func(tx *store.Tx) error { return f(cancel, tx) })
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %v", name, err)
				}
				cancel()
			}
		}
	})
}
