package train

import (
	"log/slog"

	"vidcsl/model"
)

// Option sets what a run leaves behind, and not what it computes.
type Option func(*Trainer)

// Dir names the folder of the run: the trainer writes config.yaml, metrics.jsonl, tensorboard/, checkpoints/ and, at the end,
// encoder.safetensors there. Without it, nothing is written.
func Dir(path string) Option { return func(t *Trainer) { t.dir = path } }

// Observe adds observers, which are told of every step in this order. The trainer does not close them.
func Observe(o ...Observer) Option {
	return func(t *Trainer) { t.observers = append(t.observers, o...) }
}

// Log sets where warnings and the line of every [Config].LogEvery steps go. Without it, they go to [slog.Default].
func Log(l *slog.Logger) Option { return func(t *Trainer) { t.log = l } }

// Hunt names an engine on which, after a run diverged, the steps since its last checkpoint, or all if there is none, are made again to
// learn more: a CPU engine with CheckNaN says which operation made the first NaN. Nothing is written then.
func Hunt(e model.Engine) Option { return func(t *Trainer) { t.hunter = e } }

// Describe sets what the folder's config.yaml says in place of the trainer's configuration alone: that of a program around it, which has
// settings of its own and reads the file back.
func Describe(yaml []byte) Option { return func(t *Trainer) { t.described = yaml } }
