//go:build !cgo

package kernel

// levels names the instruction sets that this build and CPU can use, slowest first.
func levels() []string { return []string{"go"} }

func setLevel(int) (restore func()) { return func() {} }
