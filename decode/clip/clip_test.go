package clip_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/clip"
)

func table(n int) *clip.Meta {
	m := &clip.Meta{Source: "v", Width: 64, Height: 48, TimeBase: clip.Rational{Num: 1, Den: 100}, Start: 50,
		Duration: int64(n) * 4, FrameRate: clip.Rational{Num: 25, Den: 1}}
	for i := range int64(n) {
		m.Frames.PTS = append(m.Frames.PTS, 50+4*i)
	}
	return m
}

func rng() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestRandomClipsCoverEveryStart(t *testing.T) {
	r, m := rng(), table(20)
	starts := map[int64]int{}
	for range 2000 {
		d, err := clip.RandomClips{Frames: 4, Stride: 3}.Sample(m, 0, 1, r)
		if err != nil {
			t.Fatal(err)
		}
		for k := 1; k < 4; k++ {
			if d.PTS[k]-d.PTS[k-1] != 12 {
				t.Fatalf("frames at %v, want 3 apart", d.PTS)
			}
		}
		if d.Padded {
			t.Fatal("marked as padded")
		}
		starts[d.PTS[0]]++
	}
	for i := range int64(11) { // span 10 of 20 frames: starts 0 to 10
		if n := starts[50+4*i]; n < 100 || n > 280 {
			t.Errorf("start %d drawn %d times in 2000, want about 182", i, n)
		}
	}
	if len(starts) != 11 {
		t.Errorf("%d starts, want 11", len(starts))
	}
}

func TestShortSourceRepeatsItsLastFrame(t *testing.T) {
	d, err := clip.RandomClips{Frames: 4, Stride: 2}.Sample(table(3), 0, 1, rng())
	if err != nil {
		t.Fatal(err)
	}
	if want := []int64{50, 58, 58, 58}; !slices.Equal(d.PTS, want) || !d.Padded {
		t.Errorf("%v, padded %v; want %v, padded", d.PTS, d.Padded, want)
	}
}

func TestRegularClipsAreSpread(t *testing.T) {
	for i, want := range []int64{50, 50 + 4*5, 50 + 4*10} {
		d, err := clip.RegularClips{Frames: 4, Stride: 3}.Sample(table(20), i, 3, nil)
		if err != nil || d.PTS[0] != want {
			t.Errorf("clip %d begins at %v (%v), want %d", i, d.PTS, err, want)
		}
	}
	if d, _ := (clip.RegularClips{Frames: 4, Stride: 3}).Sample(table(20), 0, 1, nil); d.PTS[0] != 50+4*5 {
		t.Errorf("a single clip begins at %d, want the middle", d.PTS[0])
	}
}

func TestUniformFramesTakeOneOfEachSegment(t *testing.T) {
	m := table(20)
	d, err := clip.UniformFrames{Frames: 4}.Sample(m, 0, 1, nil)
	if want := []int64{58, 78, 98, 118}; err != nil || !slices.Equal(d.PTS, want) {
		t.Errorf("%v (%v), want %v", d.PTS, err, want)
	}
	r := rng()
	for range 100 {
		d, err := clip.UniformFrames{Frames: 4, Random: true}.Sample(m, 0, 1, r)
		if err != nil {
			t.Fatal(err)
		}
		for k, pts := range d.PTS {
			if i := (pts - 50) / 4; i/5 != int64(k) {
				t.Fatalf("frame %d is not of segment %d", i, k)
			}
		}
	}
}

