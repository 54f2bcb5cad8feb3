package decode

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/clip"
)

func damaged(v clip.View, d clip.Damage) clip.View {
	v.Damage = &d
	return v
}

// whole is a view of all frames of a video at their own size.
func whole(v *Video) clip.View {
	view := clip.Native(v.Meta())
	view.PTS = v.Meta().Frames.PTS
	return view
}

// checkUndamaged compares the tolerant way of decoding, with nothing damaged, with the strict one.
func checkUndamaged(t *testing.T, path string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(11, 2))
	for round := range 2 {
		v := open(t, path)
		if round%2 == 1 {
			v = openUnkept(t, path)
		}
		if v.d.damageable() != nil {
			return
		}
		table := v.Meta().Frames.PTS
		view := whole(v)
		view.Width, view.Height = 48, 32
		if round > 0 {
			view.PTS = nil
			for range 4 {
				view.PTS = append(view.PTS, table[rng.IntN(len(table))])
			}
		}
		want := execute(t, v, view)
		got := execute(t, v, damaged(view, clip.Damage{Kind: [...]clip.DamageKind{clip.BitError, clip.PacketLoss}[round%2]}))
		if fmt.Sprint(got.PTS) != fmt.Sprint(want.PTS) || !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Fatalf("round %d: frames %v, want %v, or other pixels", round, got.PTS, want.PTS)
		}
	}
}

func TestDamageAtRateZero(t *testing.T) {
	checkUndamaged(t, synthVideo(t))
	for _, name := range codecs {
		t.Run(name, func(t *testing.T) { t.Parallel(); checkUndamaged(t, makeClip(t, name)) })
	}
	t.Run("shared", func(t *testing.T) {
		for _, path := range sharedClips(t) {
			if filepath.Base(path) != "corrupted.mp4" {
				t.Run(filepath.Base(path), func(t *testing.T) { t.Parallel(); checkUndamaged(t, path) })
			}
		}
	})
}

// codecs are streams whose decoders meet damage in their own ways.
var codecs = []string{"opengop.mp4", "hevc.mkv", "mpeg4.ts", "mpeg2.mpg", "altref9.webm", "altref.webm", "refresh.mp4", "paff.ts", "bframes.avi", "wmv.wmv", "stream.flv"}

var damages = []clip.Damage{
	{Kind: clip.BitError, Rate: 1. / 2000, Seed: 1}, {Kind: clip.BitError, Rate: 1. / 100, Seed: 2},
	{Kind: clip.PacketLoss, Rate: 0.1, Seed: 3}, {Kind: clip.PacketLoss, Rate: 0.5, Seed: 4},
}

// digestOf is a text that tells two results apart.
func digestOf(r Result) string {
	if r.Err != nil {
		return string(reason(r.Err))
	}
	defer r.Clips[0].Release()
	return fmt.Sprintf("%v %x", r.Clips[0].PTS, sha256.Sum256(r.Clips[0].Bytes()))
}

func digests(v *Video) (out []string) {
	view := whole(v)
	view.Width, view.Height = 64, 48
	view.PTS = view.PTS[:min(len(view.PTS), 64)]
	for _, d := range damages {
		out = append(out, digestOf(v.ExecuteAll(context.Background(), []*clip.Plan{{Views: []clip.View{damaged(view, d)}}}, memory.DefaultAllocator)[0]))
	}
	return out
}

// childEnv names the file whose digests a process of its own prints.
const childEnv = "VIDCSL_TEST_DAMAGE"

func TestDamageInAnotherProcess(t *testing.T) {
	path := os.Getenv(childEnv)
	if path == "" {
		t.Skip("only run by TestDamageIsTheSame")
	}
	fmt.Printf("digests %q\n", digests(open(t, path)))
}

// checkOtherProcess compares with a process in which fresh memory holds something else: what decoders conceal must not depend on it.
func checkOtherProcess(t *testing.T, path string, want []string) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestDamageInAnotherProcess$")
	c.Env = append(os.Environ(), childEnv+"="+path, "GOMAXPROCS=1", "MALLOC_PERTURB_=165", "GLIBC_TUNABLES=glibc.malloc.perturb=165")
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), fmt.Sprintf("digests %q\n", want)) {
		t.Errorf("another process: %v\n%s\nwant %q", err, out, want)
	}
}

