package decode

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/clip"
)

func addr(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

func reason(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// Every kind of file that is no video fails with its reason and the path, at once.
func TestWhatIsNoVideo(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, b []byte) {
		if err := os.WriteFile(path(name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	video, err := os.ReadFile(synthVideo(t))
	if err != nil {
		t.Fatal(err)
	}
	write("text.mp4", []byte("this is not a video, it is a text file\n"))
	write("zero.mp4", nil)
	write("noise.mp4", []byte(strings.Repeat("\x13\x37\xfe", 5000)))
	write("header.mp4", video[:200])
	write("playlist.mp4", []byte("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n"))
	write("concat.mp4", []byte("ffconcat version 1.0\nfile "+path("text.mp4")+"\n"))
	for _, err := range []error{os.Mkdir(path("dir.mp4"), 0o755), syscall.Mkfifo(path("fifo.mp4"), 0o644), os.Symlink("nowhere", path("link.mp4"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("unix", path("socket.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tests := map[string]Reason{
		"text.mp4": Invalid, "zero.mp4": Empty, "noise.mp4": Invalid, "header.mp4": NoVideo, "playlist.mp4": Invalid, "concat.mp4": Invalid,
		"dir.mp4": NotAFile, "fifo.mp4": NotAFile, "socket.mp4": NotAFile, "link.mp4": Unreadable, "gone.mp4": Unreadable,
	}
	if out := tryMake(t, path("audio.mp4"), "-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac"); out {
		tests["audio.mp4"] = NoVideo
	}
	if os.Getuid() != 0 {
		write("secret.mp4", video)
		if err := os.Chmod(path("secret.mp4"), 0); err != nil {
			t.Fatal(err)
		}
		tests["secret.mp4"] = Unreadable
	}
	for name, want := range tests {
		v, err := Open(context.Background(), path(name))
		if err == nil {
			v.Close()
			t.Errorf("%s was opened", name)
			continue
		}
		if reason(err) != want || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v (reason %q), want reason %q and the path", name, err, reason(err), want)
		}
	}
}

func tryMake(t *testing.T, path string, args ...string) bool {
	t.Helper()
	tool(t, "ffmpeg", append(append([]string{"-v", "error"}, args...), "-y", path)...)
	return true
}

// The one frame of corrupted.mp4 that cannot be decoded fails its clip; all other frames are delivered.
func TestCorruptedFrameIsNotDelivered(t *testing.T) {
	path := "../../shared/data/clips/decord/corrupted.mp4"
	if _, err := os.Stat(path); err != nil {
		t.Skip("no shared test data beside the checkout")
	}
	good, bad := 0, map[Reason]int{}
	v := open(t, path)
	for _, pts := range v.Meta().Frames.PTS {
		view := clip.CenterSquare(v.Meta(), 16)
		view.PTS = []int64{pts}
		clips, err := v.Execute(context.Background(), &clip.Plan{Views: []clip.View{view}}, memory.DefaultAllocator)
		if err != nil {
			bad[reason(err)]++
			var e *Error
			if errors.As(err, &e) && (!e.HasPTS || e.PTS != pts) {
				t.Errorf("the error names pts %d, want %d", e.PTS, pts)
			}
			continue
		}
		clips[0].Release()
		good++
	}
	t.Logf("%d frames delivered, failures: %v", good, bad)
	if good+bad[DamagedAt]+bad[MissingAt] != 50 || good > 49 || good < 1 {
		t.Errorf("%d delivered, %v", good, bad)
	}
}

// Damage in one clip leaves the clips of the same pass that do not touch it alone.
func TestFailureIsOfOneClip(t *testing.T) {
	path := synthVideo(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v := open(t, path)
	x := v.d.index
	for i := x.packets[30].Pos; i < x.packets[31].Pos; i++ { // overwrite one packet with noise
		b[i] = byte(i * 37)
	}
	hurt := filepath.Join(t.TempDir(), "hurt.mp4")
	if err := os.WriteFile(hurt, b, 0o644); err != nil {
		t.Fatal(err)
	}
	w := open(t, hurt)
	pts := w.Meta().Frames.PTS
	plan := func(i int) *clip.Plan {
		view := clip.CenterSquare(w.Meta(), 16)
		view.PTS = pts[i : i+2]
		return &clip.Plan{Views: []clip.View{view}}
	}
	good, bad := 0, 0
	var plans []*clip.Plan
	for i := 0; i+1 < len(pts); i += 2 {
		plans = append(plans, plan(i))
	}
	for i, r := range w.ExecuteAll(context.Background(), plans, memory.DefaultAllocator) {
		if r.Err != nil {
			bad++
			if k := reason(r.Err); k != DamagedAt && k != MissingAt {
				t.Errorf("clip %d: %v", i, r.Err)
			}
			continue
		}
		want := execute(t, v, plans[i].Views[0])
		if difference(r.Clips[0].Bytes(), want.Bytes()) >= 0 {
			t.Errorf("clip %d was delivered with wrong pixels", i)
		}
		r.Clips[0].Release()
		good++
	}
	if good < 15 || bad < 1 {
		t.Errorf("%d clips delivered, %d failed", good, bad)
	}
}

func TestPlanThatDoesNotFit(t *testing.T) {
	v := open(t, synthVideo(t))
	pts := v.Meta().Frames.PTS[:1]
	for name, plan := range map[string]*clip.Plan{
		"no views":     {},
		"no frames":    {Views: []clip.View{{}}},
		"crop outside": {Views: []clip.View{{PTS: pts, Crop: clip.Rect{X: 90, W: 10, H: 10}}}},
		"crop empty":   {Views: []clip.View{{PTS: pts, Crop: clip.Rect{X: 1, Y: 1}}}},
		"negative":     {Views: []clip.View{{PTS: pts, Width: -3, Height: 5}}},
		"one side":     {Views: []clip.View{{PTS: pts, Width: 3}}},
		"huge":         {Views: []clip.View{{PTS: pts, Width: 1 << 20, Height: 1 << 20}}},
	} {
		if _, err := v.Execute(context.Background(), plan, memory.DefaultAllocator); reason(err) != BadPlan {
			t.Errorf("%s: %v, want reason bad_plan", name, err)
		}
	}
}

// A cancelled or late call returns within a second with its cause, and leaks nothing.
func TestCancelAndDeadline(t *testing.T) {
	path := synthVideo(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := Open(ctx, path); reason(err) != Canceled || !errors.Is(err, cause) {
		t.Errorf("open: %v, want the cause", err)
	}
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	v := open(t, path)
	view := clip.View{Width: 900, Height: 900}
	for range 40 {
		view.PTS = append(view.PTS, v.Meta().Frames.PTS...)
	}
	view.PTS = view.PTS[:100]
	bounded, stop := context.WithTimeoutCause(context.Background(), 50*time.Millisecond, ErrTimeout)
	defer stop()
	start := time.Now()
	_, err := v.Execute(bounded, &clip.Plan{Views: []clip.View{view}}, mem)
	if reason(err) != TimedOut || !errors.Is(err, ErrTimeout) {
		t.Errorf("execute: %v, want reason timeout", err)
	}
	if d := time.Since(start); d > 10*time.Second { // the promise is 1 s; the machine may be busy
		t.Errorf("it took %v to stop", d)
	}
	// what was interrupted can be used again, also after being interrupted twice
	gone, cancelAll := context.WithCancel(context.Background())
	cancelAll()
	if _, err := v.Execute(gone, &clip.Plan{Views: []clip.View{view}}, mem); reason(err) != Canceled {
		t.Errorf("execute with a cancelled context: %v", err)
	}
	small := clip.CenterSquare(v.Meta(), 16)
	small.PTS = v.Meta().Frames.PTS
	execute(t, v, small)
}

// Single flipped bits in H.264: a frame that differs from the undamaged video's fails, unless FFmpeg finds nothing wrong with
// the whole file: some damage is a legal stream, which no decoder can know.
func TestDamageIsSeen(t *testing.T) {
	path := synthVideo(t)
	clean, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v := open(t, path)
	packets := v.d.index.packets
	view := clip.CenterSquare(v.Meta(), 96)
	view.PTS = v.Meta().Frames.PTS
	want := execute(t, v, view)
	rng := rand.New(rand.NewPCG(3, 4))
	failed, silent := 0, 0
	for range 60 {
		hurt := filepath.Join(t.TempDir(), "hurt.mp4")
		b := bytes.Clone(clean)
		p := packets[rng.IntN(len(packets)-1)].Pos
		b[p+8+rng.Int64N(200)] ^= byte(1 << rng.IntN(8))
		if err := os.WriteFile(hurt, b, 0o644); err != nil {
			t.Fatal(err)
		}
		w := open(t, hurt)
		var plans []*clip.Plan
		for _, pts := range view.PTS {
			one := view
			one.PTS = []int64{pts}
			plans = append(plans, &clip.Plan{Views: []clip.View{one}})
		}
		wrong := 0
		for i, r := range w.ExecuteAll(context.Background(), plans, memory.DefaultAllocator) {
			if r.Err != nil {
				failed++
				continue
			}
			if !bytes.Equal(r.Clips[0].Bytes(), want.Frame(i)) {
				wrong++
			}
			r.Clips[0].Release()
		}
		silent += wrong
		if said := complaints(t, hurt); wrong > 0 && said != "" {
			t.Errorf("%d wrong frames were delivered of a file of which ffmpeg says: %s", wrong, said)
		}
	}
	t.Logf("%d frames failed, %d delivered with other pixels, of which FFmpeg knows nothing", failed, silent)
	if failed < 100 {
		t.Errorf("only %d frames failed", failed)
	}
}

// complaints returns what the ffmpeg program prints of errors when it decodes a whole file.
func complaints(t *testing.T, path string) string {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	out, err := exec.Command("ffmpeg", "-v", "error", "-threads", "1", "-i", path, "-f", "null", "-").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
