package runs

import (
	"context"
	"log/slog"

	"vidcsl/cmd/feed"
)

// OpenData opens data as a training of the configuration does.
func (c Config) OpenData(ctx context.Context, path string, workers int, log *slog.Logger) (*feed.Dataset, error) {
	if c.Data.Views == 0 {
		c.Data.Views = c.Views()
	}
	return feed.Open(ctx, path, feed.Options{Config: c.Data, Batch: c.Batch, Seed: c.Seed, Workers: workers, Log: log})
}

// CheckData returns an error of what a training would refuse of the data in the folder train, or tests by probes of those in held, both opened by
// [Config.OpenData]: what can be known before any step is made.
func (c Config) CheckData(train, held *feed.Dataset, trainPath, heldPath string, probes []string) error {
	if err := c.Config.CheckData(train.Info()); err != nil {
		return err
	}
	return (&Evaluation{Probes: probes}).check(c, pair{train, held, trainPath, heldPath})
}