// real are clips of the shared test data: H.264, also damaged before and of 10 bits, HEVC, VP9, VP8, MPEG-4 and AV1.
var real = []string{"nasa_13013.mp4", "corrupted.mp4", "bt2020_10bit.mp4", "h265_video.mp4", "testsrc2_vp9.webm", "testsrc2_vp8.webm", "testsrc2_mpeg4.avi", "av1_video.mkv"}

// Real clips are decoded to the same bytes too, or are undecodable.
func TestDamageOfSharedClips(t *testing.T) {
	for _, path := range sharedClips(t) {
		if !slices.Contains(real, filepath.Base(path)) {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			want := digests(open(t, path))
			if again := digests(openUnkept(t, path)); fmt.Sprint(again) != fmt.Sprint(want) {
				t.Errorf("%q\nwant %q", again, want)
			}
			checkOtherProcess(t, path, want)
		})
	}
}

// The same damage gives the same bytes: again, in another process, in several goroutines, in one pass with others, and of packets read
// anew. Another seed gives others. The same packet is spoilt in the same way whichever frames are wanted.
func TestDamageIsTheSame(t *testing.T) {
	tool(t, "ffmpeg", "-version")
	for _, name := range codecs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := makeClip(t, name)
			v := open(t, path)
			want := digests(v)
			view := whole(v)
			view.Width, view.Height = 64, 48
			clean := execute(t, v, view)
			checkOtherProcess(t, path, want)
			var wg sync.WaitGroup
			for i := range 4 {
				wg.Go(func() {
					w := v
					if i%2 == 1 {
						w = openUnkept(t, path)
					}
					if got := digests(w); fmt.Sprint(got) != fmt.Sprint(want) {
						t.Errorf("goroutine %d: %q\nwant %q", i, got, want)
					}
				})
			}
			wg.Wait()
			plans := []*clip.Plan{{Views: []clip.View{view}}}
			for _, d := range damages {
				plans = append(plans, &clip.Plan{Views: []clip.View{damaged(view, d)}})
				other := d
				other.Seed += 100
				plans = append(plans, &clip.Plan{Views: []clip.View{damaged(view, other)}})
			}
			results := v.ExecuteAll(context.Background(), plans, memory.DefaultAllocator)
			if results[0].Err != nil || !bytes.Equal(results[0].Clips[0].Bytes(), clean.Bytes()) {
				t.Errorf("the view without damage is another in one pass with damaged ones (%v)", results[0].Err)
			}
			for i := range damages {
				same, other := digestOf(results[1+2*i]), digestOf(results[2+2*i])
				if same != want[i] || other == want[i] && other != string(Undecodable) {
					t.Errorf("%v in one pass: %s, want %s; with another seed %s", damages[i], same, want[i], other)
				}
			}
		})
	}
}

// A frame of a damaged stream has the same pixels whether it is wanted alone or with all others.
func TestDamageOfSomeFrames(t *testing.T) {
	tool(t, "ffmpeg", "-version")
	v := open(t, makeClip(t, "opengop.mp4"))
	view := whole(v)
	for _, d := range damages {
		all := execute(t, v, damaged(view, d))
		for _, i := range []int{0, 7, 31, len(view.PTS) - 1} {
			one := view
			one.PTS = view.PTS[i : i+1]
			if all.PTS[i] > view.PTS[i] { // there is nothing yet to be shown
				if _, err := v.Execute(context.Background(), &clip.Plan{Views: []clip.View{damaged(one, d)}}, memory.DefaultAllocator); reason(err) != Undecodable {
					t.Errorf("%v: frame %d alone: %v, want undecodable", d, i, err)
				}
				continue
			}
			got := execute(t, v, damaged(one, d))
			if got.PTS[0] != all.PTS[i] || !bytes.Equal(got.Bytes(), all.Frame(i)) {
				t.Errorf("%v: frame %d alone is another: pts %d, want %d", d, i, got.PTS[0], all.PTS[i])
			}
		}
	}
}

