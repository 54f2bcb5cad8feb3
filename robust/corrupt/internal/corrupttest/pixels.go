package corrupttest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/robust/corrupt"
)

// still gives a clip in which nothing moves: what is about motion leaves it as it is, what is drawn for each frame differs from frame to frame, and
// the world and the lens do not.
func still(t *testing.T, list []corrupt.Info) {
	const n = 7
	c := Still(t, n, 96, 80)
	size := len(c.Frame(0))
	for _, i := range list {
		pix := Corrupted(t, c, n, i.Name, 5, "a", new(augment.Scratch))
		if same := bytes.Equal(pix, c.Bytes()); same != (i.Frames > 1) {
			t.Errorf("%s of a still clip changes nothing: %t, want %t", i.Name, same, !same)
		}
		frames := map[string]bool{}
		for k := range n {
			frames[string(pix[k*size:(k+1)*size])] = true
		}
		least, most := 1, 1
		switch {
		case i.Group == "noise":
			least, most = n, n
		case i.Changing:
			least, most = n-1, n // a drift may come by again
		}
		if i.Fixed { // which may well find the same for all
			least = 1
		}
		if len(frames) < least || len(frames) > most {
			t.Errorf("%s makes %d different frames of %d that are alike, want %d to %d", i.Name, len(frames), n, least, most)
		}
		other := Corrupted(t, c, n, i.Name, 5, "b", new(augment.Scratch))
		if same := bytes.Equal(pix, other); i.Frames < 2 && same != i.Fixed {
			t.Errorf("%s: another draw gives the same pixels: %t, want %t", i.Name, same, i.Fixed)
		}
	}
}

// planAlone runs corruptions in many orders on several goroutines, with scratch memory as other clips of other shapes have left it.
func planAlone(t *testing.T, list []corrupt.Info) {
	const n = 3
	var clips []*clip.Clip
	for _, shape := range [][2]int{{40, 52}, {33, 17}, {64, 80}} {
		clips = append(clips, Movie(t, 4, shape[0], shape[1]))
	}
	type job struct {
		name string
		c    *clip.Clip
		v    clip.View
		want []byte
	}
	var jobs []job
	for _, i := range list {
		for k, c := range clips {
			v, err := View(c, n, i.Name, []int{4, 1, 5}[k], "a")
			if err != nil {
				t.Fatal(err)
			}
			want, err := Pixels(c, v, new(augment.Scratch))
			if err != nil {
				t.Fatal(err)
			}
			jobs = append(jobs, job{i.Name, c, v, want})
		}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			scratch := new(augment.Scratch)
			for _, k := range rand.New(rand.NewPCG(uint64(worker), 0)).Perm(len(jobs)) {
				j := jobs[k]
				if got, err := Pixels(j.c, j.v, scratch); err != nil || !bytes.Equal(got, j.want) {
					t.Errorf("%s of %dx%d gives other pixels on worker %d: %v", j.name, j.c.Height, j.c.Width, worker, err)
				}
			}
		})
	}
	wg.Wait()
}

// distortion grows with the severity, on the mean over some draws, where Info says nothing else: of clips, and of pictures of many sizes.
func distortion(t *testing.T, list []corrupt.Info) {
	clips := map[*clip.Clip]int{Movie(t, 48, 72, 96): 16}
	for _, side := range []int{224, 112, 64, 32} {
		clips[Movie(t, 1, side, side)] = 1
	}
	s := new(augment.Scratch)
	for c, n := range clips {
		clean := Corrupted(t, c, n, "", 1, "a", s)
		for _, i := range list {
			if n < i.Frames {
				continue
			}
			draws := 4
			if i.Fixed {
				draws = 1
			}
			var mse [5]float64
			for k := range mse {
				for key := range draws {
					mse[k] += Distance(Corrupted(t, c, n, i.Name, k+1, fmt.Sprint(key), s), clean) / float64(draws)
				}
			}
			for k := range mse {
				grows := k == 0 && mse[k] > 0 || k > 0 && (mse[k] > mse[k-1] || i.Uneven != "")
				if c.Height < 72 && k > 0 { // what is less than a pixel makes no difference in a small frame
					grows = mse[k] >= mse[k-1] || i.Uneven != ""
				} else if c.Height < 72 {
					grows = true
				}
				if !grows {
					t.Errorf("%s of %d frames of %dx%d: distortions of %.2f do not grow", i.Name, n, c.Height, c.Width, mse)
					break
				}
			}
		}
	}
}
