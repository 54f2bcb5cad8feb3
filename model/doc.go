// Package model trains encoders. One training step is one pure graph, (state, batch) → (new state, metrics), of the operations of
// package op; an [Engine] compiles it and keeps the state.
package model
