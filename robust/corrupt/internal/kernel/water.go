package kernel

// Water says how drops of water on a lens look.
type Water struct {
	Least    float32 // liquid is above it
	Scale    float32 // of lengths, 1 at 224 pixels
	Strength float32 // of the colour where drops are thickest and lit most
	Colour   [3]float32
}

// Add sets dst, h x w pixels, to what the drops add to them: liquid, whose content is lost, times how it is lit, which ImageNet-C derives from
// the distance to the edges of drops with a few operations of OpenCV.
func (o *Water) Add(dst []byte, liquid []float32, h, w int, work *Work) {
	checkFrame(len(dst), h, w)
	want("liquid", len(liquid), h*w)
	n, wide := h*w, (h+2)*(w+2)
	grow(&work.bytes, 3*n+wide)
	grow(&work.words, 2*n)
	grow(&work.strength, wide)
	grow(&work.todo, n)
	grow(&work.floats, n+(h+4)*(w+4))
	water(dst, liquid, h, w, o, work)
}
