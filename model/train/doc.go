// Package train trains encoders: it builds the graph of a step for a configuration and a data set, compiles it on an engine, and
// runs it with batches, schedules, metrics and checkpoints around it.
package train
