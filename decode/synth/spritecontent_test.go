package synth

import (
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"runtime"
	"slices"
	"testing"
)

func spriteFrames(t testing.TB, o Sprites, v SpriteVideo) []byte {
	t.Helper()
	grey, err := SpriteFrames(o, v)
	if err != nil {
		t.Fatal(err)
	}
	return grey
}

// TestSpriteIsWhereTheSceneSays measures the centre and the area of a disc in rendered frames.
func TestSpriteIsWhereTheSceneSays(t *testing.T) {
	disc := make([]byte, 20*20)
	for i := range disc {
		if math.Hypot(float64(i%20)-9.5, float64(i/20)-9.5) < 6 {
			disc[i] = 200
		}
	}
	o := DefaultSprites(&Sheet{names: []string{"disc"}, cell: 20, items: [][]byte{disc}})
	o.Size, o.Background = 64, 0
	grey := make([]byte, o.Size*o.Size)
	for i := range 10 {
		s := drawSprite(o, SpriteVideo{Split: "train", Index: i})
		s.level, s.grain = 0, 0
		for _, at := range []int{0, 5, 30} {
			s.frame(at, grey)
			var sum, x, y float64
			for k, v := range grey {
				sum += float64(v) / 255
				x += float64(v) / 255 * (float64(2*(k%o.Size)+1)/float64(o.Size) - 1)
				y += float64(v) / 255 * (float64(2*(k/o.Size)+1)/float64(o.Size) - 1)
			}
			n := float64(at)
			wantX, wantY := wave(s.x+s.vx*n), wave(s.y+s.vy*n)
			if math.Abs(x/sum-wantX) > 0.01 || math.Abs(y/sum-wantY) > 0.01 || math.Abs(wantX) > 0.3 || math.Abs(wantY) > 0.3 {
				t.Errorf("video %d, frame %d: centre %.3f, %.3f, want %.3f, %.3f", i, at, x/sum, y/sum, wantX, wantY)
			}
			side := (s.scale + s.grow*n) * 28 / 32 * float64(o.Size) / 20 // of a pixel of the item, in pixels
			area := math.Pi * 36 * side * side
			if got := sum / (200.0 / 255 * s.gain); math.Abs(got/area-1) > 0.04 {
				t.Errorf("video %d, frame %d: area %.0f, want %.0f", i, at, got, area)
			}
		}
	}
}

// TestEasyAndHardDifferInRanges checks the ranges of what is drawn, at both ends.
func TestEasyAndHardDifferInRanges(t *testing.T) {
	o := fewSprites(t)
	for level, want := range map[Difficulty][6][2]float64{
		Hard: {{0.75, 1.1}, {0.25, 0.5}, {-0.25, 0.25}, {-0.25, 0.25}, {-0.06, 0.06}, {0.6, 1}},
		Easy: {{0.85, 1.1}, {0.05, 0.15}, {-0.125, 0.125}, {-0.125, 0.125}, {-0.036, 0.036}, {0.6, 1}},
	} {
		o.Difficulty = level
		var got [6][]float64
		for i := range 300 {
			s := drawSprite(o, SpriteVideo{Split: "test", Index: i})
			for k, v := range []float64{s.scale, s.level, s.angle, s.x, s.vy, s.gain} {
				got[k] = append(got[k], v)
			}
		}
		for k, name := range []string{"scale", "level", "angle", "x", "vy", "gain"} {
			lo, hi, slack := slices.Min(got[k]), slices.Max(got[k]), 0.03*(want[k][1]-want[k][0])
			if lo < want[k][0] || lo > want[k][0]+slack || hi > want[k][1] || hi < want[k][1]-slack {
				t.Errorf("%s: %s is from %.3f to %.3f, want %v", level, name, lo, hi, want[k])
			}
		}
	}
}