func TestByTime(t *testing.T) {
	m := table(100)
	d, err := clip.TimedClips{Frames: 5, Step: clip.Rational{Num: 1, Den: 10}}.Sample(m, 0, 1, rng())
	if err != nil {
		t.Fatal(err)
	}
	for k := 1; k < 5; k++ {
		if d.PTS[k]-d.PTS[0] != int64(10*k) {
			t.Errorf("times %v, want 10 ticks apart", d.PTS)
		}
	}
	long, err := clip.TimedClips{Frames: 5, Step: clip.Rational{Num: 2, Den: 1}}.Sample(m, 0, 1, rng())
	if err != nil || !long.Padded || long.PTS[4] != 50+399 {
		t.Errorf("%+v, %v; want the end of the source, padded", long, err)
	}
	m.Frames.PTS = nil // too large to be scanned: slots of the average frame duration
	d, err = clip.RandomClips{Frames: 4, Stride: 2}.Sample(m, 0, 1, rng())
	if err != nil || (d.PTS[0]-50)%4 != 2 || d.PTS[1]-d.PTS[0] != 8 {
		t.Errorf("%+v, %v; want the middles of slots, 8 ticks apart", d, err)
	}
}

func TestSamplersRefuseNonsense(t *testing.T) {
	unknown := &clip.Meta{Source: "v", TimeBase: clip.Rational{Num: 1, Den: 25}}
	for name, c := range map[string]struct {
		s clip.Sampler
		m *clip.Meta
	}{
		"frames 0":    {clip.RandomClips{Frames: 0, Stride: 1}, table(5)},
		"stride 0":    {clip.RegularClips{Frames: 2}, table(5)},
		"segments 0":  {clip.UniformFrames{}, table(5)},
		"no step":     {clip.TimedClips{Frames: 3}, table(5)},
		"no duration": {clip.TimedClips{Frames: 3, Step: clip.Rational{Num: 1, Den: 1}}, unknown},
		"no frames":   {clip.RandomClips{Frames: 3, Stride: 1}, unknown},
	} {
		if _, err := c.s.Sample(c.m, 0, 1, rng()); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestViewJSON(t *testing.T) {
	v := clip.View{PTS: []int64{1, 2}, TimeBase: clip.Rational{Num: 1, Den: 25}, Crop: clip.Rect{X: 2, W: 8, H: 8}, Width: 4, Height: 4, Flip: true}
	const want = `{"pts":[1,2],"time_base":{"num":1,"den":25},"crop":{"x":2,"y":0,"w":8,"h":8},"width":4,"height":4,"flip":true,"seed":0}`
	if v.JSON() != want {
		t.Errorf("%s\nwant %s", v.JSON(), want)
	}
	back, err := clip.ParseView(want)
	if err != nil || back.JSON() != want {
		t.Errorf("%+v, %v", back, err)
	}
	for _, bad := range []string{"", "{", `{"pts":[1],"speed":2}`, want + "x"} {
		if _, err := clip.ParseView(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestCenterSquareIsOnEvenPixels(t *testing.T) {
	for w := 1; w < 40; w++ {
		for h := 1; h < 40; h++ {
			v := clip.CenterSquare(&clip.Meta{Width: w, Height: h}, 8)
			v.PTS = []int64{0}
			if _, err := v.Resolve(&clip.Meta{Width: w, Height: h}); err != nil {
				t.Fatalf("%dx%d: %v", w, h, err)
			}
			if c := v.Crop; c.X%2 != 0 || c.Y%2 != 0 || c.W != c.H || (c.W%2 != 0 && c.W > 1) {
				t.Fatalf("%dx%d: crop %+v", w, h, c)
			}
		}
	}
}

func TestClipOwnership(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	c := clip.New(mem, clip.View{PTS: []int64{1, 2, 3}, Width: 5, Height: 4})
	if len(c.Bytes()) != 3*4*5*3 || c.ByteSize() != 180 || fmt.Sprint(c.Shape()) != "[3 4 5 3]" || len(c.Frame(2)) != 60 {
		t.Errorf("clip %v", c.Shape())
	}
	s := &clip.Sample{Plan: &clip.Plan{Key: "k"}, Clips: []*clip.Clip{c}}
	s.Retain()
	s.Release()
	s.Release()
	closed := 0
	src := clip.NewSource(clip.Item{Source: "v", Clips: 1}, table(3), nil, func() { closed++ })
	p := clip.NewPlanned(src, nil)
	src.Release()
	if closed != 0 {
		t.Error("closed while a plan needs it")
	}
	if p.Release(); closed != 1 {
		t.Errorf("closed %d times", closed)
	}
}

func write(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, n := range names {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, n)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, n), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func show(l *clip.Listing) string {
	var b strings.Builder
	for _, it := range l.Items {
		fmt.Fprintf(&b, "%s:%d ", it.Source, it.Label)
	}
	return fmt.Sprintf("%s%v", b.String(), l.Labels)
}

func TestListFolder(t *testing.T) {
	dir := write(t, "walk/a.mp4", "walk/deep/b.MKV", "run/c.png", "d.avi", "notes.txt", "run/readme.md")
	elsewhere := write(t, "x.mp4")
	if err := os.Symlink(elsewhere, filepath.Join(dir, "jump")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, filepath.Join(dir, "walk", "loop")); err != nil {
		t.Fatal(err)
	}
	l, err := clip.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := show(l), "d.avi:-1 jump/x.mp4:0 run/c.png:1 walk/a.mp4:2 walk/deep/b.MKV:2 [jump run walk]"; got != want || l.Others != 2 {
		t.Errorf("%s, %d others\nwant %s", got, l.Others, want)
	}
	if l.Items[1].Path != filepath.Join(dir, "jump", "x.mp4") {
		t.Errorf("path %s", l.Items[1].Path)
	}
}

func TestListGlobFileAndCSV(t *testing.T) {
	dir := write(t, "walk/a.mp4", "run/b.mp4", "run/c.mp4", "odd.bin")
	l, err := clip.List(filepath.Join(dir, "*", "[ab].mp4"))
	if err != nil || show(l) != "run/b.mp4:0 walk/a.mp4:1 [run walk]" {
		t.Errorf("glob: %v, %v", l, err)
	}
	l, err = clip.List(filepath.Join(dir, "odd.bin"))
	if err != nil || show(l) != "odd.bin:-1 []" {
		t.Errorf("file: %v, %v", l, err)
	}
	csv := filepath.Join(dir, "list.csv")
	put := func(s string) {
		if err := os.WriteFile(csv, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("label,path\nwalking,walk/a.mp4\n,run/b.mp4\nrunning,/abs/c.mp4\n")
	l, err = clip.List(csv)
	if err != nil || show(l) != "/abs/c.mp4:0 run/b.mp4:-1 walk/a.mp4:1 [running walking]" || l.Items[0].Path != "/abs/c.mp4" || l.Items[2].Path != filepath.Join(dir, "walk/a.mp4") {
		t.Errorf("csv: %v, %v", l, err)
	}
	for content, says := range map[string]string{
		"":                     "header",
		"file,label\na,b\n":    "path",
		"path\na.mp4\na.mp4\n": "line 3",
		"path,label\n,x\n":     "line 2",
		"path\na,b,c\n":        "wrong number of fields",
		"path\n":               "no videos",
	} {
		put(content)
		if _, err := clip.List(csv); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%q: %v, want %q and the path", content, err, says)
		}
	}
}

func TestListFindsNothing(t *testing.T) {
	dir := write(t, "notes.txt")
	if _, err := clip.List(dir); !errors.Is(err, clip.ErrNoVideos) {
		t.Errorf("%v", err)
	}
	if _, err := clip.List(filepath.Join(dir, "gone")); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("%v", err)
	}
	if _, err := clip.List(filepath.Join(dir, "*.mp4")); !errors.Is(err, clip.ErrNoVideos) {
		t.Errorf("%v", err)
	}
}

// A name that is not UTF-8 gets a key that is, and that no other name has.
func TestListOddNames(t *testing.T) {
	dir := write(t, "a\xff.mp4", "a\xfe.mp4", "b c#1.mp4")
	l, err := clip.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := show(l), `a\xfe.mp4:-1 a\xff.mp4:-1 b c#1.mp4:-1 []`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if l.Items[0].Path != filepath.Join(dir, "a\xfe.mp4") {
		t.Errorf("path %q", l.Items[0].Path)
	}
}
