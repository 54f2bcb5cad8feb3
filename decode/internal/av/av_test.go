package av

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unsafe"

	"github.com/asticode/go-astiav"
)

// TestRaw checks the layout of go-astiav's structs that raw relies on.
func TestRaw(t *testing.T) {
	fc := astiav.AllocFormatContext()
	defer fc.Free()
	cc := astiav.AllocCodecContext(astiav.FindDecoder(astiav.CodecIDH264))
	defer cc.Free()
	f := astiav.AllocFrame()
	defer f.Free()
	for name, c := range map[string]struct {
		got  unsafe.Pointer
		want string // what ends with the pointer
	}{
		"FormatContext": {raw(fc), fc.Class().String()},
		"CodecContext":  {raw(cc), cc.Class().String()},
		"Frame":         {raw(f), fmt.Sprintf("@ %p", f.UnsafePointer())},
	} {
		if got := fmt.Sprintf("@ %p", c.got); !strings.HasSuffix(c.want, got) {
			t.Errorf("%s: raw gives %s, go-astiav has %s", name, got, c.want)
		}
	}

	p := astiav.AllocPacket() // go-astiav does not print its address: look at the first fields of AVPacket
	defer p.Free()
	p.SetPts(11)
	p.SetDts(7)
	type packet struct {
		buf      unsafe.Pointer
		pts, dts int64
	}
	if got := (*packet)(raw(p)); got.pts != 11 || got.dts != 7 {
		t.Errorf("Packet: raw leads to timestamps %d and %d, not 11 and 7", got.pts, got.dts)
	}
}

// TestModuleFiles checks that the module files for other versions of FFmpeg differ from go.mod in go-astiav alone.
func TestModuleFiles(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join("../../..", name))
		if err != nil {
			t.Fatal(err)
		}
		return regexp.MustCompile(`(?m)^.*/go-astiav .*\n`).ReplaceAllString(string(b), "")
	}
	for _, end := range []string{".mod", ".sum"} {
		for _, major := range []string{"7", "8"} {
			if name := "go.ffmpeg" + major + end; read(name) != read("go"+end) {
				t.Errorf("%s is not go%s with another go-astiav: copy go%[2]s and change that version", name, end)
			}
		}
	}
}
