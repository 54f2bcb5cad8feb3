//go:build !cgo

package kernel

func gauss(pix []byte, k Key, table *[gaussCells]uint32, same, gain int32) {
	refGauss(pix, k, table, same, gain)
}

func outcome(pix []byte, k Key, o *Outcomes) { refOutcome(pix, k, o) }

func impulse(pix []byte, k Key, below uint32) { refImpulse(pix, k, below) }
