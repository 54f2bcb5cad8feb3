package synth

// toYUV420 converts size x size RGB to planar Y, U, V in yuv, which holds size*size*3/2 bytes: BT.601, limited range,
// integer arithmetic. Chroma is sited left, as H.264 has it by default: weights 1 2 1 across and 1 1 down.
func toYUV420(rgb, yuv []byte, size int) {
	luma := yuv[:size*size]
	for i := range luma {
		r, g, b := int(rgb[3*i]), int(rgb[3*i+1]), int(rgb[3*i+2])
		luma[i] = uint8((66*r+129*g+25*b+128)>>8 + 16)
	}
	half := size / 2
	u, v := yuv[size*size:size*size+half*half], yuv[size*size+half*half:]
	for y := range half {
		top, bottom := rgb[2*y*size*3:], rgb[(2*y+1)*size*3:]
		for x := range half {
			mid := 6 * x
			before := max(0, mid-3)
			var c [3]int
			for ch := range 3 {
				c[ch] = int(top[before+ch]) + 2*int(top[mid+ch]) + int(top[mid+3+ch]) +
					int(bottom[before+ch]) + 2*int(bottom[mid+ch]) + int(bottom[mid+3+ch])
			}
			u[y*half+x] = uint8((-38*c[0]-74*c[1]+112*c[2]+1024)>>11 + 128)
			v[y*half+x] = uint8((112*c[0]-94*c[1]-18*c[2]+1024)>>11 + 128)
		}
	}
}
