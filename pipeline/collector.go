package pipeline

import "github.com/prometheus/client_golang/prometheus"

// Collector returns the graph's counters for Prometheus, each with the label
// stage; labels are added to all of them, so that several graphs can share a
// registry. It reads the counters of Stats when it is scraped and costs nothing
// otherwise.
//
//	pipeline_items_total{stage,direction="in"|"out"}     values
//	pipeline_bytes_total{stage,direction="in"|"out"}     bytes of values that know their size
//	pipeline_skipped_total{stage}                        inputs given up
//	pipeline_retries_total{stage}                        further calls of Process
//	pipeline_seconds_total{stage,state="busy"|"waiting"|"blocked"}
//	pipeline_workers{stage}                              working at present
//	pipeline_queue_items{stage}, pipeline_queue_bytes{stage}
func (g *Graph) Collector(labels prometheus.Labels) prometheus.Collector {
	desc := func(name, help string, by ...string) *prometheus.Desc {
		return prometheus.NewDesc("pipeline_"+name, help, append([]string{"stage"}, by...), labels)
	}
	return &collector{
		g:       g,
		items:   desc("items_total", "Values taken and handed on.", "direction"),
		bytes:   desc("bytes_total", "Bytes of the values that know their size.", "direction"),
		skipped: desc("skipped_total", "Inputs given up."),
		retries: desc("retries_total", "Further calls of Process after a failure."),
		seconds: desc("seconds_total", "Time of the workers by state.", "state"),
		workers: desc("workers", "Workers at present."),
		queue:   desc("queue_items", "Values in the output queues."),
		queued:  desc("queue_bytes", "Bytes in the output queues."),
	}
}

type collector struct {
	g                                       *Graph
	items, bytes, skipped, retries, seconds *prometheus.Desc
	workers, queue, queued                  *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.items, c.bytes, c.skipped, c.retries, c.seconds, c.workers, c.queue, c.queued} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	for _, s := range c.g.Stats() {
		count := func(d *prometheus.Desc, v float64, by ...string) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, append([]string{s.Name}, by...)...)
		}
		gauge := func(d *prometheus.Desc, v float64) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, s.Name)
		}
		count(c.items, float64(s.In), "in")
		count(c.items, float64(s.Out), "out")
		count(c.bytes, float64(s.BytesIn), "in")
		count(c.bytes, float64(s.BytesOut), "out")
		count(c.skipped, float64(s.Skipped))
		count(c.retries, float64(s.Retried))
		count(c.seconds, s.Busy.Seconds(), "busy")
		count(c.seconds, s.Waiting.Seconds(), "waiting")
		count(c.seconds, s.Blocked.Seconds(), "blocked")
		gauge(c.workers, float64(s.Workers))
		gauge(c.queue, float64(s.Queue))
		gauge(c.queued, float64(s.QueueBytes))
	}
}
