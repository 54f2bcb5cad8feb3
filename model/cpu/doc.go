// Package cpu runs graphs of package op on the CPU. It is a [vidcsl/model.Engine]: Compile plans a step once (the order of the
// operations, the layout of every value, its place in one block of memory) and Run executes that plan without allocating.
//
// Operations that oneDNN or a kernel of package internal/dnn has are computed there, in the layout and with the threads they want;
// all others by their reference in package op. The library is looked for when the first engine is made: where it is absent,
// everything runs on the references, which are correct and slow, and one warning says so. Build with -tags nodnnl, or without cgo,
// to leave it out.
package cpu