// Where a packet is lost, the frame before stays on display and the clip says so; frames that refer to none that is lost are whole.
func TestLostPackets(t *testing.T) {
	tool(t, "ffmpeg", "-version")
	v := open(t, makeClip(t, "intra.mp4")) // every frame is a keyframe
	view := whole(v)
	clean := execute(t, v, view)
	d := clip.Damage{Kind: clip.PacketLoss, Rate: 0.3, Seed: 1}
	got := execute(t, v, damaged(view, d))
	last, lost := -1, 0
	for i := range view.PTS {
		if !d.Lost(int64(i)) {
			last = i
		} else {
			lost++
		}
		if shown := max(last, 0); last >= 0 && (got.PTS[i] != view.PTS[shown] || !bytes.Equal(got.Frame(i), clean.Frame(shown))) {
			t.Errorf("frame %d shows pts %d, want that of frame %d", i, got.PTS[i], shown)
		}
	}
	if lost < 5 {
		t.Errorf("only %d packets are lost", lost)
	}
	for d.Seed = 1; !d.Lost(0) || d.Lost(1); d.Seed++ {
	}
	if got := execute(t, v, damaged(view, d)); got.PTS[0] != view.PTS[1] || !bytes.Equal(got.Frame(0), clean.Frame(1)) {
		t.Errorf("without the first packet pts %d is shown first, want the first that is left", got.PTS[0])
	}
}

// A stream of which nothing is left fails its plan alone, with the reason, and without a leak.
func TestUndecodable(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	v := open(t, synthVideo(t))
	view := whole(v)
	gone := damaged(view, clip.Damage{Kind: clip.PacketLoss, Rate: 1})
	results := v.ExecuteAll(context.Background(), []*clip.Plan{{Views: []clip.View{gone}}, {Views: []clip.View{view}}, {Views: []clip.View{view, gone}}}, mem)
	for _, i := range []int{0, 2} {
		var e *Error
		if !errors.As(results[i].Err, &e) || e.Reason != Undecodable || e.PTS != view.PTS[0] || results[i].Clips != nil {
			t.Errorf("plan %d: %v", i, results[i].Err)
		}
	}
	if results[1].Err != nil {
		t.Fatal(results[1].Err)
	}
	results[1].Clips[0].Release()
	// no keyframe is left, but frames that refer to it are: they are no picture
	d := clip.Damage{Kind: clip.PacketLoss, Rate: 0.5}
	keys := func() (n int) {
		for i, p := range v.d.index.packets {
			if p.Key() && !d.Lost(int64(i)) {
				n++
			}
		}
		return n
	}
	for keys() > 0 {
		d.Seed++
	}
	if _, err := v.Execute(context.Background(), &clip.Plan{Views: []clip.View{damaged(view, d)}}, mem); reason(err) != Undecodable {
		t.Errorf("without a keyframe: %v", err)
	}
}

// What has no stream to damage is refused, as is damage that is none.
func TestDamageThatDoesNotFit(t *testing.T) {
	tool(t, "ffmpeg", "-version")
	d := clip.Damage{Kind: clip.PacketLoss, Rate: 0.5}
	v := open(t, makeClip(t, "still.png"))
	if _, err := v.Execute(context.Background(), &clip.Plan{Views: []clip.View{damaged(whole(v), d)}}, memory.DefaultAllocator); reason(err) != BadPlan || !strings.Contains(err.Error(), "picture") {
		t.Errorf("an image: %v", err)
	}
	v = open(t, synthVideo(t))
	d.Rate = 2
	if _, err := v.Execute(context.Background(), &clip.Plan{Views: []clip.View{damaged(whole(v), d)}}, memory.DefaultAllocator); reason(err) != BadPlan || !strings.Contains(err.Error(), "rate of 2") {
		t.Errorf("a rate of 2: %v", err)
	}
}

// A damaged view that takes too long ends with its reason, and the video can be used again.
func TestDamageCanceled(t *testing.T) {
	path := synthVideo(t)
	for _, v := range []*Video{open(t, path), openUnkept(t, path)} {
		view := damaged(whole(v), clip.Damage{Kind: clip.BitError, Rate: 1e-4})
		plan := &clip.Plan{Views: []clip.View{view}}
		want := execute(t, v, view)
		large := view
		large.Width, large.Height = 2000, 2000
		bounded, stop := context.WithTimeoutCause(context.Background(), 20*time.Millisecond, ErrTimeout)
		_, err := v.Execute(bounded, &clip.Plan{Views: []clip.View{large}}, memory.DefaultAllocator)
		stop()
		if reason(err) != TimedOut || !errors.Is(err, ErrTimeout) {
			t.Errorf("%v, want reason timeout", err)
		}
		again, err := v.Execute(context.Background(), plan, memory.DefaultAllocator)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again[0].Bytes(), want.Bytes()) {
			t.Error("other pixels after an interruption")
		}
		again[0].Release()
	}
}
