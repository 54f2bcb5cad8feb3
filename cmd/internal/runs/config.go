// Package runs trains and evaluates encoders on videos or shards: the work behind the train and eval verbs.
package runs

import (
	"vidcsl/cmd/feed"
	"vidcsl/model/eval"
	"vidcsl/model/train"
	"vidcsl/pipeline/config"
)

// Config is everything that decides what a run learns from its data. It is the YAML of --config, and what a run stores.
type Config struct {
	train.Config

	Data feed.Config `yaml:"data" doc:"how views are made of videos or stored clips"`
	KNN  KNN         `yaml:"knn" doc:"classification of the held-out clips by their nearest neighbours among those of the training"`
}

// KNN says how and when an encoder is tested by its nearest neighbours.
type KNN struct {
	Every       int     `yaml:"every" legal:"0..1000000000" doc:"steps between two tests while training; 0: at the end alone"`
	K           int     `yaml:"k" legal:"1..1000000" doc:"neighbours that vote"`
	Temperature float64 `yaml:"temperature" legal:"(0..100]" doc:"votes are weighted by exp(cosine / temperature)"`
	Center      bool    `yaml:"center" doc:"subtract the mean of the training features first"`
}

// Default is the configuration where nothing is said.
func Default() Config {
	k, data := eval.DefaultKNN(), feed.Default()
	data.Views = 0
	return Config{Config: train.Default(), Data: data, KNN: KNN{K: k.K, Temperature: k.Temperature, Center: k.Center}}
}

// Read overlays the YAML of a file on c. An error names every wrong place in it.
func (c *Config) Read(path string) error { return config.ReadFile(path, c) }

// Check returns an error that names every field out of range, its value and the legal ones.
func (c Config) Check() error { return config.Check("", &c) }

// YAML returns the canonical text: every field, in order.
func (c Config) YAML() ([]byte, error) { return config.Marshal(&c) }

// MarshalJSON returns the canonical configuration as JSON.
func (c Config) MarshalJSON() ([]byte, error) { return config.MarshalJSON(&c) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Config) UnmarshalJSON(text []byte) error {
	*c = Default()
	return config.Overlay("config", text, c)
}

func (c Config) knn() eval.KNNOptions {
	return eval.KNNOptions{K: c.KNN.K, Temperature: c.KNN.Temperature, Center: c.KNN.Center}
}
