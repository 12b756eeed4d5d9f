package store

import (
	"context"
	"time"

	"gorm.io/gorm/logger"
)

// tracer hands every statement to Options.Trace.
type tracer struct {
	logger.Interface
	tell func(sql string)
}

// Trace implements logger.Interface.
func (t tracer) Trace(_ context.Context, _ time.Time, statement func() (sql string, rows int64), _ error) {
	sql, _ := statement()
	t.tell(sql)
}

// LogMode implements logger.Interface.
func (t tracer) LogMode(logger.LogLevel) logger.Interface { return t }