// TestOnlyTheItemTellsTheClass gives all classes the same items and classifies held-out videos by brightness, contrast and
// change, of the whole frame and of its corners, where little but background is: the nearest class centroid is right by chance.
func TestOnlyTheItemTellsTheClass(t *testing.T) {
	const classes, train, test = 10, 60, 30
	img := image.NewGray(image.Rect(0, 0, 12, 12*classes))
	for i := range img.Pix {
		img.Pix[i] = uint8(60 + i%144)
	}
	s, err := ReadSheet(writePNG(t, img), classes, 12)
	if err != nil {
		t.Fatal(err)
	}
	o := DefaultSprites(s)
	o.Train, o.Val, o.Test, o.Frames = Part{1, 1}, Part{0, 1}, Part{0, 1}, 4
	share := nearestCentroid(classes, train, test, func(label, index int) []float64 {
		f := make([]float64, 6)
		grey := spriteFrames(t, o, SpriteVideo{Split: "train", Label: label, Index: index})
		n := o.Size * o.Size
		var count [2]float64
		for i := range n * 3 {
			corner := 0
			if x, y := i%o.Size, i/o.Size%o.Size; (x < 4 || x > 27) && (y < 4 || y > 27) {
				corner = 1
			}
			v, next := float64(grey[i])/255, float64(grey[i+n])/255
			for k := range corner + 1 {
				count[k]++
				f[3*k] += v
				f[3*k+1] += v * v
				f[3*k+2] += math.Abs(next - v)
			}
		}
		for k, c := range count {
			f[3*k], f[3*k+2] = f[3*k]/c, f[3*k+2]/c
			f[3*k+1] = math.Sqrt(f[3*k+1]/c - f[3*k]*f[3*k])
		}
		return f
	})
	t.Logf("without the item: %.1f %% right, chance is 10 %%", 100*share)
	if share > 0.15 { // 2.9 standard deviations above chance
		t.Errorf("without the item %.1f %% are right, chance is 10 %%", 100*share)
	}
}

func TestMoreVideosPerItemContainFewer(t *testing.T) {
	o := fewSprites(t)
	few, err := SpriteVideos(o)
	if err != nil {
		t.Fatal(err)
	}
	large := o
	large.Train.Videos, large.Test.Videos, large.Frames = 12, 3, 7
	many, err := SpriteVideos(large)
	if err != nil {
		t.Fatal(err)
	}
	in := map[SpriteVideo]bool{}
	for _, v := range many {
		in[v] = true
	}
	sums := map[[32]byte]SpriteVideo{}
	for _, v := range few {
		if !in[v] {
			t.Errorf("%+v is not in the larger set", v)
		}
		short, long := spriteFrames(t, o, v), spriteFrames(t, large, v)
		if !slices.Equal(short, long[:len(short)]) {
			t.Errorf("%s/%s: a longer video begins with other frames", v.Split, v.Path)
		}
		sum := sha256.Sum256(short)
		if other, ok := sums[sum]; ok {
			t.Errorf("%+v and %+v have the same pixels", v, other)
		}
		sums[sum] = v
	}
}

// TestSpriteDrawingIsStable fails when a change alters what a seed draws, as TestDrawingIsStable does.
func TestSpriteDrawingIsStable(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the sums are for amd64")
	}
	o := fewSprites(t)
	videos, err := SpriteVideos(o)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]string{0: "2fb65ba44b3a599c", 13: "b4704694bf238809", 30: "29ea9174424183c0"} {
		if got := fmt.Sprintf("%x", sha256.Sum256(spriteFrames(t, o, videos[i])))[:16]; got != want {
			t.Errorf("%s/%s has sum %s, had %s", videos[i].Split, videos[i].Path, got, want)
		}
	}
}

// TestFashionSheet reads the sheet of Fashion-MNIST, where it is beside the checkout.
func TestFashionSheet(t *testing.T) {
	const path = "../../../shared/data/images/fashion-mnist/fashion-mnist-sprite.png"
	if _, err := os.Stat(path); err != nil {
		t.Skip("no shared test data beside the checkout (../shared/data/images/fashion-mnist)")
	}
	s, err := ReadSheet(path, 10, 28)
	if err != nil {
		t.Fatal(err)
	}
	if s.Items() != 90 || s.Classes()[9] != "class-9" {
		t.Errorf("%d items of each of %v", s.Items(), s.Classes())
	}
	o := DefaultSprites(s)
	videos, err := SpriteVideos(o)
	if err != nil || len(videos) != 2000+400+1800 {
		t.Fatalf("%d videos, error %v", len(videos), err)
	}
	sum, n := 0.0, 0
	for _, v := range videos[:2000] {
		if v.Index == 0 {
			for _, g := range spriteFrames(t, o, v) {
				sum += float64(g)
				n++
			}
		}
	}
	if mean := sum / float64(n) / 255; math.Abs(mean-0.402) > 0.01 { // 0.402 in the same recipe with PyTorch's dice
		t.Errorf("mean grey %.3f, want 0.402", mean)
	}
}

// fill is a grey image of one value.
func fill(w, h int, v uint8) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = v
	}
	return img
}

func TestSheetInColour(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 8, 16))
	for y := range 16 {
		for x := range 8 {
			img.SetNRGBA(x, y, color.NRGBA{R: 255, A: uint8(255 * (x / 4))}) // left half transparent
		}
	}
	s, err := ReadSheet(writePNG(t, img), 2, 8)
	if err != nil {
		t.Fatal(err)
	}
	if row := s.items[1][:8]; !slices.Equal(row, []byte{0, 0, 0, 0, 76, 76, 76, 76}) {
		t.Errorf("greys %v", row)
	}
}
