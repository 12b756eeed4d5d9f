package store

import (
	"context"
	"sync"
	"time"

	"gorm.io/gorm"
)

// commits writes on SQLite what several requests have waiting: one of them takes all of
// it into its transaction, so that the disk is waited for once. Each piece is whole or not
// there at all, whatever becomes of the others.
type commits struct {
	mu      sync.Mutex
	waiting []*piece
}

// piece is what one request writes.
type piece struct {
	statements []statement
	done       bool
	err        error
}

// commitLimit bounds a transaction that is no single request's.
const commitLimit = 30 * time.Second

func (c *commits) write(ctx context.Context, s *Store, statements []statement) error {
	p := &piece{statements: statements}
	c.mu.Lock()
	c.waiting = append(c.waiting, p)
	c.mu.Unlock()
	s.writer.Lock() // whoever gets it writes for all who wait
	defer s.writer.Unlock()
	if p.done {
		return p.err
	}
	c.mu.Lock()
	all := c.waiting
	c.waiting = nil
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitLimit)
	defer cancel()
	s.commit(ctx, all)
	return p.err
}

// commit writes pieces in one transaction.
func (s *Store) commit(ctx context.Context, all []*piece) {
	s.traced("BEGIN")
	err := s.db.WithContext(ctx).Transaction(func(db *gorm.DB) error {
		for _, p := range all {
			if err := s.commitOne(ctx, db, p); err != nil {
				return err
			}
		}
		return nil
	})
	s.traced("END")
	for _, p := range all {
		if p.done = true; err != nil {
			p.err = err
		}
	}
}

// commitOne writes one piece, and takes it back whole if a part of it fails. Its own error
// is told to who waits for it; it answers one that ends the transaction for all.
func (s *Store) commitOne(ctx context.Context, db *gorm.DB, p *piece) error {
	pool := db.Statement.ConnPool
	if _, err := pool.ExecContext(ctx, "SAVEPOINT piece"); err != nil {
		return err
	}
	for _, one := range p.statements {
		s.traced(one.sql)
		if _, p.err = pool.ExecContext(ctx, one.sql, one.args...); p.err != nil {
			if _, err := pool.ExecContext(ctx, "ROLLBACK TO piece"); err != nil {
				return err
			}
			break
		}
	}
	_, err := pool.ExecContext(ctx, "RELEASE piece")
	return err
}
