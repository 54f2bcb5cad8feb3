//go:build !cgo

package kernel

func water(dst []byte, liquid []float32, h, w int, o *Water, k *Work) {
	refWater(dst, liquid, h, w, o, k)
}
