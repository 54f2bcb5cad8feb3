package kernel

// QuantTables is the quantisation of luma and chroma, row by row.
type QuantTables struct{ Luma, Chroma [64]int16 }

// The tables of ITU-T T.81, annex K, for quality 50.
var annexK = QuantTables{
	Luma: [64]int16{
		16, 11, 10, 16, 24, 40, 51, 61,
		12, 12, 14, 19, 26, 58, 60, 55,
		14, 13, 16, 24, 40, 57, 69, 56,
		14, 17, 22, 29, 51, 87, 80, 62,
		18, 22, 37, 56, 68, 109, 103, 77,
		24, 35, 55, 64, 81, 104, 113, 92,
		49, 64, 78, 87, 103, 121, 120, 101,
		72, 92, 95, 98, 112, 100, 103, 99,
	},
	Chroma: [64]int16{
		17, 18, 24, 47, 99, 99, 99, 99,
		18, 21, 26, 66, 99, 99, 99, 99,
		24, 26, 56, 99, 99, 99, 99, 99,
		47, 66, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
	},
}

// NewQuantTables returns the tables for a quality of 1 to 100, as IJG scales them.
func NewQuantTables(quality int) QuantTables {
	percent := 200 - 2*quality
	if quality < 50 {
		percent = 5000 / quality
	}
	q := annexK
	for _, t := range []*[64]int16{&q.Luma, &q.Chroma} {
		for i, v := range t {
			t[i] = int16(min(max((int(v)*percent+50)/100, 1), 255))
		}
	}
	return q
}

// JPEG does to a frame of h x w pixels what saving it as a baseline JPEG with 4:2:0 chroma and loading it does, to the bit of libjpeg-turbo with its
// accurate DCT and smooth upsampling, its defaults.
func JPEG(frame []byte, h, w int, q *QuantTables, s *Work) {
	checkFrame(len(frame), h, w)
	wide, high := (w+15)&^15, (h+15)&^15
	b := grow(&s.bytes, high*wide+high/2*wide+4*wide)
	jpeg(frame, h, w, q, b[:high*wide], b[high*wide:], grow(&s.words, 16*wide))
}
