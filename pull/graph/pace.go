package graph

import (
	"net/http"
	"strconv"
	"time"
)

// The share of its limit from which on Graph tells an application how much it has used
// (section 3.1), and the window of that limit.
const (
	toldShare   = 0.8
	limitWindow = 10 * time.Second
	firstPause  = 250 * time.Millisecond
)

// pace slows a run down as the limit comes near, for all requests of the application:
// a pause now costs less than being told to wait, and leaves something to others. A
// connection test does not pause, for somebody waits for it.
func (c *client) pace(header http.Header) {
	if !c.isBackground {
		return
	}
	if pause := pauseFor(header.Get("x-ms-throttle-limit-percentage")); pause > 0 {
		c.gate.shut(c.now().Add(pause))
	}
}

// pauseFor grows with the share: half a window at 1.3, a whole one at the most that is
// told, 1.8.
func pauseFor(share string) time.Duration {
	used, err := strconv.ParseFloat(share, 64)
	if err != nil || !(used >= toldShare) {
		return 0
	}
	return min(firstPause+time.Duration(float64(limitWindow)*min(used-toldShare, 1)), limitWindow)
}
