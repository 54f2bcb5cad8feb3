package kernel

import "math"

// bitsOf returns 64 random bits for a place under a seed: the finaliser of SplitMix64 (Steele et al., OOPSLA 2014) on a counter.
func bitsOf(seed, place uint64) uint64 {
	h := seed + 0x9e3779b97f4a7c15*(place+1)
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// normals are the quantiles of the normal distribution at (i+1/2)/4096, as 1/1024.
var normals = func() (q [4096]int32) {
	for i := range q {
		p := (float64(i) + 0.5) / float64(len(q))
		q[i] = int32(math.Round(1024 * math.Sqrt2 * math.Erfinv(2*p-1)))
	}
	return q
}()

// levels of light that a [Sensor] tells apart.
const levelsOfLight = 4096

// Sensor is the tables of a camera in little light: of each value of a pixel the mean and the standard deviation of the light that is
// read, and of each such reading the value that is shown. [Sensor.Set] makes them.
type Sensor struct {
	mean, dev [256]int32 // in levels of light
	shown     [levelsOfLight]byte
}

// Set makes the tables: white at exposure 1 is full electrons, and reading adds noise of read electrons. Values are light to the power
// of 1/2.2.
func (s *Sensor) Set(exposure, full, read float64) {
	const gamma = 2.2
	unit := exposure * 2 / levelsOfLight // twice white is the most that is told apart
	for v := range s.mean {
		light := exposure * math.Pow(float64(v)/255, gamma)
		s.mean[v] = int32(math.Round(light / unit))
		s.dev[v] = int32(math.Round(math.Sqrt(float64(light*full)+float64(read*read)) / full / unit))
	}
	for i := range s.shown {
		s.shown[i] = byte(math.Round(255 * math.Pow(min(float64(i)*unit, 1), 1/gamma)))
	}
}

// Sense replaces the values of a frame by what the sensor reads: mean + deviation n, where n is one of 4096 quantiles of the normal
// distribution, drawn by seed and place. Noise at places of different seeds is independent.
//
// Cost: 80 µs for 112x112.
func (s *Sensor) Sense(pix []byte, seed uint64) {
	for i := 0; i < len(pix); i += 4 {
		bits := bitsOf(seed, uint64(i/4))
		p := pix[i:min(i+4, len(pix))]
		for j, v := range p {
			light := s.mean[v] + (s.dev[v]*normals[bits&4095]+512)>>10
			p[j] = s.shown[min(max(light, 0), levelsOfLight-1)]
			bits >>= 16
		}
	}
}
