package main

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/store"
)

const metricsPath = "/metrics"

// metrics are what a Prometheus of the operator reads: how requests go, and what calls
// for somebody's attention.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "scimbridge_request_duration_seconds", Help: "Requests by door, method and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"door", "method", "status"}),
	}
	m.registry.MustRegister(m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watch adds what is stored, and the storms that this process has told of.
func (m *metrics) watch(db *store.Store, storms func() int64, log *slog.Logger) {
	m.registry.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "scimbridge_storms_total", Help: "Storms of losses over SCIM that this process has told of.",
		}, func() float64 { return float64(storms()) }),
		stored{db, log})
}

// answered counts a request.
func (m *metrics) answered(r *http.Request, status int, took time.Duration) {
	m.requests.WithLabelValues(doorOf(r.URL.Path), knownMethod(r.Method), strconv.Itoa(status)).Observe(took.Seconds())
}

// knownMethod keeps what a stranger invents out of the labels.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return method
	}
	return "other"
}

// door serves the metrics to whoever may read the whole bridge: they tell how many
// customers there are, and how they fare.
func (m *metrics) door(admins *access.Admins) echo.HandlerFunc {
	serve := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	return func(c echo.Context) error {
		r := c.Request()
		token, _ := access.Bearer(r.Header.Get(echo.HeaderAuthorization))
		rights, err := admins.Admit(r.Context(), token)
		switch {
		case err != nil:
			c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer realm="scimbridge metrics"`)
			return c.String(http.StatusUnauthorized, "send an operator's admin token: Authorization: Bearer …\n")
		case !rights.ReadsBridge():
			return c.String(http.StatusForbidden, "metrics are about all directories; this token is for one\n")
		}
		access.NoteAdmitted(r.Context())
		serve.ServeHTTP(c.Response(), r)
		return nil
	}
}

// stored collects what the database tells, each time that somebody asks.
type stored struct {
	db  *store.Store
	log *slog.Logger
}

var (
	runsByState = prometheus.NewDesc("scimbridge_sync_runs", "Sync runs on record by state; held ones wait for an admin.", []string{"state"}, nil)
	endingSoon  = prometheus.NewDesc("scimbridge_credentials_ending", "Graph credentials that end soon, as warned of, or have ended.", nil, nil)
)

const collectLimit = 5 * time.Second

// Describe implements prometheus.Collector.
func (s stored) Describe(to chan<- *prometheus.Desc) { to <- runsByState; to <- endingSoon }

// Collect implements prometheus.Collector. What cannot be read is left out, and logged.
func (s stored) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collectLimit)
	defer cancel()
	runs, err := s.db.CountRuns(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "sync runs cannot be counted for the metrics", "error", err)
		return
	}
	for _, state := range models.RunStates {
		to <- prometheus.MustNewConstMetric(runsByState, prometheus.GaugeValue, float64(runs[state]), string(state))
	}
	ending, err := s.db.EndingCredentials(ctx, models.At(time.Now().Add(models.FirstWarning)))
	if err != nil {
		s.log.WarnContext(ctx, "credentials cannot be counted for the metrics", "error", err)
		return
	}
	to <- prometheus.MustNewConstMetric(endingSoon, prometheus.GaugeValue, float64(len(ending)))
}
